"""Every setting of every country: accuracies and gains as means over seeds, the front, and the chosen setting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig, ObjectiveConfig, RunConfig
from scpo.data.countries import display_name
from scpo.measures import bias, frontier
from scpo.measures.accuracy import (
    CountedPairs,
    Difference,
    Estimate,
    UserResamples,
    as_difference,
    as_estimate,
    holm,
)
from scpo.measures.resampling import Resampled, mean_over_countries
from scpo.store.scored import FinishedRun, Scored, group_runs

MEAN = "mean"
"""The row that averages over countries with equal weight."""


def columns(prefix: str, number: Estimate | Difference, *, counts: bool) -> dict[str, Any]:
    columns: dict[str, Any] = {
        f"{prefix}value": number.value,
        f"{prefix}low": number.low,
        f"{prefix}high": number.high,
    }
    return columns | ({f"{prefix}n_pairs": number.n_pairs, f"{prefix}n_users": number.n_users} if counts else {})


@dataclass(frozen=True, eq=False)
class Measured:
    """The numbers of one setting on one country over the resamples."""

    everything: Resampled
    recovered: Resampled
    others: Resampled | None
    gain: Resampled

    def estimates(self, level: float) -> dict[str, Any]:
        """Return the three accuracies as JSON values."""
        others = None if self.others is None else as_estimate(self.others, level=level)
        return {
            "all_country": as_estimate(self.everything, level=level).to_json(),
            "true_country": as_estimate(self.recovered, level=level).to_json(),
            "others": None if others is None else others.to_json(),
        }


class Ruler:
    """Measures models on a country, on its true-country pairs, on all others, and against the global model."""

    def __init__(self, scored: Scored, config: EvaluationConfig) -> None:
        self.config = config
        self.evaluation = scored.evaluation(config)
        self._countries = scored.test_pairs["country"].to_numpy()
        self._others: dict[str, tuple[np.ndarray, CountedPairs]] = {}
        self._global: dict[tuple[str, bool], Measured] = {}

    @property
    def countries(self) -> list[str]:
        """Return the communities with test pairs."""
        return list(self.evaluation.rows)

    def measure(self, gap: np.ndarray, country: str, *, others: bool = True) -> Measured:
        """Measure one model (gaps on all test pairs, one row per seed) for one country; `others` is the slow part."""
        everything = self.evaluation.accuracy(gap, country)
        return Measured(
            everything,
            self.evaluation.accuracy(gap, country, true_country=True),
            self._on_others(gap, country) if others else None,
            everything.minus(self.measure_global(country, others=False).everything),
        )

    def measure_global(self, country: str, *, others: bool = True) -> Measured:
        """Measure the global model for one country, once."""
        if (country, others) not in self._global:
            gap = self.evaluation.global_gap
            everything = self.evaluation.accuracy(gap, country)
            self._global[country, others] = Measured(
                everything,
                self.evaluation.accuracy(gap, country, true_country=True),
                self._on_others(gap, country) if others else None,
                everything.minus(everything),
            )
        return self._global[country, others]

    def _on_others(self, gap: np.ndarray, country: str) -> Resampled | None:
        if country not in self._others:
            where = np.flatnonzero(self._countries != country)
            if not where.size:
                return None
            users = self.evaluation.user_id[where]
            drawn = UserResamples.draw(users, resamples=self.config.resamples, seed=self.config.seed)
            self._others[country] = where, CountedPairs.build(users, drawn)
        where, counted = self._others[country]
        return counted.accuracy(np.atleast_2d(gap)[:, where])


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
    everything = as_estimate(numbers.everything, level=config.level)
    nothing = Estimate(np.nan, np.nan, np.nan, config.level, 0, 0)
    others = nothing if numbers.others is None else as_estimate(numbers.others, level=config.level)
    gain = {"gain_value": np.nan, "gain_low": np.nan, "gain_high": np.nan, "gain_p": np.nan}
    if setting is not None:
        difference = as_difference(numbers.gain, level=config.level)
        gain = {**columns("gain_", difference, counts=False), "gain_p": difference.p}
    is_country = scored is not None and scored.info.group == "country"
    return {
        "country": country,
        "name": display_name(country) if is_country else ("Mean over countries" if country == MEAN else country),
        "method": "global" if setting is None else setting.method,
        "tau": np.nan if setting is None or setting.tau is None else setting.tau,
        "beta": np.nan if setting is None or setting.beta is None else setting.beta,
        **part.training(),
        **columns("all_", everything, counts=True),
        **columns("true_", as_estimate(numbers.recovered, level=config.level), counts=True),
        **columns("others_", others, counts=True),
        **gain,
        "gain_holm": np.nan,
        "level": config.level,
        "design_effect": everything.design_effect,
        "n_ties": everything.n_ties,
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
