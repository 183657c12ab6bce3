"""Communities: how the global model does on each, and how every country model does on every other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig
from scpo.data.countries import display_name
from scpo.measures import bias
from scpo.measures.accuracy import Estimate, as_estimate
from scpo.results.settings import columns
from scpo.store.scored import FinishedRun, Scored, group_runs


def country_table(scored: Scored, config: EvaluationConfig) -> pd.DataFrame:
    """Describe every community: users, pairs, and how often the global model ranks its test pairs as its users did.

    Returns
    -------
    DataFrame
        One row per community, by name: `country`, `name`, counts of users and pairs per split, the global model's
        all-country accuracy as `value`, `low`, `high`, `level`, `n_pairs`, `n_users`, and the share of test pairs with
        gap < 0 as `disagree_value`, `disagree_low`, `disagree_high`. NaN for a community without test pairs.
    """
    evaluation, rows = scored.evaluation(config), []
    for country, pairs in scored.pairs.groupby("country"):
        train, test = pairs[pairs["split"] == "train"], pairs[pairs["split"] == "test"]
        agree = disagree = Estimate(np.nan, np.nan, np.nan, config.level, 0, 0)
        if len(test):
            agree = as_estimate(evaluation.accuracy(evaluation.global_gap, str(country)), level=config.level)
            disagree = as_estimate(evaluation.accuracy(-evaluation.global_gap, str(country)), level=config.level)
        rows.append(
            {
                "country": country,
                "name": display_name(str(country)) if scored.info.group == "country" else str(country),
                "train_users": train["user_id"].nunique(),
                "test_users": test["user_id"].nunique(),
                "train_pairs": len(train),
                "test_pairs": len(test),
                **columns("", agree, counts=True),
                "level": config.level,
                **columns("disagree_", disagree, counts=False),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values("name", ignore_index=True) if len(table) else table


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
                **columns("diff_", row.difference, counts=False),
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
