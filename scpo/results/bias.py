"""Who gains and who pays: every country model on every community, and what over-steers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig
from scpo.measures import bias
from scpo.measures.estimate import columns, unknown
from scpo.measures.evaluation import CountryModel
from scpo.measures.over_steering import over_steering
from scpo.methods import CONTROLS
from scpo.results.external import external_cells
from scpo.results.frontier import MEAN
from scpo.results.groups import communities_document, facets, groups_document
from scpo.results.length_bias import length_document
from scpo.results.reliability import reliability_document
from scpo.store.scored import FinishedRun, Scored, group_runs


def bias_table(
    scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig, *, externals: Sequence[CountryModel] = ()
) -> pd.DataFrame:
    """Compare every country model with the global model on every community; see `scpo.measures.bias.bias_rows`.

    Models from elsewhere stand behind the others, with the name of their setting in the column `external`.
    """
    rows = bias.bias_rows([*group_runs(runs), *externals], scored.evaluation(config))
    return pd.DataFrame(
        [
            {
                "trained_for": row.trained_for,
                "tested_on": row.tested_on,
                **bias.objective_columns(row.objective),
                "external": row.external,
                "runs": list(row.runs),
                "n_seeds": np.nan if row.external else len(row.runs),
                **columns("before_", row.before),
                **columns("after_", row.after),
                **columns("diff_", row.difference),
                "lost": row.lost,
                "won": row.won,
                "p": row.difference.p,
                "holm": row.holm_p,
                "visible": row.smallest_visible,
                "level": config.level,
                "n_pairs": row.difference.n_pairs,
                "n_users": row.difference.n_users,
                "too_few_users": row.too_few_users,
            }
            for row in rows
        ]
    )


def others_table(scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig) -> pd.DataFrame:
    """Average what every model does elsewhere; see `scpo.measures.bias.others_rows`.

    Returns
    -------
    DataFrame
        One row per country and setting: `trained_for`, `method`, `tau`, `beta`, `runs`, `diff_*`, `p`, `holm`,
        `communities`, `too_few`, `n_pairs`, `n_users`.
    """
    rows = bias.others_rows(group_runs(runs), scored.evaluation(config))
    return pd.DataFrame(
        [
            {
                "trained_for": row.trained_for,
                **bias.objective_columns(row.objective),
                "runs": list(row.runs),
                **columns("diff_", row.difference),
                "p": row.difference.p,
                "holm": row.holm_p,
                "communities": list(row.communities),
                "too_few": list(row.too_few),
                "level": config.level,
                "n_pairs": row.difference.n_pairs,
                "n_users": row.difference.n_users,
            }
            for row in rows
        ]
    )


def over_steering_table(
    scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig, *, externals: Sequence[CountryModel] = ()
) -> pd.DataFrame:
    """Set what a country's model knows against its all-country change, per country and setting.

    Returns
    -------
    DataFrame
        One row per country and setting of all `runs` that is no control, then per model from elsewhere, of which no
        verdict is possible (there is no `full` that was trained alike): `runs`, `over_p`, `over_holm` and
        `over_steering` of `scpo.measures.over_steering.OverSteering`, and `excess_full_*`, the excess minus that of
        `full`.
    """
    evaluation = scored.evaluation(config)
    models = [model for model in (*group_runs(runs), *externals) if model.trained_for in evaluation.rows]
    judged = [model for model in models if model.objective.method not in CONTROLS]
    return pd.DataFrame(
        [
            {
                "country": row.trained_for,
                "runs": list(row.runs),
                "over_p": row.p,
                "over_holm": row.holm_p,
                "over_steering": row.verdict == "over_steering",
                **columns("excess_full_", row.excess_against_full or unknown(config.level)),
            }
            for row in over_steering(judged, evaluation)
        ]
    )


def steering_points(settings: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of single countries in `setting_table` that have a verdict in `over_steering_table`, with it."""
    rows = settings[(settings["method"] != "global") & (settings["country"] != MEAN)]
    if verdicts.empty:
        return rows.iloc[:0]
    keyed = verdicts.assign(key=verdicts["runs"].map(tuple)).drop(columns=["runs", "country"])
    return rows.assign(key=rows["runs"].map(tuple)).merge(keyed, on="key", validate="1:1").drop(columns="key")


def bias_document(
    scored: Scored,
    runs: Sequence[FinishedRun],
    config: EvaluationConfig,
    *,
    by: Sequence[str] = (),
    externals: Sequence[CountryModel] | None = None,
) -> dict[str, Any]:
    """Build the document of ``scpo bias --json``.

    Parameters
    ----------
    by : sequence of str
        Facets whose groups are compared too, see `scpo.results.groups.facets`.
    externals : sequence of CountryModel, optional
        Models from elsewhere: they stand apart under `external` and are never the worst group.

    Raises
    ------
    InputError
        If there is no such facet.
    """
    evaluation = scored.evaluation(config)
    models = [model for model in group_runs(runs) if model.trained_for in evaluation.rows]
    rows = bias.bias_rows(models, evaluation)
    judged = [model for model in models if model.objective.method not in CONTROLS]
    worst = bias.worst_group(row for row in rows if row.objective.method not in CONTROLS)
    return {
        "rows": [row.to_json() for row in rows],
        "over_steering": [row.to_json() for row in over_steering(judged, evaluation)],
        "worst_group": None if worst is None else worst.to_json(),
        "between_communities": communities_document(scored, runs, config),
        "others": [row.to_json() for row in bias.others_rows(models, evaluation)],
        "length": length_document(scored, runs, config),
        "calibration": reliability_document(scored, runs, config),
        "facets": facets(scored),
        "groups": [one for name in by for one in groups_document(scored, runs, config, by=name)],
        **({} if externals is None else {"external": external_cells(externals, scored, config)}),
    }
