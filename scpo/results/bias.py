"""Who gains and who pays: every country model on every community, and what over-steers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig
from scpo.measures import bias
from scpo.measures.estimate import columns
from scpo.results.frontier import MEAN
from scpo.store.scored import FinishedRun, Scored, group_runs


def bias_table(scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig) -> pd.DataFrame:
    """Compare every country model with the global model on every community; see `scpo.measures.bias.bias_rows`."""
    rows = bias.bias_rows(group_runs(runs), scored.evaluation(config))
    return pd.DataFrame(
        [
            {
                "trained_for": row.trained_for,
                "tested_on": row.tested_on,
                "method": row.objective.method,
                "tau": np.nan if row.objective.tau is None else row.objective.tau,
                "beta": np.nan if row.objective.beta is None else row.objective.beta,
                "runs": list(row.runs),
                "n_seeds": len(row.runs),
                **columns("diff_", row.difference),
                "p": row.difference.p,
                "holm": row.holm_p,
                "level": config.level,
                "n_pairs": row.difference.n_pairs,
                "n_users": row.difference.n_users,
                "too_few_users": row.too_few_users,
            }
            for row in rows
        ]
    )


def over_steering_table(settings: pd.DataFrame) -> pd.DataFrame:
    """Set the recovered share against the all-country change, per country and setting.

    `over_steering` is true where the recovered share is above 0 and the all-country accuracy below the global model's,
    both by their intervals (`scpo.measures.bias.OverSteering`, verdict ``below_global``).
    """
    if settings.empty:
        return settings
    rows = settings[(settings["method"] != "global") & (settings["country"] != MEAN)].copy()
    rows["over_steering"] = (rows["true_low"] > 0) & (rows["gain_high"] < 0)
    return rows.reset_index(drop=True)


def bias_document(scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig) -> dict[str, Any]:
    """Build the document of ``scpo bias --json``."""
    evaluation = scored.evaluation(config)
    models = [model for model in group_runs(runs) if model.trained_for in evaluation.rows]
    rows = bias.bias_rows(models, evaluation)
    worst = bias.worst_group(rows)
    return {
        "rows": [row.to_json() for row in rows],
        "over_steering": [row.to_json() for row in bias.over_steering(models, evaluation)],
        "worst_group": None if worst is None else worst.to_json(),
    }
