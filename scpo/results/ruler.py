"""What measures a model on test pairs: of a country, of those the global model has wrong, of all other communities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scpo.config import EvaluationConfig
from scpo.measures.accuracy import CountedPairs
from scpo.measures.bias import tested
from scpo.measures.clustered import Clustered, mean_over_countries
from scpo.measures.estimate import columns, estimate, unknown
from scpo.measures.families import enough
from scpo.measures.intervals import smallest_visible
from scpo.store.scored import Scored


@dataclass(frozen=True, eq=False)
class Measured:
    """The numbers of one setting on one country.

    Attributes
    ----------
    everything, recovered : Clustered
        All-country and true-country accuracy.
    others : Clustered or None
        Accuracy on the test pairs of all other communities, pooled; None where it was not asked for or there are none.
    gain : Clustered
        All-country accuracy minus that of the global model.
    excess : Clustered
        What of the recovered share label-blind flips of the same size do not recover.
    seeds : mapping
        Of `everything`, `recovered` and `excess` the numbers of every single seed.
    """

    everything: Clustered
    recovered: Clustered
    others: Clustered | None
    gain: Clustered
    excess: Clustered
    seeds: Mapping[str, list[float]]


def mean_numbers(numbers: Sequence[Measured]) -> Measured:
    """Average what was measured on several countries with equal weight."""
    seeds = {name: [one.seeds[name] for one in numbers] for name in ("everything", "recovered", "excess")}
    return Measured(
        everything=mean_over_countries([one.everything for one in numbers], seeds=seeds["everything"]),
        recovered=mean_over_countries([one.recovered for one in numbers], seeds=seeds["recovered"]),
        others=None,
        gain=mean_over_countries([one.gain for one in numbers], seeds=seeds["everything"]),
        excess=mean_over_countries([one.excess for one in numbers], seeds=seeds["excess"]),
        seeds={},
    )


def point(numbers: Measured, *, level: float, **known: Any) -> dict[str, Any]:
    """Return a point of ``scpo frontier --json`` with its numbers and what is known of it; null for the rest."""
    blank = dict.fromkeys(("run", "study", "country", "method", "tau", "beta", "seed", "n_train", "n_kept"))
    measured = {
        "all_country": numbers.everything,
        "true_country": numbers.recovered,
        "excess": numbers.excess,
        "others": numbers.others,
    }
    estimates = {key: None if one is None else estimate(one, level=level).to_json() for key, one in measured.items()}
    return {**blank, **estimates, "on_frontier": False, **known}


def number_columns(numbers: Measured, *, level: float, is_global: bool = False) -> dict[str, Any]:
    """Return the columns of `setting_table` that hold the numbers of a row, neither on the front nor chosen."""
    everything, recovered = (estimate(one, level=level) for one in (numbers.everything, numbers.recovered))
    excess = estimate(numbers.excess, level=level)
    gain = unknown(level) if is_global else tested(numbers.gain, level=level)
    return {
        **columns("all_", everything),
        **columns("true_", recovered),
        **columns("excess_", excess),
        "excess_p": excess.p,
        "blind_value": recovered.value - excess.value,
        **columns("others_", unknown(level) if numbers.others is None else estimate(numbers.others, level=level)),
        **columns("gain_", gain),
        "gain_p": gain.p,
        "gain_holm": np.nan,
        "n_family": np.nan,
        "gain_visible": np.nan if is_global else smallest_visible(numbers.gain),
        "level": level,
        "design_effect": numbers.everything.design_effect,
        "n_ties": numbers.everything.n_ties,
        "on_frontier": False,
        "chosen": False,
        "too_few_users": not enough(min(everything.n_users, recovered.n_users)),
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
        evaluation = self.evaluation
        own = np.atleast_2d(gap)[:, evaluation.rows[country]]
        everything, wrong = evaluation.counted(country), evaluation.counted(country, true_country=True)
        flips = evaluation.flips(country)
        numbers = everything.accuracy(own)
        several = len(own) > 1
        return Measured(
            everything=numbers,
            recovered=wrong.accuracy(own),
            others=self._on_others(gap, country) if others else None,
            gain=numbers.minus(everything.accuracy(evaluation.global_gap[evaluation.rows[country]])),
            excess=flips.excess(own),
            seeds={
                "everything": everything.each_run(own) if several else [],
                "recovered": wrong.each_run(own) if several else [],
                "excess": flips.each_run(own) if several else [],
            },
        )

    def measure_global(self, country: str, *, others: bool = True) -> Measured:
        """Measure the global model for one country, once."""
        if (country, others) not in self._global:
            self._global[country, others] = self.measure(self.evaluation.global_gap, country, others=others)
        return self._global[country, others]

    def _on_others(self, gap: np.ndarray, country: str) -> Clustered | None:
        if country not in self._others:
            where = np.flatnonzero(self._countries != country)
            if not where.size:
                return None
            self._others[country] = where, CountedPairs.build(self.evaluation.user_id[where])
        where, counted = self._others[country]
        return counted.accuracy(np.atleast_2d(gap)[:, where])
