"""The test pairs of all communities, prepared once, and the models that are measured on them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.errors import InputError
from scpo.measures.accuracy import CountedPairs, rows_of_country
from scpo.measures.clustered import Clustered
from scpo.measures.excess import FlipRuler


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The test pairs of all communities, shared by all models.

    Attributes
    ----------
    global_gap, user_id : ndarray, shape (n_pairs,)
        Gap of the global model and user.
    rows : mapping
        Positions of each community's pairs.
    level : float
        Confidence level.
    """

    global_gap: NDArray[np.float64]
    user_id: NDArray[np.str_]
    rows: Mapping[str, NDArray[np.intp]]
    level: float
    _counted: dict[tuple[str, bool], CountedPairs] = field(default_factory=dict, repr=False)
    _flips: dict[str, FlipRuler] = field(default_factory=dict, repr=False)

    @classmethod
    def build(
        cls,
        *,
        global_gap: ArrayLike,
        user_id: ArrayLike,
        country: Sequence[str | None] | NDArray[Any],
        config: EvaluationConfig,
    ) -> Self:
        """Prepare test pairs; `country` may be any grouping, and a pair with None belongs to no group."""
        users = np.asarray(user_id, dtype=str)
        return cls(
            global_gap=np.asarray(global_gap, dtype=np.float64),
            user_id=users,
            rows=rows_of_country(country),
            level=config.level,
        )

    def regrouped(self, group: Sequence[str | None] | NDArray[Any], *, only: NDArray[np.bool_] | None = None) -> Self:
        """Return the same pairs in other groups; a pair with None, or that is not among `only`, belongs to none."""
        labels = np.array(group, dtype=object)
        if only is not None:
            labels[~only] = None
        return replace(self, rows=rows_of_country(labels), _counted={}, _flips={})

    def counted(self, group: str, *, true_country: bool = False) -> CountedPairs:
        """Return a group's pairs, or those the global model has wrong, prepared once for all models.

        Raises
        ------
        InputError
            If the group has no test pairs.
        """
        if group not in self.rows:
            raise InputError(f"no test pairs for {group!r}; there are some for {', '.join(self.rows)}")
        if (group, true_country) not in self._counted:
            where = self.rows[group]
            self._counted[group, true_country] = CountedPairs.build(
                self.user_id[where],
                subset="true_country" if true_country else "all_country",
                global_gap=self.global_gap[where],
            )
        return self._counted[group, true_country]

    def accuracy(self, gap: NDArray[np.float64], group: str, *, true_country: bool = False) -> Clustered:
        """Return the accuracy of a model (gaps on all test pairs, one row per run) on one group."""
        counted = self.counted(group, true_country=true_country)
        return counted.accuracy(np.atleast_2d(gap)[:, self.rows[group]])

    def each_run(self, gap: NDArray[np.float64], group: str) -> list[float]:
        """Return the accuracy of every single run on one group; empty for one run, which says nothing about seeds."""
        gaps = np.atleast_2d(gap)[:, self.rows[group]]
        return self.counted(group).each_run(gaps) if len(gaps) > 1 else []

    def flips(self, group: str) -> FlipRuler:
        """Return what the excess of all models on a group shares."""
        if group not in self._flips:
            where = self.rows[group]
            self._flips[group] = FlipRuler.build(self.global_gap[where], self.user_id[where])
        return self._flips[group]

    def excess(self, gap: NDArray[np.float64], group: str) -> Clustered:
        """Return the excess of a model on one group; see `scpo.measures.excess`."""
        return self.flips(group).excess(np.atleast_2d(gap)[:, self.rows[group]])


@dataclass(frozen=True, eq=False)
class CountryModel:
    """The runs of one setting (they differ in the seed only) and their gaps on all test pairs.

    Attributes
    ----------
    trained_for : str
        The community whose pairs they were trained on.
    objective : ObjectiveConfig
    runs : tuple of str
        Run ids.
    gap : ndarray, shape (n_runs, n_pairs)
    training : hashable
        How they were trained; only models that were trained alike are compared or averaged over communities.
    external : str or None
        Of a model from elsewhere, the name of its setting; its runs are not runs, and its training is not known.
    """

    trained_for: str
    objective: ObjectiveConfig
    runs: tuple[str, ...]
    gap: NDArray[np.float64]
    training: Hashable = None
    external: str | None = None

    @property
    def setting(self) -> Hashable:
        """Return what models of several communities share."""
        return self.objective, self.training, self.external
