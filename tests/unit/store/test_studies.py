"""Studies: the product of countries, methods, settings and seeds, each distinct run once."""

import json

import pytest
from hand.tables import rewrite
from pydantic import ValidationError

from scpo.config import EncodingConfig, ObjectiveConfig, TrainingConfig
from scpo.errors import BrokenError, InputError
from scpo.store.broken import broken_entries
from scpo.store.cache import Store
from scpo.store.studies import (
    PRESETS,
    MoreSettings,
    StudyPlan,
    asked_name,
    expected_seeds,
    list_studies,
    read_study,
    write_study,
)

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


def test_more_settings_come_after_all_others_with_their_own_seeds_and_each_run_once():
    more = MoreSettings(methods=("scpo",), taus=(0.5, 0.7))
    plan = StudyPlan(methods=("scpo", "full"), seeds=(0, 1), more=(more,))
    runs = plan.runs(**NAMES, encoding=READ, training=TRAINING, countries=["CHL", "ZAF"])
    assert [run.objective.tau for run in runs[8:]] == [0.5, 0.5], "0.7 of seed 0 is among the main settings"
    assert [run.country for run in runs[8:]] == ["CHL", "ZAF"] and {run.seed for run in runs[8:]} == {0}
    assert len(runs) == len({run.run_id for run in runs}) == 10


def test_a_study_says_which_seeds_it_asks_for_of_a_setting():
    plan = PRESETS["sliders"]
    asked = {"paper": {}, "stricter": {"tau": 0.5}, "steeper": {"beta": 2.5}, "neither": {"tau": 0.6}}
    assert {name: plan.seeds_of(ObjectiveConfig(method="scpo", **values)) for name, values in asked.items()} == {
        "paper": (0, 1, 2),
        "stricter": (0,),
        "steeper": (0,),
        "neither": (),
    }
    assert plan.seeds_of(ObjectiveConfig(method="full")) == (0, 1, 2)


def test_every_method_with_a_slider_has_three_settings_and_the_paper_s_come_first():
    runs = PRESETS["sliders"].runs(**NAMES, encoding=READ, training=TRAINING, countries=["CHL"])
    paper = PRESETS["paper"].runs(**NAMES, encoding=READ, training=TRAINING, countries=["CHL"])
    assert runs[: len(paper)] == paper and len(runs) - len(paper) == 8
    settings = {run.objective for run in runs}
    assert all(sum(one.method == method for one in settings) >= 3 for method in ("scpo", "filter", "weight"))


def test_expected_seeds_come_from_the_studies_of_the_same_data_model_and_training(tmp_path):
    store = Store(tmp_path)
    given = NAMES | {"countries": ["CHL"], "training": TRAINING, "runs": []}
    write_study(store, name="a", plan=PRESETS["sliders"], **given)
    write_study(store, name="b", plan=StudyPlan(methods=("scpo",), taus=(0.5,), seeds=(3,)), **given)
    write_study(store, name="c", plan=StudyPlan(seeds=(7,)), **given | {"model_key": "other"})
    studies = list_studies(store)

    def seeds(country="CHL", training=TRAINING, **values):
        (run, *_) = StudyPlan(methods=("scpo",), **values).runs(
            **NAMES, encoding=READ, training=training, countries=[country]
        )
        return expected_seeds(studies, run)

    assert (seeds(), seeds(taus=(0.5,)), seeds(taus=(0.6,))) == ((0, 1, 2), (0, 3), ())
    assert seeds(country="ZAF") == seeds(training=TrainingConfig(steps=9)) == ()


def test_a_study_of_the_format_before_is_read_and_a_plan_without_more_is_written_as_it_was(tmp_path):
    store = Store(tmp_path)
    written = write_study(store, name="a", **NAMES, plan=StudyPlan(), countries=["CHL"], training=TRAINING, runs=["r"])
    path = store.folder("studies", "a") / "study.json"
    assert "more" not in json.loads(path.read_text())["plan"]
    rewrite(path, format_version=1)
    assert read_study(store, "a") == written


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


def test_a_new_study_has_a_plain_name_and_one_from_before_the_rule_goes_on(tmp_path):
    store = Store(tmp_path)
    assert asked_name(store, "mine") == "mine"
    with pytest.raises(InputError, match="is no name"):
        asked_name(store, "my study")
    given = NAMES | {"countries": ["CHL"], "training": TRAINING, "runs": []}
    write_study(store, name="my study", plan=StudyPlan(), **given)
    assert asked_name(store, "my study") == "my study" == read_study(store, "my study").name


@pytest.mark.parametrize(
    ("sign", "lost"),
    [
        (None, True),
        ({"state": "done", "stage": "choosing the budget"}, True),
        ({"state": "cancelled", "stage": "finetuning"}, True),  # its runs were under way
        ({"state": "running", "stage": "scoring"}, False),
        ({"state": "failed", "stage": "scoring"}, False),
        ({"state": "cancelled", "stage": "starting"}, False),
        ([], True),
    ],
)
def test_a_study_whose_record_is_gone_is_named_and_one_that_is_prepared_is_not(tmp_path, sign, lost):
    store = Store(tmp_path)
    given = NAMES | {"countries": ["CHL"], "training": TRAINING, "runs": []}
    other = write_study(store, name="other", plan=StudyPlan(), **given)
    folder = store.folder("studies", "s")
    folder.mkdir()
    if sign is not None:
        (folder / "heartbeat.json").write_text(json.dumps(sign))
    named = {"studies/s": "studies/s/study.json is missing: `scpo cache repair` says and does what is possible"}
    assert broken_entries(store) == (named if lost else {})
    assert list_studies(store) == [other]
    with pytest.raises(BrokenError if lost else InputError, match="is missing" if lost else "known are other"):
        read_study(store, "s")
    assert folder.exists()


def test_a_study_whose_process_is_starting_is_not_lost(tmp_path):
    folder = Store(tmp_path).folder("studies", "s")
    folder.mkdir(parents=True)
    (folder / "worker.log").touch()
    assert broken_entries(Store(tmp_path)) == {}
