"""Every run as a point of the trade-off: the document of ``scpo frontier --json`` and ``scpo preview --json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scpo.config import EvaluationConfig
from scpo.measures import frontier
from scpo.measures.estimate import estimate
from scpo.results.preview_error import OF_RUNS, PreviewError
from scpo.results.ruler import Ruler
from scpo.store.scored import FinishedRun, Scored


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
    preview_error: PreviewError = OF_RUNS,
) -> dict[str, Any]:
    """Build the document of ``scpo frontier --json``, one point per run, or of ``scpo preview --json``.

    `on_frontier` and `chosen` are decided on seed means: every seed of a setting on the front is marked, and `chosen`
    holds the setting, with all its runs, per country. The intervals of previews contain `preview_error`, which each
    point states (accuracy on others apart); null where it is unknown, and then they contain the chance of users alone.
    """
    ruler = Ruler(scored, config)
    wanted = [country for country in ruler.countries if countries is None or country in countries]
    members = [run for run in runs if run.config.country in wanted]
    points: list[dict[str, Any]] = []
    for run in members:
        measured = preview_error.widened(ruler.measure(run.gap, run.config.country))
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
                "all_country": estimate(measured.everything, level=config.level).to_json(),
                "true_country": estimate(measured.recovered, level=config.level).to_json(),
                "excess": estimate(measured.excess, level=config.level).to_json(),
                "others": None if measured.others is None else estimate(measured.others, level=config.level).to_json(),
                "preview": preview,
                **({"preview_error": preview_error.to_json()} if preview else {}),
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


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value
