"""Previews of one data set and global model: the last-layer estimate of any setting, measured as a run is."""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from scpo.arrays import FloatArray
from scpo.config import DEFAULT_TRAINING, EvaluationConfig, ObjectiveConfig, TrainingConfig
from scpo.errors import InputError
from scpo.measures.accuracy import both_accuracies
from scpo.method.heads import PreferenceFeatures
from scpo.method.preview import Preview, Start, preview
from scpo.method.slider import SortedGaps
from scpo.methods import CONTROLS
from scpo.once import Once
from scpo.results.communities import community_name
from scpo.results.folds import HeldOut, averaged, hold_out
from scpo.results.frontier import MEAN
from scpo.results.ruler import Ruler
from scpo.results.shuffled import by_judgements
from scpo.store.scored import FinishedRun, Scored

MOST_STARTS = 20
"""Settings of a country and method whose fits are kept as starts of others; the oldest goes first."""

MOST_FITTED = 600
"""Findings of `Previewer.once` that are kept."""

MOST_SETTLED = 4_000
"""Fits that are kept, so that nothing is fitted again because a run has finished."""

T = TypeVar("T")

PREVIEW_PREFIX = "preview-"
"""Beginning of the name of a preview where a finished run has its id."""

Fitted = tuple[FloatArray, int]
"""`HeadFit.shift` of a setting, and the training pairs that it keeps."""


class Previewer:
    """What all previews of a data set and global model share: features, test pairs, resamples; built on first use.

    It depends on no run, so it can be kept while runs finish; several threads may ask it at the same time.

    Parameters
    ----------
    scored : Scored
    config : EvaluationConfig
        Level, resamples and seed of the intervals, the same as for runs.
    countries : sequence of str, optional
        Communities to preview; all with training and test pairs if not given.

    Raises
    ------
    InputError
        If a country has no training or no test pairs.
    """

    def __init__(self, scored: Scored, config: EvaluationConfig, countries: Sequence[str] | None = None) -> None:
        self.scored = scored
        self.config = config
        train = scored.pairs[scored.pairs["country"].notna() & (scored.pairs["split"] == "train")]
        self._train = {str(country): pairs for country, pairs in train.groupby("country")}
        self._possible = sorted(set(self._train) & set(scored.test_pairs["country"]))
        self.countries = self.among(countries)
        self._features: Once[PreferenceFeatures] = Once(len(self._possible))
        self._gaps: dict[str, SortedGaps] = {}
        self._own_test_differences: dict[str, NDArray[np.float32]] = {}
        self._starts: dict[str, defaultdict[str, dict[ObjectiveConfig, Start]]] = {}
        self._fitted: Once[Any] = Once(MOST_FITTED)
        self._settled: Once[Fitted] = Once(MOST_SETTLED)
        self._starting = threading.Lock()

    def among(self, countries: Sequence[str] | None) -> list[str]:
        """Return the named communities, or all, sorted; an error if one cannot be previewed."""
        missing = sorted(set(countries or ()) - set(self._possible))
        if missing:
            raise InputError(
                f"{self.scored.info.name} has no training and test pairs from {', '.join(missing)}: "
                f"it has {', '.join(self._possible)}"
            )
        return [country for country in self._possible if not countries or country in countries]

    @cached_property
    def ruler(self) -> Ruler:
        """Return what measures models on the test pairs."""
        return Ruler(self.scored, self.config)

    @cached_property
    def default_ridge(self) -> float:
        """Return lambda before any run has calibrated it: the median over countries of `default_ridge`."""
        return float(np.median([self.features(country).default_ridge for country in self.countries]))

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returned when it was first asked under this key, which names all that it depends on."""
        found: T = self._fitted.get(key, make)
        return found

    def features(self, country: str) -> PreferenceFeatures:
        """Return the feature differences of a country's training pairs, reduced to their span."""
        return self._features.get(country, lambda: self.scored.features_of(self._train[country]))

    def gaps(self, country: str) -> SortedGaps:
        """Return the global model's gaps on a country's training pairs, sorted for sliders."""
        if country not in self._gaps:
            self._gaps[country] = SortedGaps.build(self._train[country]["gap"].to_numpy())
        return self._gaps[country]

    def test_gaps(self, heads: NDArray[np.float64], *, only: str | None = None) -> NDArray[np.float64]:
        """Return the gaps of models with other last layers on the test pairs.

        Parameters
        ----------
        heads : ndarray, shape (n_models, n_features)
        only : str, optional
            The country whose pairs are asked for; the gaps of all others are NaN then.

        Returns
        -------
        ndarray, shape (n_models, n_test_pairs)
            The global model's gap as scored plus what the change of the head adds.
        """
        where = slice(None) if only is None else self.ruler.evaluation.rows[only]
        change = (heads - self.scored.scores.head_weight).astype(np.float32)
        gaps = np.full((len(heads), self.ruler.evaluation.global_gap.size), np.nan)
        gaps[:, where] = self.ruler.evaluation.global_gap[where] + change @ self._test_differences_of(only).T
        return gaps

    def _test_differences_of(self, country: str | None) -> NDArray[np.float32]:
        """Return the feature differences of all test pairs, or of a country's; the latter are copied once."""
        if country is None:
            return self._test_differences
        if country not in self._own_test_differences:
            where = self.ruler.evaluation.rows[country]
            self._own_test_differences[country] = np.ascontiguousarray(self._test_differences[where])
        return self._own_test_differences[country]

    @cached_property
    def _test_differences(self) -> NDArray[np.float32]:
        return self.scored.differences(self.scored.test_pairs, np.float32)

    def preview(self, country: str, objectives: Sequence[ObjectiveConfig], *, ridge: float, seed: int = 0) -> Preview:
        """Fit the last layer of several settings for one country, each from the nearest known one of its method."""
        features = self.features(country)
        with self._starting:
            known = self._starts.setdefault(country, defaultdict(dict))
            start = {one: near for one in objectives for near in [_nearest(one, known[one.method])] if near is not None}
        found = preview(features, objectives, ridge=ridge, seed=seed, start=start, conditioned=True)
        with self._starting:
            for one, ended in found.starts.items():
                mine = known[one.method]
                mine.pop(one, None)
                mine[one] = ended
                if len(mine) > MOST_STARTS:
                    del mine[next(iter(mine))]
        return found

    def runs(
        self,
        objectives: Mapping[str, Sequence[ObjectiveConfig]],
        *,
        ridge: float,
        training: TrainingConfig = DEFAULT_TRAINING,
        seed: int = 0,
        others: bool = True,
    ) -> list[FinishedRun]:
        """Preview settings by country; what comes back can be measured as finished runs are.

        Parameters
        ----------
        objectives
            Settings of each country.
        ridge : float
            lambda.
        training : TrainingConfig
            The budget that lambda stands for.
        others : bool
            Whether to rank the test pairs of all other communities too; without it their gaps are NaN.
        """
        found = []
        for country, settings in objectives.items():
            features, asked = self.features(country), list(dict.fromkeys(settings))
            fitted = self._settle(country, asked, ridge=ridge, seed=seed)
            shift = np.array([fitted[one][0] for one in asked]).reshape(len(asked), features.shape[1])
            heads = features.head + shift @ features.basis.T
            gaps = self.test_gaps(heads, only=None if others else country)
            for objective, gap in zip(asked, gaps, strict=True):
                config, n_kept = self.scored.run_config(country, objective, training, seed), fitted[objective][1]
                found.append(FinishedRun(PREVIEW_PREFIX + config.run_id, config, features.gap.size, n_kept, gap))
        return found

    def _settle(
        self, country: str, asked: Sequence[ObjectiveConfig], *, ridge: float, seed: int
    ) -> dict[ObjectiveConfig, Fitted]:
        """Fit those settings that have not been fitted before."""
        keys = {one: (country, ridge, seed, one) for one in asked}
        known = self._settled.known(keys.values())
        found = {one: known[key] for one, key in keys.items() if key in known}
        new = [one for one in asked if one not in found]
        for fitted in by_judgements(self, country, new, ridge=ridge, seed=seed) if new else ():
            found |= dict(
                zip(fitted.objectives, zip(fitted.fit.shift, fitted.n_kept.tolist(), strict=True), strict=True)
            )
        self._settled.keep({keys[one]: found[one] for one in new})
        return found

    def held_out(
        self,
        objectives: Mapping[str, Sequence[ObjectiveConfig]],
        *,
        ridge: float,
        seed: int = 0,
        on_progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> tuple[dict[str, HeldOut], dict[str, str]]:
        """Judge settings that are no control by folds of each country's training users; seconds for a grid.

        Parameters
        ----------
        on_progress : callable
            Told how many countries are judged, of how many.

        Returns
        -------
        dict of str to HeldOut
            By country, and ``mean`` where several countries have the same settings.
        dict of str to str
            For each country that has too few training users, a sentence that says so; there is no mean then.
        """
        found, too_few = {}, {}
        judged = {country: [one for one in mine if one.method not in CONTROLS] for country, mine in objectives.items()}
        for done, (country, settings) in enumerate(judged.items()):
            on_progress(done, len(judged))
            users, name = self._train[country]["user_id"].to_numpy(), community_name(self.scored, country)
            try:
                found[country] = hold_out(self.features(country), users, settings, ridge=ridge, name=name, seed=seed)
            except InputError as error:
                too_few[country] = str(error)
        if len(found) > 1 and not too_few and len({one.objectives for one in found.values()}) == 1:
            found[MEAN] = averaged(list(found.values()))
        return found, too_few

    def accuracies(self, country: str, gap: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return all-country and true-country accuracy of models on a country's test pairs, without intervals.

        Parameters
        ----------
        gap : ndarray, shape (n_models, n_pairs)
            On all test pairs.

        Returns
        -------
        ndarray, shape (n_models, 2)
            NaN where the country has no such pairs. A tie counts as wrong, as for runs.
        """
        where = self.ruler.evaluation.rows[country]
        return both_accuracies(gap[:, where], self.ruler.evaluation.global_gap[where])

    def figures(self, country: str, gap: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what a calibration judges: both accuracies and the excess, of gaps on all test pairs.

        Returns
        -------
        ndarray, shape (n_models, 3)
            In the order of `scpo.measures.fidelity.MEASURES`.
        """
        own = gap[:, self.ruler.evaluation.rows[country]]
        excess = self.ruler.evaluation.flips(country).each_run(own)
        return np.column_stack([self.accuracies(country, gap), excess or np.full(len(gap), np.nan)])


def _nearest(asked: ObjectiveConfig, known: dict[ObjectiveConfig, Start]) -> Start | None:
    """Return where the nearest setting ended, with its conditioner or the latest one."""
    if not known:
        return None
    near = known[min(known, key=partial(_distance, asked))]
    latest = next((one.conditioner for one in reversed(known.values()) if one.conditioner is not None), None)
    return Start(near.shift, latest if near.conditioner is None else near.conditioner)


def _distance(one: ObjectiveConfig, other: ObjectiveConfig) -> float:
    tau = abs((one.tau or 1.0) - (other.tau or 1.0))
    return tau + 0.2 * abs(math.log((one.beta or 1.0) / (other.beta or 1.0)))
