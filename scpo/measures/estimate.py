"""What is shown and stored: a number with its intervals at several levels, its n, and for a difference its p-value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from scpo.errors import InputError
from scpo.measures.clustered import Clustered, Unit
from scpo.measures.intervals import Interval, intervals, p_value

INNER_LEVEL = 0.80
"""Level of the thick part of a bar."""

LEVELS = (0.95, INNER_LEVEL)
"""Levels that an estimate has beside the asked one."""


@dataclass(frozen=True)
class Estimate:
    """A share, a mean, a distance or a difference, with its intervals over users or over questions.

    Attributes
    ----------
    value : float
        In [0, 1], a difference in [-1, 1]; NaN where nothing was counted.
    intervals : tuple of Interval
        At least one; the first has the asked level. Ends are NaN with fewer than two users or questions.
    n_pairs, n_users : int
        Pairs, and users with at least one of them; where questions are the unit both count them.
    unit : {"users", "questions"}
        Whose differences make the interval.
    is_difference : bool
        Whether it is tested against 0.
    p : float, in [0, 1]
        Of a difference: the smallest alpha at which the interval excludes 0. NaN where there is no interval.
    """

    value: float
    intervals: tuple[Interval, ...]
    n_pairs: int
    n_users: int
    unit: Unit = "users"
    is_difference: bool = False
    p: float = math.nan

    @property
    def level(self) -> float:
        """Return the asked level."""
        return self.intervals[0].level

    @property
    def low(self) -> float:
        """Return the lower end at the asked level."""
        return self.intervals[0].low

    @property
    def high(self) -> float:
        """Return the upper end at the asked level."""
        return self.intervals[0].high

    def at(self, level: float) -> Interval:
        """Return the interval of a level.

        Raises
        ------
        InputError
            If the estimate does not have it; those of `estimate` have `LEVELS` and the asked one.
        """
        found = {one.level: one for one in self.intervals}
        if level not in found:
            raise InputError(f"there is no interval of level {level} here, only of {', '.join(map(str, found))}")
        return found[level]

    def fixed(self, value: float) -> Self:
        """Return the estimate with a value that is known by construction, or NaN: all ends are the value, p is NaN."""
        ends = tuple(Interval(one.level, value, value) for one in self.intervals)
        return replace(self, value=value, intervals=ends, p=math.nan)

    def counts(self) -> dict[str, int]:
        """Return `n_pairs` and `n_users`, or `n_questions` where questions are the unit."""
        if self.unit == "questions":
            return {"n_questions": self.n_users}
        return {"n_pairs": self.n_pairs, "n_users": self.n_users}

    def to_json(self) -> dict[str, float | int | None]:
        """Return the six keys of the command line's contract, then `n_questions` and `p` where there are such.

        Null for NaN, and for pairs and users where questions are the unit.
        """
        return {
            "value": known(self.value),
            "low": known(self.low),
            "high": known(self.high),
            "level": self.level,
            "n_pairs": None,
            "n_users": None,
            **self.counts(),
            **({"p": known(self.p)} if self.is_difference else {}),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` has written of a share or a distance of users: it has the asked level alone."""
        value, low, high = (math.nan if document[key] is None else document[key] for key in ("value", "low", "high"))
        return cls(value, (Interval(document["level"], low, high),), document["n_pairs"], document["n_users"])


def known(number: float) -> float | None:
    """Return a number as a JSON value: null for NaN."""
    return float(number) if math.isfinite(number) else None


def asked_levels(level: float) -> tuple[float, ...]:
    """Return the asked level, then those of `LEVELS` that it is not."""
    return tuple(dict.fromkeys((level, *LEVELS)))


def estimate(number: Clustered, *, level: float) -> Estimate:
    """Turn a number of users or questions into an estimate, with all its intervals out of one standard error.

    Parameters
    ----------
    number : Clustered
        Of one community, or a mean over several; a difference (`Clustered.minus`) also gets its p-value.
    level : float, in (0, 1)
        The asked level.
    """
    return Estimate(
        value=number.value,
        intervals=intervals(number, asked_levels(level)),
        n_pairs=number.n_pairs,
        n_users=number.n_users,
        unit=number.unit,
        is_difference=number.is_difference,
        p=p_value(number) if number.is_difference else math.nan,
    )


def unknown(level: float) -> Estimate:
    """Return the estimate of what no pair tells anything about."""
    return Estimate(math.nan, tuple(Interval(one, math.nan, math.nan) for one in asked_levels(level)), 0, 0)


def columns(prefix: str, number: Estimate) -> dict[str, float]:
    """Return an estimate as columns of a table.

    Returns
    -------
    dict
        After the prefix: `value`; `low` and `high` at the asked level; `inner_low` and `inner_high` at 80 %, the thick
        part of a bar; `n_pairs` and `n_users`, or `n_questions`.
    """
    inner = number.at(INNER_LEVEL)
    found = {
        "value": number.value,
        "low": number.low,
        "high": number.high,
        "inner_low": inner.low,
        "inner_high": inner.high,
        **number.counts(),
    }
    return {f"{prefix}{name}": one for name, one in found.items()}
