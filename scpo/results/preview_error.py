"""How far previews lie from the finetunes they stand for, in the intervals of their numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scpo.measures.clustered import Clustered
from scpo.measures.estimate import known
from scpo.results.ruler import Measured
from scpo.store.calibrations import AgreementRecord, CalibrationRecord


@dataclass(frozen=True)
class PreviewError:
    """The calibrated errors of previews: root mean squares, each judged without itself.

    None where an error is unknown, or where there is none because the numbers are those of finished runs. Accuracy on
    the test pairs of other communities has no calibrated error.
    """

    all_country: AgreementRecord | None = None
    true_country: AgreementRecord | None = None
    excess: AgreementRecord | None = None

    @classmethod
    def of(cls, calibration: CalibrationRecord) -> PreviewError:
        """Take the errors of a calibration; all are unknown before the first."""
        return cls(calibration.all_country, calibration.true_country, calibration.excess)

    def widened(self, numbers: Measured, *, n_countries: int = 1) -> Measured:
        """Put the errors into the intervals of previews, or of their mean over countries."""
        return replace(
            numbers,
            everything=_widened(numbers.everything, self.all_country, n_countries),
            recovered=_widened(numbers.recovered, self.true_country, n_countries),
            gain=self.widened_gain(numbers.gain, n_countries=n_countries),
            excess=_widened(numbers.excess, self.excess, n_countries),
        )

    def widened_gain(self, gain: Clustered, *, n_countries: int = 1) -> Clustered:
        """Put the error of the accuracy into the interval of its difference to the global model, which has none."""
        return _widened(gain, self.all_country, n_countries)

    def to_json(self) -> dict[str, float | None]:
        """Return the errors of a preview in one country; null where unknown."""
        sides = {"all_country": self.all_country, "true_country": self.true_country, "excess": self.excess}
        return {name: None if one is None else known(one.error_over(1)) for name, one in sides.items()}


OF_RUNS = PreviewError()
"""Finished runs are what they are."""


def _widened(number: Clustered, agreement: AgreementRecord | None, n_countries: int) -> Clustered:
    if agreement is None:
        return number
    return number.widened(agreement.error_over(n_countries), float(agreement.n_error_settings))
