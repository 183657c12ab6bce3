"""Every setting of every country: accuracies and gains as means over seeds, the front, and the chosen setting."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig
from scpo.measures import frontier
from scpo.measures.bias import adjusted_changes, gate_of, objective_columns
from scpo.measures.evaluation import CountryModel
from scpo.methods import CONTROLS, NEVER_CHOSEN
from scpo.results.communities import community_name, shared_countries
from scpo.results.preview_error import OF_RUNS, PreviewError
from scpo.results.ruler import Measured, Ruler, mean_numbers, number_columns
from scpo.store.scored import FinishedRun, Scored, group_runs
from scpo.store.studies import StudyRecord, expected_countries, expected_seeds

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
    studies: Sequence[StudyRecord] = (),
    externals: Sequence[CountryModel] = (),
) -> pd.DataFrame:
    """Measure every setting of every country: means over seeds with intervals over users.

    Parameters
    ----------
    rule, eps
        How `chosen` is decided within a country, see `scpo.measures.frontier.choose`.
    countries : sequence of str, optional
        Communities to show and to average over; all that have runs if not given.
    studies : sequence of StudyRecord
        They say how many seeds and which countries are still to come (`seeds_expected`, `n_countries_shown`); a
        setting that none asks for is complete as it is.
    externals : sequence of CountryModel
        Models from elsewhere: rows of method ``external`` with the name of their setting in the column `external`
        (None for all others), without seeds and counts of training pairs. They decide about no mean but their own.

    Returns
    -------
    DataFrame
        One row per (country, setting), one `global` row per country, and rows of country ``mean`` over the countries
        that settings share (`shared_countries`; `n_countries` of `n_countries_shown`). `all_*`, `true_*` (recovered
        share) and `others_*` (pooled over the users of all other communities) are accuracies; `excess_*` is what of the
        recovered share is more than `blind_value`, which label-blind flips of the same size recover; `gain_*` the
        paired all-country difference against the global model with `gain_p`, `gain_holm` (corrected within a family
        of `n_family`, *all* communities that have a model, see `scpo.measures.families`; of a mean the p over all of
        them, NaN over chosen ones: no choice of countries makes a verdict) and `gain_visible`, the smallest difference
        that would have been seen. NaN where unknown.
    """
    rows = setting_rows(scored, runs, config, countries=countries, studies=studies, externals=externals)
    return mark_choice(pd.DataFrame(rows), rule=rule, eps=eps) if rows else pd.DataFrame()


def setting_rows(
    scored: Scored,
    runs: Sequence[FinishedRun],
    config: EvaluationConfig,
    *,
    countries: Sequence[str] | None = None,
    studies: Sequence[StudyRecord] = (),
    ruler: Ruler | None = None,
    others: bool = True,
    only_mean: bool = False,
    preview_error: PreviewError = OF_RUNS,
    externals: Sequence[CountryModel] = (),
) -> list[dict[str, Any]]:
    """Return the rows of `setting_table` before front and choice are marked among them.

    Parameters
    ----------
    countries, studies, externals
        See `setting_table`.
    ruler : Ruler, optional
        Of this data set and configuration, where one exists already: what it has counted is counted once.
    others : bool
        Whether to measure on all other communities too, half of the time; without it `others_*` are NaN.
    only_mean : bool
        Leave out the rows of single countries, where there is a mean over several, and correct no p: for sliders.
    preview_error : PreviewError
        If `runs` are previews: what their intervals contain beside the chance of users (`others_*` apart).
    """
    ruler = ruler or Ruler(scored, config)
    every = [model for model in (*group_runs(runs), *externals) if model.trained_for in ruler.countries]
    models = [model for model in every if countries is None or model.trained_for in countries]
    by_id = {run.run_id: run for run in runs}
    shown = (
        sorted({model.trained_for for model in models})
        if models
        else [c for c in countries or [] if c in ruler.countries]
    )
    compared = sorted({model.trained_for for model in models if model.external is None}) or shown
    awaited = set(compared)
    parts = [_Part(country, None, [], 0, ruler.measure_global(country, others=others)) for country in shown]
    for model in models:
        numbers = ruler.measure(model.gap, model.trained_for, others=others)
        if model.external is not None:
            parts.append(_Part(model.trained_for, model, [], np.nan, numbers, ids=model.runs))
            continue
        mine = [by_id[run] for run in model.runs]
        seeds = {run.config.seed for run in mine} | set(expected_seeds(studies, mine[0].config))
        awaited |= set(expected_countries(studies, mine[0].config)) & set(countries or ruler.countries)
        parts.append(_Part(model.trained_for, model, mine, len(seeds), numbers, ids=model.runs))
    by_setting: dict[Hashable, list[int]] = {}
    for place, part in enumerate(parts):
        by_setting.setdefault(part.model and part.model.setting, []).append(place)
    single = parts if not only_mean or len(shown) < 2 else []
    decisive = [places for places in by_setting.values() if not parts[places[0]].external]
    shared = shared_countries([[parts[place].country for place in places] for places in decisive], compared)
    means = [[parts[place] for place in places if parts[place].country in shared] for places in by_setting.values()]
    means = [members for members in means if len(shared) > 1 and len(members) == len(shared)]
    rows = [_row(part, scored, config, preview_error) for part in single]
    for members in means:
        mean = _row(_mean(members), None, config, preview_error, shown=len(awaited))
        rows.append(mean | _mean_of_the_rest(members))
    if only_mean:
        return rows
    families = _home_families(every, parts, ruler, preview_error)
    settings = [part.model and part.model.setting for part in (*single, *(members[0] for members in means))]
    rows = [row | families.get((setting, row["country"]), {}) for row, setting in zip(rows, settings, strict=True)]
    for row in rows:
        if row["country"] == MEAN and row["n_countries"] != row["n_family"]:
            row["gain_holm"] = np.nan if countries else row["gain_p"]
    return rows


def _home_families(
    every: Sequence[CountryModel], parts: Sequence[_Part], ruler: Ruler, preview_error: PreviewError
) -> dict[tuple[Hashable, str], dict[str, float]]:
    """Return corrected p and size of family of every setting's changes at home, and of their mean.

    The family of a setting is all its models, shown or not.
    """
    measured = {(part.model.setting, part.country): part.numbers for part in parts if part.model is not None}
    families: dict[Hashable, dict[str, Measured]] = {}
    for model in every:
        known = measured.get((model.setting, model.trained_for))
        numbers = ruler.measure(model.gap, model.trained_for, others=False) if known is None else known
        families.setdefault(model.setting, {})[model.trained_for] = numbers
    found: dict[tuple[Hashable, str], dict[str, float]] = {}
    for setting, family in families.items():
        changes = [one.gain for one in family.values()]
        gate = gate_of(
            changes,
            seeds=[one.seeds["everything"] for one in family.values()],
            widened=lambda mean, n_countries: preview_error.widened_gain(mean, n_countries=n_countries),
        )
        marks = adjusted_changes([preview_error.widened_gain(one) for one in changes], gate=gate)
        n_tested = int(np.isfinite(marks).sum())
        found[setting, MEAN] = {"gain_holm": gate, "n_family": len(family)}
        for country, p in zip(family, marks, strict=True):
            found[setting, country] = {"gain_holm": float(p), "n_family": n_tested}
    return found


def mark_choice(table: pd.DataFrame, *, rule: frontier.Rule, eps: float, judged: str = "") -> pd.DataFrame:
    """Mark front (`on_frontier`) and choice (`chosen`) of each country; `NEVER_CHOSEN` takes no part.

    Parameters
    ----------
    judged : str
        Beginning of the columns on which is chosen, where these are others than those of the front.
    """
    front, chosen = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    tuned = (~table["method"].isin(["global", *NEVER_CHOSEN])).to_numpy()
    true_country, all_country = table["true_value"].to_numpy(), table["all_value"].to_numpy()
    own, everything = table[f"{judged}true_value"].to_numpy(), table[f"{judged}all_value"].to_numpy()
    for place in table.groupby("country").indices.values():
        rows = np.asarray(place, dtype=np.intp)
        real = rows[tuned[rows]]
        front[real] = frontier.pareto_front(true_country[real], all_country[real])
        best = frontier.choose(own[real], everything[real], rule=rule, eps=eps)
        if best is not None:
            chosen[real[best]] = True
    return table.assign(on_frontier=front, chosen=chosen)


@dataclass(frozen=True, eq=False)
class _Part:
    """One row to be: a setting on a country, or on the mean over countries."""

    country: str
    model: CountryModel | None
    """One of the setting's; None for the global model."""

    runs: Sequence[FinishedRun]
    expected: float
    numbers: Measured
    countries: tuple[str, ...] = ()
    """Those of a mean."""

    ids: tuple[str, ...] = ()
    """Of the runs, or of what stands for them."""

    @property
    def external(self) -> str | None:
        """Return the name of a setting from elsewhere; None for ours."""
        return None if self.model is None else self.model.external

    def training(self) -> dict[str, Any]:
        """Return what is known about the runs; NaN without any."""
        runs = self.runs
        return {
            "seeds": sorted({run.config.seed for run in runs}),
            "n_seeds": np.nan if self.external else len(runs),
            "seeds_expected": self.expected,
            "runs": list(self.ids),
            "n_train": _average(run.n_train for run in runs),
            "n_kept": _average(run.n_kept for run in runs),
        }


def _average(numbers: Iterable[float]) -> float:
    found = list(numbers)
    return sum(found) / len(found) if found else np.nan


def _row(
    part: _Part, scored: Scored | None, config: EvaluationConfig, preview_error: PreviewError, *, shown: int = 1
) -> dict[str, Any]:
    """Write one row; `scored` is None for the mean."""
    country = part.country
    setting = None if part.model is None else part.model.objective
    numbers = part.numbers
    if setting is not None:
        numbers = preview_error.widened(numbers, n_countries=len(part.countries) or 1)
    return {
        "country": country,
        "name": mean_name(len(part.countries), shown) if scored is None else community_name(scored, country),
        "countries": list(part.countries or (country,)),
        "n_countries": len(part.countries) or 1,
        "n_countries_shown": shown,
        **objective_columns(setting),
        "control": setting is not None and setting.method in CONTROLS,
        "external": part.external,
        **part.training(),
        **number_columns(numbers, level=config.level, is_global=setting is None),
    }


def mean_name(n_countries: int, shown: int) -> str:
    """Name a mean: how many countries it holds, and of how many where some are still missing."""
    return f"Mean over {n_countries}{f' of {shown}' if shown > n_countries else ''} countries"


def _mean(parts: Sequence[_Part]) -> _Part:
    """Average a setting over countries with equal weight; with the variance between seeds where there are several."""
    runs = [run for part in parts for run in part.runs]
    return _Part(
        MEAN,
        parts[0].model,
        runs,
        max(part.expected for part in parts),
        mean_numbers([part.numbers for part in parts]),
        tuple(part.country for part in parts),
        tuple(one for part in parts for one in part.ids),
    )


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
