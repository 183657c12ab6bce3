"""Finished settings are chosen and reported on the same users: how much of that is luck, and how sure the choice is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scpo.arrays import FloatArray
from scpo.config import EvaluationConfig
from scpo.measures import frontier
from scpo.measures.choice import Choice, judge_choice
from scpo.measures.estimate import known
from scpo.measures.evaluation import CountryModel, Evaluation
from scpo.measures.resampling import UserResamples
from scpo.methods import CONTROLS
from scpo.results.communities import shared_countries
from scpo.results.frontier import MEAN
from scpo.results.ruler import Ruler
from scpo.store.scored import FinishedRun, Scored, group_runs

POSITIONS = 101
"""True-country accuracies at which the band of fronts is read."""

LEAST_USERS = 2
"""Users without whom resamples are all alike and say nothing."""


CHOICE_COLUMNS = ["country", "runs", "selection_frequency", "front_frequency"]
CHOICE_COLUMNS += ["all_optimism", "all_corrected", "true_optimism", "true_corrected"]


@dataclass(frozen=True, eq=False)
class SettingChoice:
    """The choice among the settings of one country, or of the mean over countries.

    Attributes
    ----------
    country : str
        Or ``mean``.
    runs : tuple of tuple of str
        Of each setting; of all countries for the mean.
    n_users : int
        Test users; of all countries for the mean.
    choice : Choice
    on_front : ndarray, shape (n_settings,), in [0, 1]
        Share of the resamples in which each setting is on the front.
    at, low, high : ndarray, shape (n_positions,)
        Band of the fronts over resamples, see `scpo.measures.frontier.front_band`.
    """

    country: str
    runs: tuple[tuple[str, ...], ...]
    n_users: int
    choice: Choice
    on_front: FloatArray
    at: FloatArray
    low: FloatArray
    high: FloatArray

    def setting_of(self, run: str) -> int:
        """Return the position of a run's setting."""
        return next(number for number, runs in enumerate(self.runs) if run in runs)

    def to_json(self) -> dict[str, float | None]:
        """Return what the choice has added to the chosen setting's accuracies, and how often it is chosen."""
        found = self.choice
        return {
            "optimism": known(found.all_optimism),
            "corrected": known(found.all_corrected),
            "true_country_optimism": known(found.true_optimism),
            "true_country_corrected": known(found.true_corrected),
            "selection_frequency": known(found.frequency),
        }


@dataclass(frozen=True, eq=False)
class _Numbers:
    """Accuracies of settings, shape (n_settings,), and over the same resamples, shape (n_resamples, n_settings)."""

    true_value: FloatArray
    all_value: FloatArray
    true_draws: FloatArray
    all_draws: FloatArray


@dataclass(frozen=True, eq=False)
class _Country:
    """The settings of a country: their accuracies, and the same over resamples of its users."""

    models: tuple[CountryModel, ...]
    n_users: int
    numbers: _Numbers

    def of(self, settings: Sequence[Hashable]) -> list[int]:
        place = {model.setting: number for number, model in enumerate(self.models)}
        return [place[setting] for setting in settings]


def setting_choices(
    scored: Scored,
    runs: Sequence[FinishedRun],
    config: EvaluationConfig,
    *,
    rule: frontier.Rule = "max_all_country",
    eps: float = frontier.DEFAULT_EPS,
    countries: Sequence[str] | None = None,
    ruler: Ruler | None = None,
    by_run: bool = False,
) -> dict[str, SettingChoice]:
    """Judge the choice of every country and of the mean over countries, on shared resamples of test users.

    Parameters
    ----------
    config : EvaluationConfig
        Resamples and their seed; the level is that of the band.
    rule, eps, countries, ruler
        As for `scpo.results.frontier.setting_table`, whose settings, means and choices these are.
    by_run : bool
        Settings in the order of their first run instead of the table's: of equal ones the first is chosen.

    Returns
    -------
    dict of str to SettingChoice
        By country with a setting that is no control, then ``mean`` if settings share several: there the users of each
        country are resampled on their own, and the accuracies averaged.
    """
    ruler = ruler or Ruler(scored, config)
    models = [
        model
        for model in group_runs(runs)
        if model.trained_for in ruler.countries
        and (countries is None or model.trained_for in countries)
        and model.objective.method not in CONTROLS
    ]
    if by_run:
        place = {run.run_id: number for number, run in enumerate(runs)}
        models = sorted(models, key=lambda model: min(place[run] for run in model.runs))
    shown = sorted({model.trained_for for model in models})
    parts = {
        country: _country(ruler.evaluation, [one for one in models if one.trained_for == country], config)
        for country in shown
    }
    found = {
        country: _judged(
            country,
            tuple(model.runs for model in part.models),
            part.n_users,
            part.numbers,
            config,
            rule=rule,
            eps=eps,
        )
        for country, part in parts.items()
    }
    mean = _mean(parts, config, rule=rule, eps=eps)
    return found if mean is None else found | {MEAN: mean}


def _country(evaluation: Evaluation, models: Sequence[CountryModel], config: EvaluationConfig) -> _Country:
    """Measure the settings of a country on its users and on resamples of them."""
    country = models[0].trained_for
    where = evaluation.rows[country]
    resamples = UserResamples.draw(evaluation.user_id[where], resamples=config.resamples, seed=config.seed)
    values, draws = [], []
    for true_country in (True, False):
        counted = evaluation.counted(country, true_country=true_country)
        values.append(np.array([counted.accuracy(model.gap[:, where]).value for model in models]))
        right = np.column_stack([counted.right_per_user(model.gap[:, where]) for model in models])
        draws.append(resamples.ratio(right, counted.per_user))
    return _Country(tuple(models), resamples.users.size, _Numbers(*values, *draws))


def _mean(
    parts: Mapping[str, _Country], config: EvaluationConfig, *, rule: frontier.Rule, eps: float
) -> SettingChoice | None:
    """Average over the countries that settings share, as `setting_rows` does; None unless there are several."""
    has: dict[Hashable, list[str]] = {}
    for country, part in parts.items():
        for model in part.models:
            has.setdefault(model.setting, []).append(country)
    shared = shared_countries(has.values(), list(parts))
    settings = [setting for setting, mine in has.items() if set(shared) <= set(mine)]
    if len(shared) < 2 or not settings:
        return None
    place = {country: parts[country].of(settings) for country in shared}

    numbers = _Numbers(
        *(
            np.mean([getattr(parts[country].numbers, name)[..., place[country]] for country in shared], axis=0)
            for name in ("true_value", "all_value", "true_draws", "all_draws")
        )
    )
    runs = tuple(
        tuple(run for country in shared for run in parts[country].models[place[country][number]].runs)
        for number in range(len(settings))
    )
    n_users = sum(parts[country].n_users for country in shared)
    return _judged(MEAN, runs, n_users, numbers, config, rule=rule, eps=eps)


def _judged(
    country: str,
    runs: tuple[tuple[str, ...], ...],
    n_users: int,
    numbers: _Numbers,
    config: EvaluationConfig,
    *,
    rule: frontier.Rule,
    eps: float,
) -> SettingChoice:
    true_draws, all_draws = numbers.true_draws, numbers.all_draws
    if n_users < LEAST_USERS:
        true_draws, all_draws = np.full((2, *true_draws.shape), np.nan)
    reached = numbers.true_value[np.isfinite(numbers.true_value)]
    at = np.linspace(reached.min(), reached.max(), POSITIONS) if reached.size else np.empty(0)
    low, high = frontier.front_band(true_draws, all_draws, at=at, level=config.level)
    return SettingChoice(
        country=country,
        runs=runs,
        n_users=n_users,
        choice=judge_choice(numbers.true_value, numbers.all_value, true_draws, all_draws, rule=rule, eps=eps),
        on_front=frontier.front_frequency(true_draws, all_draws),
        at=at,
        low=low,
        high=high,
    )


def choice_table(choices: Mapping[str, SettingChoice]) -> pd.DataFrame:
    """Return one row per country and setting.

    Returns
    -------
    DataFrame
        `country`, `runs` (a tuple), `selection_frequency`, `front_frequency`; and for the chosen setting alone
        `all_optimism`, `all_corrected`, `true_optimism`, `true_corrected`. NaN where unknown.
    """
    rows: list[dict[str, Any]] = []
    for one in choices.values():
        for number, runs in enumerate(one.runs):
            row = {
                "country": one.country,
                "runs": runs,
                "selection_frequency": one.choice.selected[number],
                "front_frequency": one.on_front[number],
            }
            mine = number == one.choice.chosen
            for name in ("all_optimism", "all_corrected", "true_optimism", "true_corrected"):
                row[name] = getattr(one.choice, name) if mine else np.nan
            rows.append(row)
    return pd.DataFrame(rows, columns=CHOICE_COLUMNS)


def band_table(choices: Mapping[str, SettingChoice]) -> pd.DataFrame:
    """Return the band of fronts of each country: `country`, `true_value`, `band_low`, `band_high`; no row without."""
    parts = [
        pd.DataFrame({"country": one.country, "true_value": one.at, "band_low": one.low, "band_high": one.high})
        for one in choices.values()
    ]
    if not parts:
        return pd.DataFrame(columns=["country", "true_value", "band_low", "band_high"])
    return pd.concat(parts, ignore_index=True).dropna(ignore_index=True)
