"""Stored calibrations of the preview: lambda, what it was fitted to, how well previews then foretell runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

from pydantic import Field

from scpo.config import FixedRecord, TrainingConfig, content_key
from scpo.measures.fidelity import Agreement, error_over

CALIBRATION_ALGORITHM_VERSION = 2
POOR_SKILL = 0.0
POOR_RANK = 0.5
POOR_ERROR = 0.1
"""Previews are called poor if they have no more skill than this, if their rank correlation within a method is known and
below this, or if their mean absolute error is above this."""


class AgreementRecord(FixedRecord):
    """`scpo.measures.fidelity.Agreement` as JSON; None where it is not defined."""

    spearman: float | None
    """Pooled over methods and countries: mostly that methods differ."""

    mean_absolute_error: float | None
    n_runs: int
    skill: float | None
    n_skill: int
    rank_within: float | None
    n_rank_groups: int
    n_rank_settings: int
    regret: float | None
    regret_by_chance: float | None
    n_regret_countries: int
    error: float | None
    own_error: float | None
    n_error_settings: int

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        """Convert."""
        return cls.model_validate(agreement.to_json())

    @property
    def poor(self) -> bool:
        """Whether a page must warn: no skill, a large error, or neither known; or a bad order within methods."""
        if self.skill is None or self.mean_absolute_error is None:
            return True
        badly_ordered = self.rank_within is not None and self.rank_within < POOR_RANK
        return self.skill <= POOR_SKILL or badly_ordered or self.mean_absolute_error > POOR_ERROR

    def error_over(self, n_countries: int) -> float:
        """Return the error of a preview, or of a mean of previews over countries; NaN where it is unknown."""
        if self.error is None or self.own_error is None:
            return math.nan
        return error_over(self.error, self.own_error, n_countries)


class CalibrationRecord(FixedRecord):
    """One calibration."""

    format_version: int = 2
    ridge: float
    """lambda."""

    calibrated: bool = False
    """False: the stated default, because too few runs are finished."""

    training: TrainingConfig | None = None
    """The budget it stands for; None before any run."""

    at_edge: bool = False
    """The best ridge is the smallest or largest that was tried."""

    all_country: AgreementRecord | None = None
    true_country: AgreementRecord | None = None
    excess: AgreementRecord | None = None
    """Previews against finished runs, each at the ridge chosen without that run."""

    by_country: dict[str, tuple[AgreementRecord, AgreementRecord, AgreementRecord]] = Field(default_factory=dict)
    """The same per country: all-country, true-country, excess."""

    n_settings: int = 0
    """Settings (means over seeds) in countries it was fitted to."""

    runs: list[str] = Field(default_factory=list)
    """Runs of this budget."""

    created_at: str

    @property
    def poor(self) -> bool:
        """Whether previews must be read with a warning: not calibrated, or they agree badly with finished runs."""
        sides = (self.all_country, self.true_country)
        return not self.calibrated or any(side is None or side.poor for side in sides)


def calibration_key(scored_key: str, training: TrainingConfig, runs: Sequence[str]) -> str:
    """Name a calibration by its causes."""
    causes = {
        "algorithm_version": CALIBRATION_ALGORITHM_VERSION,
        "scored": scored_key,
        "training": training.as_json(),
        "runs": sorted(runs),
    }
    return content_key("calibration", causes)
