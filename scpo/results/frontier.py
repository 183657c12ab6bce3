"""Every setting of every country: accuracies and gains as means over seeds, the front, and the chosen setting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig, ObjectiveConfig, RunConfig
from scpo.measures import bias, frontier
from scpo.measures.estimate import columns, estimate, unknown
from scpo.measures.intervals import holm
from scpo.measures.resampling import mean_over_countries
from scpo.results.communities import community_name
from scpo.results.ruler import Measured, Ruler
from scpo.store.scored import FinishedRun, Scored, group_runs

MEAN = "mean"
"""The row that averages over countries with equal weight."""


def setting_table(
    scored: Scored,
    runs: Sequence[FinishedRun],
    config: EvaluationConfig,
    *,
    rule: frontier.Rule = "max_all_country",
    eps: float = frontier.DEFAULT_EPS,
    countries: Sequence[str] | None = None,
    seeds_expected: int | None = None,
    ruler: Ruler | None = None,
    others: bool = True,
) -> pd.DataFrame:
    """Measure every setting of every country: means over seeds with intervals over users.

    Parameters
    ----------
    rule, eps
        How `chosen` is decided within a country, see `scpo.measures.frontier.choose`.
    countries : sequence of str, optional
        Communities to show and to average over; all that have runs if not given.
    seeds_expected : int, optional
        Seeds that a complete setting has; the largest number found if not given.
    ruler : Ruler, optional
        Of this data set and configuration, where one exists already: resamples are drawn once.
    others : bool
        Whether to measure on all other communities too, half of the time; without it `others_*` are NaN.

    Returns
    -------
    DataFrame
        One row per (country, setting), one `global` row per country, and rows of country ``mean`` for the settings
        that all shown countries have. `all_*`, `true_*` (recovered share) and `others_*` (pooled over the users of all
        other communities) are accuracies, `gain_*` the paired all-country difference against the global model with
        `gain_p` and `gain_holm` (Holm over the countries of a setting). NaN where unknown.
    """
    rows = setting_rows(
        scored, runs, config, countries=countries, seeds_expected=seeds_expected, ruler=ruler, others=others
    )
    return mark_choice(pd.DataFrame(rows), rule=rule, eps=eps) if rows else pd.DataFrame()


def setting_rows(
    scored: Scored,
    runs: Sequence[FinishedRun],
    config: EvaluationConfig,
    *,
    countries: Sequence[str] | None = None,
    seeds_expected: int | None = None,
    ruler: Ruler | None = None,
    others: bool = True,
    only_mean: bool = False,
) -> list[dict[str, Any]]:
    """Return the rows of `setting_table` before front and choice are marked among them.

    Parameters
    ----------
    only_mean : bool
        Leave out the rows of single countries, where there is a mean over several: their intervals take most of the
        time.
    """
    ruler = ruler or Ruler(scored, config)
    models = [model for model in group_runs(runs, countries) if model.trained_for in ruler.countries]
    by_id = {run.run_id: run for run in runs}
    shown = (
        sorted({model.trained_for for model in models})
        if models
        else [c for c in countries or [] if c in ruler.countries]
    )
    expected = seeds_expected or max((len(model.runs) for model in models), default=0)
    parts = [_Part(country, None, [], 0, ruler.measure_global(country, others=others)) for country in shown]
    for model in models:
        numbers = ruler.measure(model.gap, model.trained_for, others=others)
        mine = [by_id[run] for run in model.runs]
        parts.append(_Part(model.trained_for, model.objective, mine, expected, numbers))
    by_setting: dict[RunConfig | None, list[int]] = {}
    for place, part in enumerate(parts):
        by_setting.setdefault(part.setting, []).append(place)
    rows: list[dict[str, Any]] = []
    if not only_mean or len(shown) < 2:
        rows = [_row(part, scored, config) for part in parts]
        for places in by_setting.values():
            for place, p in zip(places, holm([rows[place]["gain_p"] for place in places]), strict=True):
                rows[place]["gain_holm"] = float(p)
    for places in by_setting.values():
        members = [parts[place] for place in places]
        if len(shown) > 1 and {part.country for part in members} == set(shown):
            rows.append(_row(_mean(members), None, config) | _mean_of_the_rest(members))
    return rows


def mark_choice(table: pd.DataFrame, *, rule: frontier.Rule, eps: float) -> pd.DataFrame:
    """Mark front (`on_frontier`) and choice (`chosen`) of each country among the rows that are not the global model."""
    front, chosen = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    tuned = (table["method"] != "global").to_numpy()
    true_country, all_country = table["true_value"].to_numpy(), table["all_value"].to_numpy()
    for place in table.groupby("country").indices.values():
        rows = np.asarray(place, dtype=np.intp)
        real = rows[tuned[rows]]
        front[real] = frontier.pareto_front(true_country[real], all_country[real])
        best = frontier.choose(true_country[real], all_country[real], rule=rule, eps=eps)
        if best is not None:
            chosen[real[best]] = True
    return table.assign(on_frontier=front, chosen=chosen)


@dataclass(frozen=True, eq=False)
class _Part:
    """One row to be: a setting on a country, or on the mean over countries."""

    country: str
    objective: ObjectiveConfig | None
    runs: Sequence[FinishedRun]
    expected: int
    numbers: Measured

    @property
    def setting(self) -> RunConfig | None:
        """Return what the runs of a setting share in all countries; None for the global model."""
        return self.runs[0].config.setting if self.runs else None

    def training(self) -> dict[str, Any]:
        """Return what is known about the runs; NaN without any."""
        runs = self.runs
        return {
            "seeds": sorted({run.config.seed for run in runs}),
            "n_seeds": len(runs),
            "seeds_expected": self.expected,
            "runs": [run.run_id for run in runs],
            "n_train": _average(run.n_train for run in runs),
            "n_kept": _average(run.n_kept for run in runs),
        }


def _average(numbers: Iterable[float]) -> float:
    found = list(numbers)
    return sum(found) / len(found) if found else np.nan


def _row(part: _Part, scored: Scored | None, config: EvaluationConfig) -> dict[str, Any]:
    """Write one row; `scored` is None for the mean."""
    country, setting, numbers = part.country, part.objective, part.numbers
    level = config.level
    everything = estimate(numbers.everything, level=level)
    gain = unknown(level) if setting is None else estimate(numbers.gain, level=level)
    return {
        "country": country,
        "name": "Mean over countries" if scored is None else community_name(scored, country),
        "method": "global" if setting is None else setting.method,
        "tau": np.nan if setting is None or setting.tau is None else setting.tau,
        "beta": np.nan if setting is None or setting.beta is None else setting.beta,
        **part.training(),
        **columns("all_", everything),
        **columns("true_", estimate(numbers.recovered, level=level)),
        **columns("others_", unknown(level) if numbers.others is None else estimate(numbers.others, level=level)),
        **columns("gain_", gain),
        "gain_p": gain.p,
        "gain_holm": np.nan,
        "level": level,
        "design_effect": numbers.everything.design_effect,
        "n_ties": numbers.everything.n_ties,
        "on_frontier": False,
        "chosen": False,
        "too_few_users": everything.n_users < bias.TOO_FEW_USERS,
    }


def _mean(parts: Sequence[_Part]) -> _Part:
    """Average a setting over countries with equal weight."""
    numbers = [part.numbers for part in parts]
    mean = Measured(
        mean_over_countries([one.everything for one in numbers]),
        mean_over_countries([one.recovered for one in numbers]),
        None,
        mean_over_countries([one.gain for one in numbers]),
    )
    runs = [run for part in parts for run in part.runs]
    return _Part(MEAN, parts[0].objective, runs, max(part.expected for part in parts), mean)


def _mean_of_the_rest(parts: Sequence[_Part]) -> dict[str, Any]:
    """Average over countries what has no interval; different countries share the users of "all others"."""
    known = [part.training() for part in parts]
    rest: dict[str, Any] = {
        "n_seeds": min(one["n_seeds"] for one in known),
        "n_train": _average(one["n_train"] for one in known),
        "n_kept": _average(one["n_kept"] for one in known),
    }
    others = [part.numbers.others for part in parts if part.numbers.others is not None]
    if len(others) < len(parts):
        return rest
    return rest | {
        "others_value": float(np.mean([one.value for one in others])),
        "others_n_pairs": max(one.n_pairs for one in others),
        "others_n_users": max(one.n_users for one in others),
    }


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
    points: list[dict[str, Any]] = []
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
                "all_country": estimate(measured.everything, level=config.level).to_json(),
                "true_country": estimate(measured.recovered, level=config.level).to_json(),
                "others": None if measured.others is None else estimate(measured.others, level=config.level).to_json(),
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


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value
