"""Two to four models or settings side by side: paired differences, who is right on which pairs, what was asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self

import numpy as np
import pandas as pd

from scpo.errors import InputError
from scpo.measures.bias import tested
from scpo.measures.comparison import (
    MEASURES,
    Measure,
    PairedNumber,
    Verdicts,
    mean_paired,
    naive_interval,
    paired_numbers,
)
from scpo.measures.estimate import columns
from scpo.measures.evaluation import Evaluation
from scpo.measures.families import adjusted, enough
from scpo.measures.intervals import p_value, smallest_visible
from scpo.results.frontier import MEAN
from scpo.results.sides import GLOBAL, Side

FEWEST, MOST = 2, 4
"""How many sides are compared at once."""

EVERY = "all"
"""The row of `verdict_table` that has the pairs of all communities."""

OUTCOMES = ("both_right", "only_first", "only_second", "both_wrong")


def compared_communities(first: Side, second: Side, evaluation: Evaluation) -> tuple[list[str], list[str]]:
    """Return the communities on whose test pairs both sides are measured, and which of them are home to both.

    Home is what both were trained for, or if that is nothing what either was; everywhere where neither was trained
    for anybody.
    """
    shared = [
        group
        for group, rows in evaluation.rows.items()
        if all(side.on(group, rows) is not None for side in (first, second))
    ]
    trained = [set(side.trained_for) for side in (first, second) if side.trained_for is not None]
    if not trained:
        return shared, shared
    home = set.intersection(*trained) or set.union(*trained)
    return shared, [group for group in shared if group in home]


def left_out(first: Side, second: Side, evaluation: Evaluation) -> list[str]:
    """Return the communities with test pairs that one of two sides has no model for."""
    shared, _ = compared_communities(first, second, evaluation)
    return [group for group in evaluation.rows if group not in shared]


def comparison_table(evaluation: Evaluation, sides: Sequence[Side]) -> pd.DataFrame:
    """Compare the first side with each of the others.

    Parameters
    ----------
    sides : sequence of Side
        Two to four, all different things of one scored data set.

    Returns
    -------
    DataFrame
        One row per other side, community and measure (`all_country`, `true_country`, `excess`), and rows of country
        ``mean`` over the communities at home. `diff_*` is first minus second, paired by user; `first_*` and `second_*`
        the numbers themselves. `p` is of this comparison alone; `holm` is corrected in its family, over all other
        sides: the means; the communities at home with ten users; the other communities with ten users
        (`scpo.measures.families`; `n_family` comparisons). A gain over the global model is not better established
        than its mean; between two others neither is the reference, and no mean is a gate. `naive_low`, `naive_high`
        and `design_effect` say what intervals would be if pairs were independent; NaN for the excess, and the effect
        also with too few users.

    Raises
    ------
    InputError
        If there are fewer than two sides, more than four, or no community on which two of them can be measured.
    """
    if not FEWEST <= len(sides) <= MOST:
        raise InputError(f"{FEWEST} to {MOST} runs, settings or models are compared at once, not {len(sides)}")
    couples = [_Couple.measure(sides[0], second, evaluation) for second in sides[1:]]
    rows = [row for measure in MEASURES for row in _rows_of(measure, couples, evaluation.level)]
    return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class _Couple:
    """Two sides with what was measured on each community that both have a model for."""

    first: str
    second: str
    home: list[str]
    numbers: dict[str, dict[Measure, PairedNumber]]

    @classmethod
    def measure(cls, first: Side, second: Side, evaluation: Evaluation) -> Self:
        shared, home = compared_communities(first, second, evaluation)
        if not shared:
            raise InputError(f"{first.key} and {second.key} have models for no common community, so nothing is paired")
        numbers = {}
        for group in shared:
            rows = evaluation.rows[group]
            ours, theirs = first.on(group, rows), second.on(group, rows)
            if ours is not None and theirs is not None:
                numbers[group] = paired_numbers(evaluation, ours, theirs, group)
        return cls(first.key, second.key, home, numbers)


def _rows_of(measure: Measure, couples: Sequence[_Couple], level: float) -> list[dict[str, Any]]:
    """Return the rows of one measure; families go over all couples."""
    rows: list[dict[str, Any]] = []
    changes: list[PairedNumber] = []
    for couple in couples:
        numbers, home = {group: several[measure] for group, several in couple.numbers.items()}, couple.home
        mean = mean_paired([numbers[group] for group in home])
        given = {"first": couple.first, "second": couple.second, "subset": measure, "level": level}
        for group, number in numbers.items():
            rows.append(given | {"country": group, "home": group in home, "n_countries": 1})
            changes.append(number)
        if mean is not None:
            n_countries = sum(math.isfinite(numbers[group].change.error) for group in home)
            rows.append(given | {"country": MEAN, "home": True, "n_countries": n_countries})
            changes.append(mean)
    for row, number, (holm, n_family) in zip(rows, changes, _families(rows, changes), strict=True):
        change = tested(number.change, level=level)
        naive = naive_interval(number.change, level=level)
        row |= {
            **columns("diff_", change),
            "p": change.p,
            "holm": holm,
            "n_family": n_family,
            "visible": smallest_visible(number.change),
            "naive_low": naive.low,
            "naive_high": naive.high,
            "design_effect": number.design_effect if enough(change.n_users) else math.nan,
            "first_value": number.first.value,
            "second_value": number.second.value,
            "n_pairs": change.n_pairs,
            "n_users": change.n_users,
            "too_few_users": not enough(change.n_users),
        }
    return rows


def _families(rows: Sequence[dict[str, Any]], numbers: Sequence[PairedNumber]) -> list[tuple[float, int]]:
    """Return corrected p and size of family of each row; see `comparison_table`."""
    p = np.array([p_value(one.change) for one in numbers])
    value = np.array([one.change.value for one in numbers])
    users = np.array([one.change.n_users for one in numbers])
    means = np.array([row["country"] == MEAN for row in rows])
    home = np.array([row["home"] for row in rows]) & ~means
    found, size = np.full(len(rows), np.nan), np.zeros(len(rows), dtype=int)
    for family in (means, home, ~means & ~home):
        found[family] = adjusted(p[family], value[family], users[family])
        size[family] = np.isfinite(found[family]).sum()
    for place in np.flatnonzero(means).tolist():
        row = rows[place]
        gain = {row["second"]: 1, row["first"]: -1}.get(GLOBAL)
        if gain is not None:
            mine = np.array([one["second"] == row["second"] for one in rows]) & ~means & (gain * value > 0)
            found[mine] = np.maximum(found[mine], found[place])
    return list(zip(found.tolist(), size.tolist(), strict=True))


def verdict_table(evaluation: Evaluation, sides: Sequence[Side]) -> pd.DataFrame:
    """Count who is right on which test pairs.

    A model is right where its gap, the mean over its runs, is above 0: so the page Pairs lists exactly these pairs.

    Returns
    -------
    DataFrame
        One row per other side, community and subset, and rows of country ``all``: `both_right`, `only_first`,
        `only_second` and `both_wrong` pairs, `users_*` with at least one such pair, `mcnemar_p`, `n_pairs`, `n_users`.
    """
    first, *others = sides
    gaps = {side.key: side.mean_gap(evaluation.rows) for side in sides}
    wrong = evaluation.global_gap < 0
    rows = []
    for second in others:
        shared, home = compared_communities(first, second, evaluation)
        places = {group: evaluation.rows[group] for group in shared}
        everywhere = np.concatenate(list(places.values())) if places else np.empty(0, dtype=np.intp)
        for group, where in [*places.items(), (EVERY, everywhere)]:
            for subset in MEASURES[:2]:
                counted = where[wrong[where]] if subset == "true_country" else where
                found = Verdicts.count(gaps[first.key][counted], gaps[second.key][counted], evaluation.user_id[counted])
                rows.append(
                    {
                        "first": first.key,
                        "second": second.key,
                        "country": group,
                        "home": group in home,
                        "subset": subset,
                        **found.pairs._asdict(),
                        **{f"users_{name}": number for name, number in found.users._asdict().items()},
                        "mcnemar_p": found.mcnemar_p,
                        "n_pairs": found.n_pairs,
                        "n_users": found.n_users,
                    }
                )
    return pd.DataFrame(rows)


def config_differences(sides: Sequence[Side]) -> dict[str, list[Any]]:
    """Return what was asked differently: field to one value per side, null where a side has no such field.

    Of several runs the countries and the seeds are listed; all else they share.
    """
    settings = [_asked(side) for side in sides]
    fields = dict.fromkeys(chain.from_iterable(settings))
    found = {key: [one.get(key) for one in settings] for key in fields}
    return {key: values for key, values in found.items() if any(value != values[0] for value in values)}


def _asked(side: Side) -> dict[str, Any]:
    if not side.configs:
        return flat(dict(side.about))
    asked = flat(side.configs[0].as_json())
    for name in ("country", "seed"):
        values = sorted({getattr(one, name) for one in side.configs})
        asked[name] = values[0] if len(values) == 1 else values
    return asked


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings as one level: ``{"objective.tau": 0.7}``."""
    found: dict[str, Any] = {}
    for key, item in value.items():
        found |= flat(item, f"{prefix}{key}.") if isinstance(item, dict) else {f"{prefix}{key}": item}
    return found
