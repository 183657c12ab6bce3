"""Controls: what one compares a country's models with. Measured as runs are; never chosen, judged or proposed.

`length`: the response with more words wins. `transfer`: the models of the other countries. `pooled`: one last layer for
all countries. `shuffled`: a country's own pairs after its users have exchanged their judgements. The last two are
previews, fitted at the ridge that finished runs calibrate.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.arrays import FloatArray
from scpo.config import ObjectiveConfig
from scpo.measures.evaluation import CountryModel
from scpo.measures.text_features import word_count
from scpo.method.heads import fit_heads
from scpo.method.preview import preview
from scpo.methods import CONTROLS, METHODS
from scpo.results.preview import Previewer
from scpo.results.ruler import Measured
from scpo.results.shuffled import shuffled_features
from scpo.store.scored import FinishedRun, Scored, group_runs

EXCHANGES = 10
"""Exchanges of judgements over which `shuffled` is averaged."""


@dataclass(frozen=True, eq=False)
class Control:
    """A control on one country, or on the mean over countries.

    Attributes
    ----------
    method : str
        One of `scpo.methods.CONTROLS`.
    country : str
        Where it is measured, or `scpo.results.MEAN`.
    setting : ObjectiveConfig or None
        What its models are trained with; None for `length` and `pooled`.
    n_models : int
        Models over which it is a mean: exchanges of judgements, models of other countries; 0 for `length`.
    runs : tuple of str
        Finished runs it rests on.
    numbers : Measured
    countries : tuple of str
        Of a mean, those it is over.
    """

    method: str
    country: str
    setting: ObjectiveConfig | None
    n_models: int
    runs: tuple[str, ...]
    numbers: Measured
    countries: tuple[str, ...] = ()


def measured_controls(
    previewer: Previewer,
    runs: Sequence[FinishedRun],
    *,
    ridge: float,
    setting: ObjectiveConfig | None = None,
) -> list[Control]:
    """Measure the controls that no run stands for, on each country that has runs.

    Parameters
    ----------
    previewer : Previewer
        Of all communities, with the ruler of the runs.
    runs : sequence of FinishedRun
        *All* there are: what `pooled` and `transfer` say does not depend on which countries are looked at.
    ridge : float
        lambda of the previews.
    setting : ObjectiveConfig, optional
        Whose models `transfer` takes and whose tau and beta `shuffled`; `scpo` at its defaults if not given or not run,
        then `full`.

    Returns
    -------
    list of Control
        In the order of `scpo.methods`, countries sorted. A control is left out where it does not exist: `pooled` and
        `transfer` with runs of one country only, `shuffled` where it has been finetuned.
    """
    ruler = previewer.ruler
    models = [model for model in group_runs(runs) if model.trained_for in ruler.countries]
    countries = sorted({model.trained_for for model in models})
    followed = followed_models(models, setting)
    found: list[Control] = []
    for method, gaps in (
        ("shuffled", _shuffled(previewer, models, followed, ridge)),
        ("pooled", _pooled(previewer, countries, ridge)),
        ("transfer", _transferred(followed, countries)),
        ("length", _longer(previewer.scored, countries)),
    ):
        for one in gaps:
            numbers = ruler.measure(one.gap, one.country, others=False)
            if METHODS[method].origin == "measured":
                numbers = replace(numbers, seeds={name: [] for name in numbers.seeds})
            found.append(Control(method, one.country, one.setting, one.n_models, one.runs, numbers))
    return found


def followed_models(models: Sequence[CountryModel], setting: ObjectiveConfig | None) -> list[CountryModel]:
    """Return the models of the setting that controls follow: the asked one, else `scpo`, else `full`; else none.

    Of several trainings the one with most countries counts; a control is never followed.
    """
    by_setting: dict[Hashable, list[CountryModel]] = {}
    for model in models:
        by_setting.setdefault(model.setting, []).append(model)
    for asked in (setting, ObjectiveConfig(method="scpo"), ObjectiveConfig(method="full")):
        if asked is None or asked.method in CONTROLS:
            continue
        alike = [mine for mine in by_setting.values() if _same(mine[0].objective, asked)]
        if alike:
            return max(alike, key=len)
    return []


def _same(one: ObjectiveConfig, other: ObjectiveConfig) -> bool:
    return (one.method, one.tau, one.beta) == (other.method, other.tau, other.beta)


@dataclass(frozen=True, eq=False)
class _Ranked:
    """Gaps on all test pairs, one row per model, that are to be measured on a country."""

    country: str
    gap: NDArray[np.floating]
    n_models: int
    setting: ObjectiveConfig | None = None
    runs: tuple[str, ...] = ()


def _shuffled(
    previewer: Previewer,
    models: Sequence[CountryModel],
    followed: Sequence[CountryModel],
    ridge: float,
) -> Iterator[_Ranked]:
    """Fit a country's pairs after each of `EXCHANGES` exchanges of judgements, where that was not finetuned."""
    like = followed[0].objective if followed else ObjectiveConfig(method="scpo")
    objective = ObjectiveConfig(method="shuffled", tau=like.tau, beta=like.beta)
    finetuned = {model.trained_for for model in models if model.objective.method == "shuffled"}
    for country in sorted({model.trained_for for model in models}):
        if country in previewer.countries and country not in finetuned:
            key = ("shuffled", country, objective, ridge)
            heads = previewer.once(key, partial(_shuffled_heads, previewer, country, objective, ridge))
            gap = previewer.test_gaps(heads, only=country)
            yield _Ranked(country, gap, EXCHANGES, objective)


def _shuffled_heads(previewer: Previewer, country: str, objective: ObjectiveConfig, ridge: float) -> FloatArray:
    """Return a last layer for each exchange, shape (EXCHANGES, n_features)."""
    features, scored = previewer.features(country), previewer.scored
    fitted = [
        preview(shuffled_features(scored, country, features, seed=seed), [objective], ridge=ridge, seed=seed)
        for seed in range(EXCHANGES)
    ]
    return np.concatenate([one.fit.heads for one in fitted])


def _pooled(previewer: Previewer, countries: Sequence[str], ridge: float) -> Iterator[_Ranked]:
    """Fit one last layer to all pairs of all countries that have a run."""
    pool = [country for country in countries if country in previewer.countries]
    if len(pool) < 2:
        return
    key = ("pooled", tuple(pool), ridge)
    gap = previewer.test_gaps(previewer.once(key, partial(_pooled_head, previewer.scored, pool, ridge)))
    for country in countries:
        yield _Ranked(country, gap, 1)


def _pooled_head(scored: Scored, countries: Sequence[str], ridge: float) -> FloatArray:
    """Return the last layer of all pairs of some countries, shape (1, n_features)."""
    features = scored.features_of(pd.concat([scored.country_pairs(country, "train") for country in countries]))
    return fit_heads(features, np.ones((1, features.shape[0])), ridge=ridge).heads


def _transferred(followed: Sequence[CountryModel], countries: Sequence[str]) -> Iterator[_Ranked]:
    """Take the models of all other countries."""
    for country in countries:
        others = [model for model in followed if model.trained_for != country]
        if others:
            gap = np.concatenate([model.gap for model in others])
            runs = tuple(run for model in others for run in model.runs)
            yield _Ranked(country, gap, len(others), others[0].objective, runs)


def _longer(scored: Scored, countries: Sequence[str]) -> Iterator[_Ranked]:
    """Rank by the number of words; equally many is a tie, and wrong."""
    words = np.zeros(len(scored.utterances))
    words[scored.test_rows] = [word_count(one) for one in scored.utterances["response"].iloc[scored.test_rows]]
    test = scored.test_pairs
    gap = words[test["chosen"].to_numpy()] - words[test["rejected"].to_numpy()]
    for country in countries:
        yield _Ranked(country, gap, 0)
