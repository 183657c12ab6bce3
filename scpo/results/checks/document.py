"""What a check finds: numbers of every community with n and interval, the correction over all, and one conclusion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from pydantic import Field

from scpo.config import FixedRecord
from scpo.measures.clustered import Clustered
from scpo.measures.estimate import Estimate, known
from scpo.measures.families import TOO_FEW_USERS, adjusted

MEAN = "mean"
"""In the place of a community: the mean over all communities with enough users."""


class Number(FixedRecord):
    """One number as JSON: an estimate, and where the check tests it its p-value; null for unknown."""

    value: float | None
    low: float | None
    high: float | None
    level: float
    n_pairs: int | None
    n_users: int | None
    p: float | None = None
    """Null below `TOO_FEW_USERS`, and where nothing is tested."""

    holm_p: float | None = None
    """`p` after Holm's correction over all communities with enough users, whatever is shown."""

    at_least: bool = False
    """The value is only known to be as large or larger; an upper end that is unknown is then beyond any number."""

    @classmethod
    def of(cls, estimate: Estimate, *, p: float = math.nan) -> Self:
        """Convert; the p-value is that of the check's own test, not that of the estimate."""
        return cls(
            value=known(estimate.value),
            low=known(estimate.low),
            high=known(estimate.high),
            level=estimate.level,
            n_pairs=estimate.n_pairs,
            n_users=estimate.n_users,
            p=known(p) if estimate.n_users >= TOO_FEW_USERS else None,
        )

    @classmethod
    def range_of(cls, value: float, low: float, high: float, level: float, of: Clustered) -> Self:
        """Write a number with a range that is no interval over test users, with the pairs and users of another."""
        return cls(
            value=known(value), low=known(low), high=known(high), level=level, n_pairs=of.n_pairs, n_users=of.n_users
        )


class CheckRow(FixedRecord):
    """What a check finds in one community, in a couple of them, or on average."""

    country: str
    """Community, or `MEAN`."""

    other: str | None = None
    """The second community, where a check is about couples; the method, where it is about methods."""

    n_train_pairs: int
    n_train_users: int
    numbers: dict[str, Number]
    """By the names of the check's quantities."""

    @property
    def too_few_users(self) -> bool:
        """Whether one of its numbers rests on too few test users for a verdict."""
        return any((one.n_users or 0) < TOO_FEW_USERS for one in self.numbers.values())


class CheckDocument(FixedRecord):
    """The document of ``scpo check NAME --json``, also as it is kept."""

    check: str
    question: str
    dataset: str
    model: str
    level: float
    repeats: int
    seed: int
    family: list[str]
    """Communities that the correction goes over: all with enough test users."""

    rows: list[CheckRow]
    left_out: dict[str, str]
    """Communities of the data set without a row, each with the reason."""

    about: dict[str, str | int | float | bool | None]
    """What was fitted: method, tau, beta, lambda, and whether finished runs have calibrated it."""

    notes: list[str] = Field(default_factory=list)
    """What limits the finding, each in a sentence."""

    conclusion: str
    """The finding in one sentence."""

    def shown(self, countries: Sequence[str]) -> CheckDocument:
        """Return the rows of some communities, or all; the correction and the conclusion stay those of all."""
        if not countries:
            return self
        wanted = {MEAN, *countries}
        rows = [row for row in self.rows if row.country in wanted and (row.other is None or _fits(row, wanted, self))]
        return self.model_copy(update={"rows": rows})


def _fits(row: CheckRow, wanted: set[str], document: CheckDocument) -> bool:
    """Tell whether the second part of a row is wanted too; a method always is."""
    communities = {one.country for one in document.rows}
    return row.other in wanted or row.other not in communities


@dataclass(frozen=True)
class Findings:
    """What the function of a check returns; `scpo.results.checks.load` makes the document of it."""

    rows: list[CheckRow]
    left_out: dict[str, str] = field(default_factory=dict)
    about: dict[str, str | int | float | bool | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def corrected(rows: Sequence[CheckRow], name: str) -> list[CheckRow]:
    """Fill `holm_p` of a quantity: over all communities with enough users; that of a mean is its p."""
    single = [row for row in rows if row.country != MEAN]
    numbers = [row.numbers[name] for row in single]
    p = [math.nan if one.p is None else one.p for one in numbers]
    found = adjusted(p, np.zeros(len(p)), [one.n_users or 0 for one in numbers])
    marks = {id(row): known(float(mark)) for row, mark in zip(single, found, strict=True)}
    return [_marked(row, name, marks.get(id(row), row.numbers[name].p)) for row in rows]


def _marked(row: CheckRow, name: str, mark: float | None) -> CheckRow:
    number = row.numbers[name].model_copy(update={"holm_p": mark})
    return row.model_copy(update={"numbers": {**row.numbers, name: number}})


def family_of(rows: Sequence[CheckRow]) -> list[str]:
    """Return the communities with enough users for a verdict, each once, in the order of the rows.

    Rows of couples do not count: what is tested there is couples.
    """
    communities = {row.country for row in rows}
    single = [row for row in rows if row.country != MEAN and row.other not in communities]
    return list(dict.fromkeys(row.country for row in single if not row.too_few_users))
