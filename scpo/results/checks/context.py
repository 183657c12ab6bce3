"""What every check starts from: previews of a data set at the calibrated ridge, and whom to tell how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.results.preview import Previewer
from scpo.store.calibrations import CalibrationRecord
from scpo.store.scored import Scored

T = TypeVar("T")

OnProgress = Callable[[int, int], None]
"""Called with what is done, of how much. What it raises ends the check, and nothing is kept: so one cancels."""

REFERENCE = ObjectiveConfig(method="scpo")
"""The setting whose numbers are checked: the paper's tau and beta."""


@dataclass(frozen=True, eq=False)
class CheckContext:
    """One check of one data set and global model.

    Attributes
    ----------
    previewer : Previewer
        Of *all* communities with a finished run (before any run: with training and test pairs), whatever is shown: no
        selection changes a verdict.
    calibration : CalibrationRecord
        Its `ridge` is the lambda of all fits.
    repeats, seed : int
        Of what is drawn at random.
    on_progress : callable
        To be called between steps of at most about a second.
    """

    previewer: Previewer
    calibration: CalibrationRecord
    repeats: int
    seed: int
    on_progress: OnProgress

    @property
    def scored(self) -> Scored:
        """Return the data set with the global model's scores."""
        return self.previewer.scored

    @property
    def config(self) -> EvaluationConfig:
        """Return the level of the intervals."""
        return self.previewer.config

    @property
    def ridge(self) -> float:
        """Return lambda."""
        return self.calibration.ridge

    @property
    def countries(self) -> list[str]:
        """Return the communities that are checked."""
        return self.previewer.countries

    @cached_property
    def left_out(self) -> dict[str, str]:
        """Return the communities of the data set that cannot be checked, each with the reason."""
        pairs = self.scored.pairs
        found = sorted(set(map(str, pairs["country"].dropna().unique())) - set(self.countries))
        there = set(self.previewer.among(None))
        return {one: "no finished run" if one in there else "no training or no test pairs" for one in found}

    def train_users(self, country: str) -> NDArray[np.str_]:
        """Return the user of each training pair, in the order of the previewer's features."""
        return self.scored.country_pairs(country, "train")["user_id"].to_numpy(dtype=str)

    def test_rows(self, country: str) -> NDArray[np.intp]:
        """Return the positions of a community's pairs among all test pairs."""
        return self.previewer.ruler.evaluation.rows[country]

    def own_test_gaps(self, country: str, heads: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the gaps of models with other last layers on a community's test pairs, shape (n_models, n_pairs)."""
        return self.previewer.test_gaps(heads, only=country)[:, self.test_rows(country)]

    def about(self) -> dict[str, str | int | float | bool | None]:
        """Say what was fitted."""
        return {
            "method": REFERENCE.method,
            "tau": REFERENCE.tau,
            "beta": REFERENCE.beta,
            "ridge": self.ridge,
            "calibrated": self.calibration.calibrated,
        }

    def random(self, *place: int) -> np.random.Generator:
        """Return a stream of random numbers that depends on the seed and on a place, for example a community's."""
        return np.random.default_rng([self.seed, *place])

    def step(self, number: int, repeat: int = 0) -> None:
        """Say which repeat of which community comes next."""
        each = max(1, self.repeats)
        self.on_progress(number * each + repeat, len(self.countries) * each)

    def of_countries(self, measured: Callable[[str, int], T | str]) -> tuple[list[T], dict[str, str]]:
        """Measure one community after the other.

        Parameters
        ----------
        measured : callable
            Given a community and its number; where it returns a text, the community is left out for this reason.

        Returns
        -------
        tuple
            What was found, and the communities that are left out, each with the reason.
        """
        found, left_out = [], dict(self.left_out)
        for number, country in enumerate(self.countries):
            self.step(number)
            one = measured(country, number)
            if isinstance(one, str):
                left_out[country] = one
            else:
                found.append(one)
        self.on_progress(1, 1)
        return found, left_out
