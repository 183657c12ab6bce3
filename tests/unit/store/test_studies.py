"""Studies: the product of countries, methods, settings and seeds, each distinct run once."""

import pytest
from pydantic import ValidationError

from scpo.config import EncodingConfig, TrainingConfig
from scpo.errors import InputError
from scpo.store.cache import Store
from scpo.store.studies import StudyPlan, list_studies, read_study, write_study

NAMES = {"dataset": "prism", "dataset_key": "d", "model": "m", "model_key": "k"}
READ = EncodingConfig()
TRAINING = TrainingConfig(steps=8)


def test_the_paper_s_plan_for_seven_countries_has_126_runs():
    countries = ("CHL", "ZAF", "NZL", "AUS", "MEX", "ISR", "CAN")
    runs = StudyPlan().runs(**NAMES, encoding=READ, training=TRAINING, countries=countries)
    assert len(runs) == len({run.run_id for run in runs}) == 7 * 6 * 3


def test_a_method_that_ignores_a_value_occurs_once_per_value_it_uses():
    plan = StudyPlan(taus=(0.5, 0.6, 0.7), betas=(0.5, 1.0))
    count = {method: sum(o.method == method for o in plan.objectives()) for method in plan.methods}
    assert count == {"full": 1, "filter": 3, "inverse": 1, "weight": 2, "scpo": 6, "random": 3}


def test_the_first_seed_is_whole_before_the_second_starts():
    runs = StudyPlan(seeds=(4, 5)).runs(**NAMES, encoding=READ, training=TRAINING, countries=["CHL", "ZAF"])
    assert [run.seed for run in runs] == [4] * 12 + [5] * 12
    assert {run.country for run in runs[:6]} == {"CHL"}


def test_an_unknown_method_is_refused():
    with pytest.raises(ValidationError):
        StudyPlan(methods=("dpo",))


def test_a_study_is_read_back_and_an_unknown_one_answered_with_the_known_ones(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(InputError, match="no study named b: known are none yet"):
        read_study(store, "b")
    written = write_study(
        store, name="a", **NAMES, plan=StudyPlan(), countries=["CHL"], training=TRAINING, runs=["r1", "r2"]
    )
    assert read_study(store, "a") == written
    assert list_studies(store) == [written]
    with pytest.raises(InputError, match="no study named b: known are a"):
        read_study(store, "b")
