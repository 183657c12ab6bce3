"""Who gains and who pays: every country model on the test pairs of every community.

Differences are paired, against the global model, on all test pairs of a community (all-country accuracy), with means
over seeds on the model's side. A number describes the users it was measured on, not a nation; with fewer than
`TOO_FEW_USERS` of them it is flagged, and it takes no part in a ranking.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.errors import InputError
from scpo.measures.accuracy import CountedPairs, draw_by_country, rows_of_country
from scpo.measures.estimate import Estimate, estimate, known
from scpo.measures.intervals import holm
from scpo.measures.resampling import Resampled, UserResamples

TOO_FEW_USERS = 10
"""Below this many test users a number is flagged and not ranked."""

Verdict = Literal["below_global", "below_full", "none", "unknown"]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The test pairs of all communities, shared by all models.

    Attributes
    ----------
    global_gap, user_id : ndarray, shape (n_pairs,)
        Gap of the global model and user.
    rows, resamples : mapping
        Positions of each community's pairs, and the resamples of its users.
    level : float
        Confidence level.
    """

    global_gap: NDArray[np.float64]
    user_id: NDArray[np.str_]
    rows: Mapping[str, NDArray[np.intp]]
    resamples: Mapping[str, UserResamples]
    level: float
    _counted: dict[tuple[str, bool], CountedPairs] = field(default_factory=dict, repr=False)

    @classmethod
    def build(
        cls,
        *,
        global_gap: ArrayLike,
        user_id: ArrayLike,
        country: Sequence[str | None] | NDArray[Any],
        config: EvaluationConfig,
    ) -> Self:
        """Prepare test pairs; `country` may be any grouping, and a pair with None belongs to no group."""
        users = np.asarray(user_id, dtype=str)
        return cls(
            global_gap=np.asarray(global_gap, dtype=np.float64),
            user_id=users,
            rows=rows_of_country(country),
            resamples=draw_by_country(users, country, config),
            level=config.level,
        )

    def accuracy(self, gap: NDArray[np.float64], group: str, *, true_country: bool = False) -> Resampled:
        """Return the accuracy of a model (gaps on all test pairs, one row per run) on one group."""
        if group not in self.rows:
            raise InputError(f"no test pairs for {group!r}; there are some for {', '.join(self.rows)}")
        where = self.rows[group]
        if (group, true_country) not in self._counted:
            self._counted[group, true_country] = CountedPairs.build(
                self.user_id[where],
                self.resamples[group],
                subset="true_country" if true_country else "all_country",
                global_gap=self.global_gap[where],
            )
        return self._counted[group, true_country].accuracy(np.atleast_2d(gap)[:, where])


@dataclass(frozen=True, eq=False)
class CountryModel:
    """The runs of one setting (they differ in the seed only) and their gaps on all test pairs.

    Attributes
    ----------
    trained_for : str
        The community whose pairs they were trained on.
    objective : ObjectiveConfig
    runs : tuple of str
        Run ids.
    gap : ndarray, shape (n_runs, n_pairs)
    """

    trained_for: str
    objective: ObjectiveConfig
    runs: tuple[str, ...]
    gap: NDArray[np.float64]


@dataclass(frozen=True)
class BiasRow:
    """One cell of the matrix trained-for x tested-on.

    Attributes
    ----------
    trained_for, tested_on : str
    objective : ObjectiveConfig
    runs : tuple of str
    difference : Estimate
        All-country accuracy of the model (mean over seeds) minus that of the global model, on `tested_on`.
    holm_p : float
        p adjusted by Holm over all cells of the matrix of this objective; NaN where there is no p.
    too_few_users : bool
    """

    trained_for: str
    tested_on: str
    objective: ObjectiveConfig
    runs: tuple[str, ...]
    difference: Estimate
    holm_p: float
    too_few_users: bool

    def to_json(self) -> dict[str, Any]:
        """Return the contract's keys, and method, setting, all runs and the flag."""
        return {
            "run": self.runs[0] if self.runs else None,
            "runs": list(self.runs),
            "trained_for": self.trained_for,
            "tested_on": self.tested_on,
            **_setting(self.objective),
            "difference": self.difference.to_json(),
            "holm_p": known(self.holm_p),
            "too_few_users": self.too_few_users,
        }


@dataclass(frozen=True)
class OverSteering:
    """What one setting won on a country's own preferences, and what that cost on all of them.

    Attributes
    ----------
    trained_for : str
    objective : ObjectiveConfig
    runs : tuple of str
    recovered : Estimate
        Recovered share: true-country accuracy (the global model has 0 by construction).
    against_global : Estimate
        All-country accuracy minus that of the global model.
    recovered_against_full, against_full : Estimate or None
        Recovered share and all-country accuracy minus those of `full`; None for `full` itself or where it was not run.
    verdict : {"below_global", "below_full", "none", "unknown"}
        By their intervals (one level, not adjusted), ``below_global``: the recovered share is above 0 and the
        all-country accuracy below the global model's: what sets the country apart is bought with what it shares;
        ``below_full``: not that, but more is recovered than by `full` at a lower all-country accuracy; ``none``:
        neither; ``unknown``: there is no interval against the global model.
    too_few_users : bool
        True if one of the two accuracies has fewer than `TOO_FEW_USERS`.
    """

    trained_for: str
    objective: ObjectiveConfig
    runs: tuple[str, ...]
    recovered: Estimate
    against_global: Estimate
    recovered_against_full: Estimate | None
    against_full: Estimate | None
    verdict: Verdict
    too_few_users: bool

    def to_json(self) -> dict[str, Any]:
        """Return JSON values; null for NaN."""
        return {
            "runs": list(self.runs),
            "trained_for": self.trained_for,
            **_setting(self.objective),
            "recovered": self.recovered.to_json(),
            "against_global": self.against_global.to_json(),
            "recovered_against_full": self.recovered_against_full and self.recovered_against_full.to_json(),
            "against_full": self.against_full and self.against_full.to_json(),
            "verdict": self.verdict,
            "too_few_users": self.too_few_users,
        }


def _setting(objective: ObjectiveConfig) -> dict[str, Any]:
    """Return method, tau and beta as JSON values."""
    return {"method": objective.method, "tau": objective.tau, "beta": objective.beta}


def bias_rows(models: Sequence[CountryModel], evaluation: Evaluation) -> list[BiasRow]:
    """Compare every model with the global model on every group.

    Returns
    -------
    list of BiasRow
        One per model and group, in the order of models, groups sorted. Models with equal objectives (one per
        community) form one matrix; Holm's correction runs over all its cells that have a p-value.
    """
    ruler = {group: evaluation.accuracy(evaluation.global_gap, group) for group in evaluation.rows}
    cells = [
        (model, group, estimate(evaluation.accuracy(model.gap, group).minus(ruler[group]), level=evaluation.level))
        for model in models
        for group in evaluation.rows
    ]
    adjusted = np.full(len(cells), math.nan)
    for objective in dict.fromkeys(model.objective for model in models):
        matrix = [number for number, (model, _, _) in enumerate(cells) if model.objective == objective]
        adjusted[matrix] = holm([cells[number][2].p for number in matrix])
    return [
        BiasRow(
            trained_for=model.trained_for,
            tested_on=group,
            objective=model.objective,
            runs=model.runs,
            difference=difference,
            holm_p=float(p),
            too_few_users=difference.n_users < TOO_FEW_USERS,
        )
        for (model, group, difference), p in zip(cells, adjusted, strict=True)
    ]


def over_steering(models: Sequence[CountryModel], evaluation: Evaluation) -> list[OverSteering]:
    """Set the recovered share of every model against its all-country change, on its own country.

    Returns
    -------
    list of OverSteering
        In the order of models. `full` models among them are the reference for the others of their country.

    Raises
    ------
    InputError
        If a model's country has no test pairs.
    """
    full = {model.trained_for: model for model in models if model.objective.method == "full"}
    found = []
    for model in models:
        group, level = model.trained_for, evaluation.level
        recovered = evaluation.accuracy(model.gap, group, true_country=True)
        everything = evaluation.accuracy(model.gap, group)
        against_global = estimate(everything.minus(evaluation.accuracy(evaluation.global_gap, group)), level=level)
        reference = full.get(group) if model.objective.method != "full" else None
        more = less = None
        if reference is not None:
            full_recovered = evaluation.accuracy(reference.gap, group, true_country=True)
            more = estimate(recovered.minus(full_recovered), level=level)
            less = estimate(everything.minus(evaluation.accuracy(reference.gap, group)), level=level)
        share = estimate(recovered, level=level)
        found.append(
            OverSteering(
                trained_for=group,
                objective=model.objective,
                runs=model.runs,
                recovered=share,
                against_global=against_global,
                recovered_against_full=more,
                against_full=less,
                verdict=_verdict(share, against_global, more, less),
                too_few_users=min(share.n_users, against_global.n_users) < TOO_FEW_USERS,
            )
        )
    return found


def _verdict(recovered: Estimate, against_global: Estimate, more: Estimate | None, less: Estimate | None) -> Verdict:
    """Return what the intervals say; see `OverSteering`."""
    if math.isnan(recovered.low) or math.isnan(against_global.high):
        return "unknown"
    if recovered.low > 0 and against_global.high < 0:
        return "below_global"
    if more is not None and less is not None and more.low > 0 and less.high < 0:
        return "below_full"
    return "none"


def worst_group(rows: Iterable[BiasRow]) -> BiasRow | None:
    """Return the row whose group loses most, or gains least, against the global model.

    The rows may be those of one model, of one matrix, or all.

    Returns
    -------
    BiasRow or None
        The lowest paired difference among groups with at least `TOO_FEW_USERS` users; equal ones by name of the group,
        then of the model's country. None if no group has so many users. It is the lowest of several noisy numbers and
        so looks worse than it is: show its interval and `holm_p`.
    """
    ranked = [row for row in rows if not row.too_few_users and math.isfinite(row.difference.value)]
    return min(ranked, key=lambda row: (row.difference.value, row.tested_on, row.trained_for), default=None)
