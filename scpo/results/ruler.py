"""What measures a model on test pairs: of a country, of those the global model has wrong, of all other communities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scpo.config import EvaluationConfig
from scpo.measures.accuracy import CountedPairs
from scpo.measures.resampling import Resampled, UserResamples
from scpo.store.scored import Scored


@dataclass(frozen=True, eq=False)
class Measured:
    """The numbers of one setting on one country over the resamples.

    Attributes
    ----------
    everything, recovered : Resampled
        All-country and true-country accuracy.
    others : Resampled or None
        Accuracy on the test pairs of all other communities, pooled; None where it was not asked for or there are none.
    gain : Resampled
        All-country accuracy minus that of the global model.
    """

    everything: Resampled
    recovered: Resampled
    others: Resampled | None
    gain: Resampled


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
