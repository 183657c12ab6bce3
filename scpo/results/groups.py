"""Groups inside communities: whom of its own people a community's model serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from scpo.config import EvaluationConfig
from scpo.data.communities import facet_names, facet_values
from scpo.measures.bias import BiasRow
from scpo.measures.estimate import columns
from scpo.measures.evaluation import CountryModel, Evaluation
from scpo.measures.extremes import Extremes
from scpo.measures.families import TOO_FEW_USERS, enough
from scpo.measures.groups import Groups, group_extremes, groups, own_models
from scpo.measures.written import objective_json
from scpo.store.scored import FinishedRun, Scored, group_runs


def facets(scored: Scored) -> list[str]:
    """List the facets by which test pairs can be grouped: those with two values or more of so many users as a verdict
    needs, each over all communities."""
    found = []
    for name in facet_names(scored.dataset, group=scored.info.group):
        users = pd.DataFrame({"user": scored.test_pairs["user_id"], "value": _values(scored, name)}).dropna()
        if (users.drop_duplicates().groupby("value").size() >= TOO_FEW_USERS).sum() > 1:
            found.append(name)
    return found


def _values(scored: Scored, name: str) -> pd.Series:
    values = facet_values(scored.dataset, name, group=scored.info.group)
    return values.loc[scored.test_pairs.index].astype(object)


def models_by_setting(runs: Sequence[FinishedRun], evaluation: Evaluation) -> list[list[CountryModel]]:
    """Return the models of each setting whose communities have test pairs."""
    settings: dict[Any, list[CountryModel]] = {}
    for model in group_runs(runs):
        if model.trained_for in evaluation.rows:
            settings.setdefault(model.setting, []).append(model)
    return list(settings.values())


def setting_groups(
    scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig, *, by: str
) -> list[tuple[list[CountryModel], Groups]]:
    """Compare the groups of a facet under every setting; see `scpo.measures.groups.groups`.

    Returns
    -------
    list of (models, Groups)
        One per setting, with the models of its communities.

    Raises
    ------
    InputError
        If there is no such facet.
    """
    evaluation, values = scored.evaluation(config), _values(scored, by).to_numpy()
    return [(models, groups(models, evaluation, values)) for models in models_by_setting(runs, evaluation)]


def community_extremes(
    scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig
) -> list[tuple[list[CountryModel], dict[str, Extremes | None]]]:
    """Find the worst community and the gap between communities, each under its own model.

    Returns
    -------
    list of (models, mapping)
        One per setting: `before`, `after` and `change` of `scpo.measures.groups.group_extremes` over the communities
        with a model and enough users.
    """
    evaluation, found = scored.evaluation(config), []
    for models in models_by_setting(runs, evaluation):
        many = [one.trained_for for one in models if enough(evaluation.counted(one.trained_for).n_users)]
        three = group_extremes(own_models(models, evaluation), evaluation, many)
        found.append((models, dict(zip(("before", "after", "change"), three, strict=True))))
    return found


def group_table(rows: Sequence[BiasRow], *, level: float) -> pd.DataFrame:
    """Return the rows of `Groups.everywhere` or `Groups.inside` as a table.

    Returns
    -------
    DataFrame
        `community` (empty over all), `group`, estimates after `before_`, `after_` and `diff_`, and the columns of
        `scpo.results.bias.bias_table`.
    """
    return pd.DataFrame(
        [
            {
                "community": row.trained_for,
                "group": row.tested_on,
                **columns("before_", row.before),
                **columns("after_", row.after),
                **columns("diff_", row.difference),
                "p": row.difference.p,
                "holm": row.holm_p,
                "visible": row.smallest_visible,
                "lost": row.lost,
                "won": row.won,
                "level": level,
                "n_pairs": row.difference.n_pairs,
                "n_users": row.difference.n_users,
                "too_few_users": row.too_few_users,
            }
            for row in rows
        ]
    )


def groups_document(
    scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig, *, by: str
) -> list[dict[str, Any]]:
    """Return what ``scpo bias --by FACET --json`` says of each setting."""
    return [
        {
            "by": by,
            **objective_json(models[0].objective),
            "communities": [model.trained_for for model in models],
            "runs": [run for model in models for run in model.runs],
            "groups": [_json(row) for row in found.everywhere],
            "inside": [{"community": row.trained_for, **_json(row)} for row in found.inside],
            "extremes": extremes_json({"before": found.before, "after": found.after, "change": found.change}),
            "too_few": list(found.too_few),
            "n_pairs_unknown": found.n_pairs_unknown,
            "n_users_unknown": found.n_users_unknown,
        }
        for models, found in setting_groups(scored, runs, config, by=by)
    ]


def extremes_json(found: Mapping[str, Extremes | None]) -> dict[str, Any]:
    """Return worst groups and gaps as JSON; null where fewer than two groups have enough users."""
    return {name: None if one is None else one.to_json() for name, one in found.items()}


def communities_document(scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig) -> list[dict[str, Any]]:
    """Return `community_extremes` as JSON."""
    return [
        {
            **objective_json(models[0].objective),
            "communities": [model.trained_for for model in models],
            "extremes": extremes_json(found),
        }
        for models, found in community_extremes(scored, runs, config)
    ]


def _json(row: BiasRow) -> dict[str, Any]:
    """Return a row of groups; it has no single model, and so no run of its own."""
    written = row.to_json()
    left_out = {"run", "runs", "trained_for", "tested_on", "method", "tau", "beta"}
    return {"group": row.tested_on} | {name: value for name, value in written.items() if name not in left_out}
