"""Calibration of margins: are the models as sure as they should be?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.measures.bias import objective_columns, tested
from scpo.measures.clustered import Clustered
from scpo.measures.estimate import columns, estimate
from scpo.measures.evaluation import CountryModel, Evaluation
from scpo.measures.families import enough
from scpo.measures.groups import own_models
from scpo.measures.reliability import Reliability, reliability
from scpo.measures.written import objective_json
from scpo.results.groups import models_by_setting
from scpo.store.scored import FinishedRun, Scored

EVERYWHERE = "all"
"""All countries that a setting has a model for, each pair under its own country's model."""


@dataclass(frozen=True, eq=False)
class ReliabilityRow:
    """The global model and the own models of a setting on the test pairs of a country, or of all with a model."""

    country: str
    objective: ObjectiveConfig
    runs: tuple[str, ...]
    before: Reliability
    after: Reliability
    level: float

    @property
    def change(self) -> Clustered:
        """Return how much more over-confident the country's model is than the global model, paired."""
        return self.after.over_confidence.minus(self.before.over_confidence)


def reliability_rows(scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig) -> Iterator[ReliabilityRow]:
    """Yield for each setting its countries, and `EVERYWHERE` where there are several."""
    evaluation = scored.evaluation(config)
    for models in models_by_setting(runs, evaluation):
        for model in models:
            yield _row(model.trained_for, model, evaluation, evaluation.rows[model.trained_for])
        if len(models) > 1:
            where = np.sort(np.concatenate([evaluation.rows[model.trained_for] for model in models]))
            yield _row(EVERYWHERE, own_models(models, evaluation), evaluation, where)


def _row(country: str, model: CountryModel, evaluation: Evaluation, where: np.ndarray) -> ReliabilityRow:
    return ReliabilityRow(
        country=country,
        objective=model.objective,
        runs=model.runs,
        before=reliability(evaluation.global_gap[where], evaluation.user_id[where]),
        after=reliability(model.gap[:, where], evaluation.user_id[where]),
        level=evaluation.level,
    )


def reliability_table(
    scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `reliability_rows` as two tables.

    Returns
    -------
    numbers : DataFrame
        `country`, `method`, `tau`, `beta`, `runs`, over-confidence after `before_`, `after_` and `change_`, its `p`,
        `ece_before`, `ece_after` and of a perfectly calibrated model `ece_perfect_before`, `ece_perfect_after`,
        `n_pairs`, `n_users`, `too_few_users`.
    bins : DataFrame
        `country`, setting, `model` (``global`` or ``own``), edges `low_edge` and `high_edge`, `said`, the estimate
        `agreed_*`, `share` of the pairs, `too_few_users`.
    """
    numbers: list[dict[str, Any]] = []
    bins: list[dict[str, Any]] = []
    for row in reliability_rows(scored, runs, config):
        place = {"country": row.country, **objective_columns(row.objective), "runs": list(row.runs)}
        change = tested(row.change, level=row.level)
        numbers.append(
            {
                **place,
                **columns("before_", estimate(row.before.over_confidence, level=row.level)),
                **columns("after_", estimate(row.after.over_confidence, level=row.level)),
                **columns("change_", change),
                "p": change.p,
                "ece_before": row.before.ece,
                "ece_perfect_before": row.before.ece_of_perfect,
                "ece_after": row.after.ece,
                "ece_perfect_after": row.after.ece_of_perfect,
                "n_pairs": change.n_pairs,
                "n_users": change.n_users,
                "level": row.level,
                "too_few_users": not enough(change.n_users),
            }
        )
        bins += [
            {
                **place,
                "model": model,
                "low_edge": one.low,
                "high_edge": one.high,
                "said": one.said,
                **columns("agreed_", estimate(one.agreed, level=row.level)),
                "share": one.share,
                "n_pairs": one.agreed.n_pairs,
                "n_users": one.agreed.n_users,
                "too_few_users": not enough(one.agreed.n_users),
            }
            for model, found in (("global", row.before), ("own", row.after))
            for one in found.bins
        ]
    return pd.DataFrame(numbers), pd.DataFrame(bins)


def reliability_document(scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig) -> list[dict[str, Any]]:
    """Return what ``scpo bias --json`` says about calibration."""
    return [
        {
            "country": row.country,
            **objective_json(row.objective),
            "runs": list(row.runs),
            "global": _json(row.before, row.level),
            "own": _json(row.after, row.level),
            "change_of_over_confidence": tested(row.change, level=row.level).to_json(),
        }
        for row in reliability_rows(scored, runs, config)
    ]


def _json(found: Reliability, level: float) -> dict[str, Any]:
    return {
        "over_confidence": estimate(found.over_confidence, level=level).to_json(),
        "ece": found.ece,
        "ece_of_perfect": found.ece_of_perfect,
        "n_pairs": found.n_pairs,
        "bins": [
            {
                "low": one.low,
                "high": one.high,
                "said": one.said,
                "agreed": estimate(one.agreed, level=level).to_json(),
                "share": one.share,
            }
            for one in found.bins
        ],
    }
