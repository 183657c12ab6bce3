"""Every setting of every country: accuracies and gains as means over seeds, the front, and the chosen setting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scpo.analysis import bias, frontier
from scpo.analysis.accuracy import Difference, Estimate, UserResamples, accuracy, as_difference, as_estimate, holm
from scpo.analysis.resampling import Resampled, mean_over_countries
from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.data.countries import display_name
from scpo.findings.stored import FinishedRun, Scored, group_runs

MEAN = "mean"
"""The row that averages over countries with equal weight."""

GLOBAL = "global"
"""The untouched model: the setting every country has."""


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
        self._others: dict[str, tuple[np.ndarray, UserResamples]] = {}

    @property
    def countries(self) -> list[str]:
        """Return the communities with test pairs."""
        return list(self.evaluation.rows)

    def measure(self, gap: np.ndarray, country: str, *, others: bool = True) -> Measured:
        """Measure one model (gaps on all test pairs, one row per seed) for one country; `others` is the slow part."""
        evaluation = self.evaluation
        everything = evaluation.accuracy(gap, country)
        return Measured(
            everything,
            evaluation.accuracy(gap, country, true_country=True),
            self._on_others(gap, country) if others else None,
            everything.minus(evaluation.accuracy(evaluation.global_gap, country)),
        )

    def _on_others(self, gap: np.ndarray, country: str) -> Resampled | None:
        users = self.evaluation.user_id
        if country not in self._others:
            where = np.flatnonzero(self._countries != country)
            if not where.size:
                return None
            drawn = UserResamples.draw(users[where], resamples=self.config.resamples, seed=self.config.seed)
            self._others[country] = (where, drawn)
        where, drawn = self._others[country]
        return accuracy(np.atleast_2d(gap)[:, where], users[where], drawn)


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
        How `chosen` is decided within a country, see `scpo.analysis.frontier.choose`.
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
    ruler = ruler or Ruler(scored, config)
    models = [model for model in group_runs(runs, countries) if model.trained_for in ruler.countries]
    by_id = {run.run_id: run for run in runs}
    shown = (
        sorted({model.trained_for for model in models})
        if models
        else [c for c in countries or [] if c in ruler.countries]
    )
    expected = seeds_expected or max((len(model.runs) for model in models), default=0)
    rows: list[dict[str, Any]] = []
    measured: dict[str, tuple[ObjectiveConfig | None, dict[str, Measured]]] = {}
    for country in shown:
        numbers = ruler.measure(ruler.evaluation.global_gap, country, others=others)
        measured.setdefault(GLOBAL, (None, {}))[1][country] = numbers
        rows.append(_row(country, scored, None, (), 0, by_id, numbers, config) | {"setting": GLOBAL})
    for model in models:
        numbers = ruler.measure(model.gap, model.trained_for, others=others)
        # Another budget or learning rate is another setting, also where method, tau and beta are the same.
        setting = by_id[model.runs[0]].config.model_copy(update={"country": "", "seed": 0}).run_id
        measured.setdefault(setting, (model.objective, {}))[1][model.trained_for] = numbers
        row = _row(model.trained_for, scored, model.objective, model.runs, expected, by_id, numbers, config)
        rows.append(row | {"setting": setting})
    for setting, (objective, by_country) in measured.items():
        if len(shown) > 1 and set(by_country) == set(shown):
            members = [row for row in rows if row["setting"] == setting]
            mean = _mean_row(objective, [by_country[country] for country in shown], members, config)
            rows.append(mean | {"setting": setting})
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    _adjust(table)
    return mark_choice(table, rule=rule, eps=eps).drop(columns="setting")


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


def _row(
    country: str,
    scored: Scored | None,
    setting: ObjectiveConfig | None,
    run_ids: tuple[str, ...],
    expected: int,
    by_id: dict[str, FinishedRun],
    numbers: Measured,
    config: EvaluationConfig,
) -> dict[str, Any]:
    everything = as_estimate(numbers.everything, level=config.level)
    nothing = Estimate(np.nan, np.nan, np.nan, config.level, 0, 0)
    gain = as_difference(numbers.gain, level=config.level)
    is_country = scored is not None and scored.info.group == "country"
    return {
        "country": country,
        "name": display_name(country) if is_country else ("Mean over countries" if country == MEAN else country),
        "method": "global" if setting is None else setting.method,
        "tau": np.nan if setting is None or setting.tau is None else setting.tau,
        "beta": np.nan if setting is None or setting.beta is None else setting.beta,
        "seeds": [by_id[run].config.seed for run in run_ids],
        "n_seeds": len(run_ids),
        "seeds_expected": expected,
        "runs": list(run_ids),
        "n_train": float(np.mean([by_id[run].n_train for run in run_ids])) if run_ids else np.nan,
        "n_kept": float(np.mean([by_id[run].n_kept for run in run_ids])) if run_ids else np.nan,
        **columns("all_", everything, counts=True),
        **columns("true_", as_estimate(numbers.recovered, level=config.level), counts=True),
        **columns(
            "others_",
            nothing if numbers.others is None else as_estimate(numbers.others, level=config.level),
            counts=True,
        ),
        **(
            {"gain_value": np.nan, "gain_low": np.nan, "gain_high": np.nan, "gain_p": np.nan}
            if setting is None
            else {**columns("gain_", gain, counts=False), "gain_p": gain.p}
        ),
        "gain_holm": np.nan,
        "level": config.level,
        "design_effect": everything.design_effect,
        "n_ties": everything.n_ties,
        "on_frontier": False,
        "chosen": False,
        "too_few_users": everything.n_users < bias.TOO_FEW_USERS,
    }


def _mean_row(
    setting: ObjectiveConfig | None, parts: list[Measured], members: list[dict[str, Any]], config: EvaluationConfig
) -> dict[str, Any]:
    others = [part.others for part in parts if part.others is not None]
    mean = Measured(
        mean_over_countries([part.everything for part in parts]),
        mean_over_countries([part.recovered for part in parts]),
        None,
        mean_over_countries([part.gain for part in parts]),
    )
    row = _row(MEAN, None, setting, (), 0, {}, mean, config)
    row |= {
        "runs": [run for member in members for run in member["runs"]],
        "seeds": sorted({seed for member in members for seed in member["seeds"]}),
        "n_seeds": min(member["n_seeds"] for member in members),
        "seeds_expected": max(member["seeds_expected"] for member in members),
        "n_train": float(np.mean([member["n_train"] for member in members])),
        "n_kept": float(np.mean([member["n_kept"] for member in members])),
    }
    if len(others) == len(parts):
        # The other countries of different countries share users, so only the value is averaged.
        row["others_value"] = float(np.mean([part.value for part in others]))
        row["others_n_pairs"] = max(part.n_pairs for part in others)
        row["others_n_users"] = max(part.n_users for part in others)
    return row


def _adjust(table: pd.DataFrame) -> None:
    """Fill `gain_holm`: Holm over the countries of each setting."""
    single = table[(table["country"] != MEAN) & (table["method"] != "global")]
    for _, place in single.groupby("setting").groups.items():
        table.loc[place, "gain_holm"] = holm(table.loc[place, "gain_p"].to_numpy())


def over_steering_table(settings: pd.DataFrame) -> pd.DataFrame:
    """Set the recovered share against the all-country change, per country and setting.

    `over_steering` is true where the recovered share is above 0 and the all-country accuracy below the global model's,
    both by their intervals (`scpo.analysis.bias.OverSteering`, verdict ``below_global``).
    """
    if settings.empty:
        return settings
    rows = settings[(settings["method"] != "global") & (settings["country"] != MEAN)].copy()
    rows["over_steering"] = (rows["true_low"] > 0) & (rows["gain_high"] < 0)
    return rows.reset_index(drop=True)
