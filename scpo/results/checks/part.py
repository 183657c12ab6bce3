"""One community of a check, or the mean over all that can be judged, and the sentence about that mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scpo.arrays import StrArray
from scpo.measures.clustered import Clustered, mean_over_countries
from scpo.measures.estimate import estimate
from scpo.measures.families import enough
from scpo.measures.intervals import p_value
from scpo.results.checks.document import MEAN, CheckRow, Number


@dataclass(frozen=True, eq=False, kw_only=True)
class Part:
    """What a check finds in one community, or on average."""

    country: str
    numbers: Mapping[str, Clustered]
    """On test users."""

    users: StrArray
    """User of each training pair."""

    @property
    def eligible(self) -> bool:
        """Whether all numbers rest on enough test users for a verdict."""
        return bool(enough(min(one.n_users for one in self.numbers.values())))

    def cells(self, level: float, *, tested: Collection[str] = ()) -> dict[str, Number]:
        """Write the numbers with their intervals, and with p-values where they are tested."""
        return {
            name: Number.of(estimate(number, level=level), p=p_value(number) if name in tested else math.nan)
            for name, number in self.numbers.items()
        }

    def row(self, numbers: Mapping[str, Number], *, other: str | None = None) -> CheckRow:
        """Write the row of the document."""
        return CheckRow(
            country=self.country,
            other=other,
            n_train_pairs=self.users.size,
            n_train_users=np.unique(self.users).size,
            numbers=dict(numbers),
        )


def averaged(parts: Sequence[Part]) -> dict[str, Any]:
    """Return the fields of `Part` of the mean over communities."""
    return {
        "country": MEAN,
        "numbers": {name: mean_over_countries([one.numbers[name] for one in parts]) for name in parts[0].numbers},
        "users": np.concatenate([one.users for one in parts]),
    }


def mean_of(rows: Sequence[CheckRow]) -> CheckRow | None:
    """Return the row of means; None without one."""
    return next((row for row in rows if row.country == MEAN), None)


def of_mean(say: Callable[[CheckRow, list[CheckRow]], str]) -> Callable[[Sequence[CheckRow]], str]:
    """Make a conclusion of what is said of the row of means and of the rows that can be judged."""

    def conclusion(rows: Sequence[CheckRow]) -> str:
        """Say in one sentence what was found."""
        mean = mean_of(rows)
        if mean is None:
            return "No country has ten test users: there are intervals, and no verdict."
        return say(mean, [row for row in rows if row.country != MEAN and not row.too_few_users])

    return conclusion
