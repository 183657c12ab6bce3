"""Two to four runs, settings or models that are named: the document of ``scpo compare --json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.estimate import known
from scpo.results.compare import OUTCOMES, comparison_table, config_differences, left_out, verdict_table
from scpo.results.frontier import MEAN
from scpo.results.missing import missing_runs
from scpo.results.sides import Basis, check_alike, find_side, offered_sides
from scpo.store.cache import Store
from scpo.store.scored import Scored, find_run, load_scored, runs_of


def compare_document(
    store: Store,
    names: Sequence[str],
    config: EvaluationConfig,
    *,
    data: str | None = None,
    model: str | None = None,
) -> dict[str, Any]:
    """Build the document of ``scpo compare --json``.

    Parameters
    ----------
    names : sequence of str
        Two to four, as `scpo.results.sides.find_side` reads them; the first is compared with each of the others.
    data, model : str, optional
        Data set and global model; needed where no run is named by its id.

    Returns
    -------
    dict
        `first`, `second` (keys of the first two); `sides`; `rows`, one per other side, community and measure, `first`
        minus `second`; `means` alike; `verdicts`, the counts of `verdict_table`; `left_out`, communities that one of
        two sides has no model for; `config_difference`, field to one value per side; `missing`, see `missing_runs`.

    Raises
    ------
    InputError
        If something is not known, or two runs belong to different data, global models or contexts.
    """
    scored = _scored_of(store, names, data, model)
    offered = offered_sides(scored, runs_of(store, scored), store)
    sides = [find_side(name, offered) for name in names]
    evaluation = scored.evaluation(config)
    table = comparison_table(evaluation, sides)
    is_mean = table["country"] == MEAN
    return {
        "first": sides[0].key,
        "second": sides[1].key,
        "sides": [
            {
                "key": side.key,
                "kind": side.kind,
                "name": side.name,
                "trained_for": None if side.trained_for is None else list(side.trained_for),
                "runs": list(side.runs),
            }
            for side in sides
        ],
        "rows": [_row_json(row) for row in table[~is_mean].to_dict("records")],
        "means": [_row_json(row) for row in table[is_mean].to_dict("records")],
        "verdicts": [_verdict_json(row) for row in verdict_table(evaluation, sides).to_dict("records")],
        "left_out": {side.key: left_out(sides[0], side, evaluation) for side in sides[1:]},
        "config_difference": config_differences(sides),
        "missing": missing_runs(store, scored),
    }


def _scored_of(store: Store, names: Sequence[str], data: str | None, model: str | None) -> Scored:
    """Read the data set with the scores that all sides are measured on.

    Raises
    ------
    InputError
        If runs that are named, or a run and what `data` and `model` name, are not of one.
    """
    known = store.names("runs")
    begun = {name: [run for run in known if run == name or run.startswith(name)] for name in names if name}
    runs = dict.fromkeys(found[0] for found in begun.values() if len(found) == 1)
    rulers = {f"run {run}": Basis.of(find_run(store, run).config) for run in runs}
    if data is not None and model is not None:
        scored = load_scored(store, data, model)
        info = scored.scores.info
        rulers[f"{data} with {model}"] = Basis(scored.info.key, info.model_key, info.encoding.context)
    elif not rulers:
        raise InputError(
            f"there is no run {names[0]}, and none of the others is one: to compare settings or models, say which data "
            "set and global model with --data and --model"
        )
    check_alike(rulers)
    if data is not None and model is not None:
        return scored
    config = find_run(store, next(iter(runs))).config
    return load_scored(store, config.dataset, config.model_key, context=config.encoding.context)


def _row_json(row: Mapping[Any, Any]) -> dict[str, Any]:
    estimate = {name: known(row[f"diff_{name}"]) for name in ("value", "low", "high")}
    return {
        "first": row["first"],
        "second": row["second"],
        "tested_on": row["country"],
        "subset": row["subset"],
        "home": bool(row["home"]),
        "n_countries": int(row["n_countries"]),
        "difference": estimate
        | {"level": row["level"], "n_pairs": row["n_pairs"], "n_users": row["n_users"], "p": known(row["p"])},
        "first_value": known(row["first_value"]),
        "second_value": known(row["second_value"]),
        "holm_p": known(row["holm"]),
        "n_family": int(row["n_family"]),
        "smallest_visible": known(row["visible"]),
        "naive_low": known(row["naive_low"]),
        "naive_high": known(row["naive_high"]),
        "design_effect": known(row["design_effect"]),
        "too_few_users": bool(row["too_few_users"]),
    }


def _verdict_json(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "first": row["first"],
        "second": row["second"],
        "tested_on": row["country"],
        "subset": row["subset"],
        "pairs": {name: int(row[name]) for name in OUTCOMES},
        "users": {name: int(row[f"users_{name}"]) for name in OUTCOMES},
        "mcnemar_p": known(row["mcnemar_p"]),
        "n_pairs": int(row["n_pairs"]),
        "n_users": int(row["n_users"]),
    }
