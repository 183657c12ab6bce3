"""The JSON documents of the command line: fractions, null for unknown, an estimate with its interval and its n."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures import bias, frontier
from scpo.measures.accuracy import SUBSETS, as_difference, holm
from scpo.results.settings import Ruler
from scpo.store.cache import Store
from scpo.store.scored import FinishedRun, Scored, find_run, group_runs, load_scored, runs_of


def frontier_document(
    scored: Scored,
    runs: Sequence[FinishedRun],
    config: EvaluationConfig,
    *,
    rule: frontier.Rule = "max_all_country",
    eps: float = frontier.DEFAULT_EPS,
    countries: Sequence[str] | None = None,
    study: str | None = None,
    preview: bool = False,
) -> dict[str, Any]:
    """Build the document of ``scpo frontier --json``, one point per run, or of ``scpo preview --json``.

    `on_frontier` and `chosen` are decided on seed means: every seed of a setting on the front is marked, and `chosen`
    holds the setting, with all its runs, per country.
    """
    ruler = Ruler(scored, config)
    wanted = [country for country in ruler.countries if countries is None or country in countries]
    members = [run for run in runs if run.config.country in wanted]
    points = []
    for run in members:
        measured = ruler.measure(run.gap, run.config.country)
        points.append(
            {
                "run": None if preview else run.run_id,
                "study": study,
                "country": run.config.country,
                "method": run.config.objective.method,
                "tau": run.config.objective.tau,
                "beta": run.config.objective.beta,
                "seed": run.config.seed,
                "n_train": run.n_train,
                "n_kept": run.n_kept,
                **measured.estimates(config.level),
                "preview": preview,
                "on_frontier": False,
            }
        )
    chosen: dict[str, Any] = {}
    for country in sorted({run.config.country for run in members}):
        place = [i for i, run in enumerate(members) if run.config.country == country]
        settings = [members[i].config.model_copy(update={"seed": 0}).run_id for i in place]
        x = [_nan(points[i]["true_country"]["value"]) for i in place]
        y = [_nan(points[i]["all_country"]["value"]) for i in place]
        means = frontier.seed_means(settings, x, y)
        front = frontier.pareto_front(means.true_country, means.all_country)
        for i, member in zip(place, means.member, strict=True):
            points[i]["on_frontier"] = bool(front[member])
        best = frontier.choose(means.true_country, means.all_country, rule=rule, eps=eps)
        if best is not None:
            those = [points[i] for i, member in zip(place, means.member, strict=True) if member == best]
            chosen[country] = {
                **{key: those[0][key] for key in ("method", "tau", "beta")},
                "runs": [point["run"] for point in those if not preview],
                "true_country": float(means.true_country[best]),
                "all_country": float(means.all_country[best]),
            }
    return {"points": points, "chosen": chosen, "rule": rule if rule != "max_true_country" else f"{rule}(eps={eps})"}


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


def compare_document(store: Store, first: str, second: str, config: EvaluationConfig) -> dict[str, Any]:
    """Build the document of ``scpo compare --json``: first minus second, paired, with Holm over communities."""
    configs = [find_run(store, run).config for run in (first, second)]
    if configs[0].dataset_key != configs[1].dataset_key or configs[0].model_key != configs[1].model_key:
        raise InputError(
            f"runs {first} and {second} differ in data set or global model: only runs of one can be paired"
        )
    scored = load_scored(store, configs[0].dataset, configs[0].model_key)
    gaps = {run.run_id: run.gap for run in runs_of(store, scored) if run.run_id in (first, second)}
    evaluation = scored.evaluation(config)
    rows: list[dict[str, Any]] = []
    for subset in SUBSETS:
        true_country = subset == "true_country"
        found = [
            as_difference(
                evaluation.accuracy(gaps[first], group, true_country=true_country).minus(
                    evaluation.accuracy(gaps[second], group, true_country=true_country)
                ),
                level=config.level,
            )
            for group in evaluation.rows
        ]
        adjusted = holm([difference.p for difference in found])
        rows += [
            {
                "tested_on": group,
                "subset": subset,
                "difference": difference.to_json(),
                "holm_p": float(p) if np.isfinite(p) else None,
            }
            for group, difference, p in zip(evaluation.rows, found, adjusted, strict=True)
        ]
    settings = [flat(one.as_json()) for one in configs]
    couples = {key: [one.get(key) for one in settings] for key in settings[0] | settings[1]}
    differing = {key: couple for key, couple in couples.items() if couple[0] != couple[1]}
    return {"first": first, "second": second, "rows": rows, "config_difference": differing}


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings as one level: ``{"objective.tau": 0.7}``."""
    found: dict[str, Any] = {}
    for key, item in value.items():
        found |= flat(item, f"{prefix}{key}.") if isinstance(item, dict) else {f"{prefix}{key}": item}
    return found


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value
