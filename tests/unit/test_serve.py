"""When the demo starts the sample's study: whenever some run of what it asks for now is missing."""

import pytest

from scpo.cli import serve
from scpo.config import TrainingConfig
from scpo.store.cache import Store
from scpo.store.studies import PRESETS, write_study


@pytest.mark.parametrize(("preset", "complete"), [("sliders", True), ("paper", False)])
def test_a_finished_study_of_fewer_settings_is_gone_on_with(tmp_path, preset, complete):
    store = Store(tmp_path)
    assert not serve.sample_study_is_complete(store)
    about = {"dataset": "sample", "dataset_key": "d", "model": "sample-rm", "model_key": "k", "countries": ["CHL"]}
    write_study(
        store,
        name=serve.SAMPLE_STUDY,
        **about,
        plan=PRESETS[preset],
        training=TrainingConfig(steps=32),
        runs=[],
    )
    assert serve.sample_study_is_complete(store) == complete


def test_a_study_with_a_run_that_is_not_there_is_not_complete(tmp_path):
    store = Store(tmp_path)
    about = {"dataset": "sample", "dataset_key": "d", "model": "sample-rm", "model_key": "k", "countries": ["CHL"]}
    plan = PRESETS[serve.SAMPLE_PRESET]
    write_study(store, name=serve.SAMPLE_STUDY, **about, plan=plan, training=TrainingConfig(steps=32), runs=["r"])
    assert not serve.sample_study_is_complete(store)
