"""Stored calibrations of the preview: lambda, what it was fitted to, how well previews then foretell runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict

from scpo.config import TrainingConfig, content_key
from scpo.measures.fidelity import Agreement

CALIBRATION_ALGORITHM_VERSION = 1
POOR_RANK = 0.7
POOR_ERROR = 0.1
"""Below this rank correlation, or above this mean absolute error, previews are called poor."""


class AgreementRecord(BaseModel):
    """`scpo.measures.fidelity.Agreement` as JSON; None where it is not defined."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    spearman: float | None
    mean_absolute_error: float | None
    n_runs: int

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        """Convert."""
        return cls.model_validate(agreement.to_json())

    @property
    def poor(self) -> bool:
        """Whether a page must warn: a low rank correlation, a large error, or neither known."""
        if self.spearman is None or self.mean_absolute_error is None:
            return True
        return self.spearman < POOR_RANK or self.mean_absolute_error > POOR_ERROR


class CalibrationRecord(BaseModel):
    """One calibration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: int = 1
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
    """Previews against finished runs, each at the ridge chosen without that run."""

    by_country: dict[str, tuple[AgreementRecord, AgreementRecord]] = {}
    """The same per country: all-country, true-country."""

    n_settings: int = 0
    """Settings (means over seeds) it was fitted to."""

    runs: list[str] = []
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
