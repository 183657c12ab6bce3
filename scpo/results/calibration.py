"""The ridge of previews, fitted to finished runs of one global model and budget, and how well they then agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np

from scpo.arrays import FloatArray
from scpo.config import DEFAULT_TRAINING, ObjectiveConfig, TrainingConfig, canonical_json
from scpo.measures.calibration import calibrate
from scpo.measures.evaluation import CountryModel
from scpo.measures.fidelity import MEASURES, Labels
from scpo.method.heads import fit_heads
from scpo.method.objective import select
from scpo.methods import PREVIEWED
from scpo.results.preview import Previewer
from scpo.store.cache import Store, now
from scpo.store.calibrations import (
    AgreementRecord,
    CalibrationRecord,
    calibration_key,
)
from scpo.store.scored import FinishedRun, group_runs

RIDGES = np.geomspace(1e-5, 1e3, 41)
"""Candidates, in units of the default ridge: five per decade."""

LEAST_RUNS = 3
"""Settings that must be finished before lambda is fitted to them."""


def budgets(runs: Sequence[FinishedRun]) -> list[TrainingConfig]:
    """Return the budgets of finished finetunes, the most frequent one first; last-layer models are none."""
    finetunes = [run.config.training for run in runs if run.config.training.last_layer_ridge is None]
    return [training for training, _ in Counter(finetunes).most_common()]


def load_calibration(
    store: Store,
    previewer: Previewer,
    runs: Sequence[FinishedRun],
    *,
    save: bool = True,
) -> CalibrationRecord:
    """Read or make the calibration of a global model and the budget most runs have.

    Parameters
    ----------
    runs
        Finished runs of the previewer's data set and model; those of another budget or country, or of shuffled labels,
        are left out.
    save : bool
        Whether a new calibration is stored, as it takes seconds.

    Returns
    -------
    CalibrationRecord
        With `calibrated` false and the default ridge while fewer than `LEAST_RUNS` settings are finished.
    """
    known = budgets(runs)
    training = known[0] if known else DEFAULT_TRAINING
    mine = [
        run
        for run in runs
        if run.config.training == training
        and run.config.country in previewer.countries
        and run.config.objective.method in PREVIEWED
    ]
    models = group_runs(mine)
    default = CalibrationRecord(
        ridge=previewer.default_ridge,
        training=training if known else None,
        runs=sorted(run.run_id for run in mine),
        created_at=now(),
    )
    if len(models) < LEAST_RUNS:
        return default
    key = calibration_key(previewer.scored.key, training, default.runs)
    found = store.kept(
        "calibrations", key, lambda: _calibrate(previewer, models, default).model_dump(mode="json"), save=save
    )
    return CalibrationRecord.model_validate(found)


def _at_ridges(previewer: Previewer, country: str, objective: ObjectiveConfig) -> FloatArray:
    """Return `Previewer.figures` of the preview of a setting at each of `RIDGES`: no run has a part in it."""
    ridges, features = RIDGES * previewer.default_ridge, previewer.features(country)
    weight = select(features.gap, objective, seed=0).weight
    fit = fit_heads(features, np.tile(weight, (len(ridges), 1)), ridge=ridges)
    return previewer.figures(country, previewer.test_gaps(fit.heads, only=country))


def _calibrate(previewer: Previewer, models: Sequence[CountryModel], default: CalibrationRecord) -> CalibrationRecord:
    ridges = RIDGES * previewer.default_ridge
    previewed = np.full((len(ridges), len(models), len(MEASURES)), np.nan)
    measured = np.full((len(models), len(MEASURES)), np.nan)
    for place, model in enumerate(models):
        country, asked = model.trained_for, model.objective
        previewed[:, place] = previewer.once(("ridges", country, asked), partial(_at_ridges, previewer, country, asked))
        measured[place] = previewer.figures(country, model.gap).mean(axis=0)
    labels = Labels.of(
        [model.trained_for for model in models],
        [model.objective.method for model in models],
        [canonical_json(model.objective.as_json()) for model in models],
    )
    fitted = calibrate(ridges, previewed, measured, labels)

    def judged(country: str | None = None) -> tuple[AgreementRecord, AgreementRecord, AgreementRecord]:
        everything, recovered, excess = map(AgreementRecord.of, fitted.agreements(country))
        return everything, recovered, excess

    everything, recovered, excess = judged()
    return default.model_copy(
        update={
            "ridge": fitted.ridge,
            "calibrated": True,
            "at_edge": fitted.at_edge,
            "all_country": everything,
            "true_country": recovered,
            "excess": excess,
            "by_country": {country: judged(country) for country in sorted(set(fitted.labels.country.tolist()))},
            "n_settings": fitted.n_runs,
        }
    )
