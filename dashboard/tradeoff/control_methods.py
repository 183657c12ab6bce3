"""What the Trade-off loads of the controls that no run stands for."""

from __future__ import annotations

import pandas as pd

from dashboard.frame import load
from dashboard.frame.state import Selection, cached
from dashboard.tradeoff.previews import Bench, load_bench
from scpo import results
from scpo.config import ObjectiveConfig
from scpo.methods import TRAINED
from scpo.store.calibrations import CalibrationRecord


def load_controls(selection: Selection, settings: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return the controls on one country, or on the mean over the countries that `settings` shows.

    Parameters
    ----------
    settings : DataFrame
        From `load.load_settings`. The selected one of them is what other countries' models are trained with.

    Returns
    -------
    DataFrame
        Rows of `results.control_rows`, named as settings are.
    """
    bench = load_bench(selection)
    controls = _controls(selection, followed(selection, settings), bench)
    return beside(controls, bench.previewer, bench.calibration, settings, country)


def followed(selection: Selection, settings: pd.DataFrame) -> ObjectiveConfig | None:
    """Return what other countries' models are trained with: the selected setting; None for the global model."""
    return objective_of(settings[settings["setting"] == selection.setting])


def beside(
    controls: list[results.Control],
    previewer: results.Previewer,
    calibration: CalibrationRecord,
    settings: pd.DataFrame,
    country: str,
) -> pd.DataFrame:
    """Return controls as rows that stand beside `settings` on one country, see `load_controls`."""
    shown = sorted(set(settings["country"]) - {results.MEAN})
    level, own_error = previewer.config.level, results.PreviewError.of(calibration)
    rows = pd.DataFrame(
        results.control_rows(controls, previewer.scored, level=level, countries=shown, preview_error=own_error)
    )
    if rows.empty:  # only models from elsewhere: a control stands beside finished runs
        return settings.iloc[:0]
    return load.named(rows[rows["country"] == country], by=("country",))


def objective_of(rows: pd.DataFrame) -> ObjectiveConfig | None:
    """Return the setting of some rows; None for no row and for the global model."""
    if rows.empty or rows["method"].iloc[0] not in TRAINED:
        return None
    values = {name: None if pd.isna(rows[name].iloc[0]) else float(rows[name].iloc[0]) for name in ("tau", "beta")}
    return ObjectiveConfig(method=rows["method"].iloc[0], **values)


@cached(most=4, say="Fitting the controls …", shared=True)
def _controls(selection: Selection, setting: ObjectiveConfig | None, _bench: Bench) -> list[results.Control]:
    runs = load.load_finished(selection)
    return results.measured_controls(_bench.previewer, runs, ridge=_bench.calibration.ridge, setting=setting)
