"""Every run as a point of the trade-off: the document of ``scpo frontier --json`` and ``scpo preview --json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scpo.config import EvaluationConfig
from scpo.measures import frontier
from scpo.measures.estimate import known
from scpo.measures.evaluation import CountryModel
from scpo.measures.written import objective_json
from scpo.methods import CONTROLS
from scpo.results.choice import SettingChoice, setting_choices
from scpo.results.external import external_points
from scpo.results.folds import HeldOut
from scpo.results.preview_error import OF_RUNS, PreviewError
from scpo.results.ruler import Ruler, point
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
    held_out: Mapping[str, HeldOut] | None = None,
    preview_error: PreviewError = OF_RUNS,
    externals: Sequence[CountryModel] | None = None,
) -> dict[str, Any]:
    """Build the document of ``scpo frontier --json``, one point per run, or of ``scpo preview --json``.

    `on_frontier` and `chosen` are decided on seed means: every seed of a setting on the front is marked, and `chosen`
    holds the setting, with all its runs, per country; controls take no part in either. `front_frequency` is the share
    of resamples of test users with a point's setting on the front. The intervals of previews contain `preview_error`,
    which each point states (accuracy on others apart); null where it is unknown, and then they contain the chance of
    users alone.

    Parameters
    ----------
    held_out : mapping, optional
        Given for previews: by country, the accuracies on training users on which is chosen. Runs are chosen on the
        test users they are reported on; their choice has the keys of `SettingChoice.to_json` too.
    externals : sequence of CountryModel, optional
        Models from elsewhere, for the key `external`; without them there is none.
    """
    preview = held_out is not None
    ruler = Ruler(scored, config)
    wanted = [country for country in ruler.countries if countries is None or country in countries]
    members = [run for run in runs if run.config.country in wanted]
    points: list[dict[str, Any]] = []
    for run in members:
        found = point(
            preview_error.widened(ruler.measure(run.gap, run.config.country)),
            level=config.level,
            run=None if preview else run.run_id,
            study=study,
            country=run.config.country,
            **objective_json(run.config.objective),
            seed=run.config.seed,
            n_train=run.n_train,
            n_kept=run.n_kept,
            preview=preview,
            **({"preview_error": preview_error.to_json()} if preview else {}),
            control=run.config.objective.method in CONTROLS,
            front_frequency=None,
        )
        points.append(found)
    choices = setting_choices(scored, members, config, rule=rule, eps=eps, countries=wanted, ruler=ruler, by_run=True)
    chosen: dict[str, Any] = {}
    for country in sorted({run.config.country for run in members}):
        if country not in choices:
            continue
        place = [
            i
            for i, run in enumerate(members)
            if run.config.country == country and run.config.objective.method not in CONTROLS
        ]
        judged = choices[country]
        setting = [judged.setting_of(members[i].run_id) for i in place]
        x = [_nan(points[i]["true_country"]["value"]) for i in place]
        y = [_nan(points[i]["all_country"]["value"]) for i in place]
        means = frontier.seed_means(setting, x, y)
        front = frontier.pareto_front(means.true_country, means.all_country)
        for i, number, member in zip(place, setting, means.member, strict=True):
            points[i]["on_frontier"] = bool(front[member])
            points[i]["front_frequency"] = known(float(judged.on_front[number]))
        best = _chosen(judged, members, held_out, rule=rule, eps=eps)
        if best is not None:
            those = [points[i] for i, number in zip(place, setting, strict=True) if number == best]
            mean = means.setting.index(best)
            chosen[country] = {
                **{key: those[0][key] for key in ("method", "tau", "beta")},
                "runs": [point["run"] for point in those if not preview],
                "true_country": float(means.true_country[mean]),
                "all_country": float(means.all_country[mean]),
                **(judged.to_json() if held_out is None else held_out[country].to_json(rule=rule, eps=eps)),
            }
    document: dict[str, Any] = {"points": points, "chosen": chosen}
    if externals is not None:
        shown = [one for one in externals if countries is None or one.trained_for in countries]
        document["external"] = external_points(shown, ruler, level=config.level)
    return document | {"rule": rule if rule != "max_true_country" else f"{rule}(eps={eps})"}


def _chosen(
    judged: SettingChoice,
    members: Sequence[FinishedRun],
    held_out: Mapping[str, HeldOut] | None,
    *,
    rule: frontier.Rule,
    eps: float,
) -> int | None:
    """Return the position of the chosen setting: by the test users, or for previews by the training users."""
    if held_out is None:
        return judged.choice.chosen
    found = held_out.get(judged.country)
    best = None if found is None else found.choose(rule=rule, eps=eps)
    mine = (run for run in members if (run.config.country, run.config.objective) == (judged.country, best))
    run = next(mine, None)
    return None if run is None else judged.setting_of(run.run_id)


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value
