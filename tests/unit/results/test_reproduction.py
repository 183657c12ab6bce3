"""When two documents of numbers are the same, and that a study survives its file."""

import pytest

from scpo.config import EncodingConfig, LoraConfig, TrainingConfig
from scpo.results.reproduction import Difference, differences, n_values, study_toml
from scpo.store.studies import MoreSettings, StudyPlan, StudyRecord, read_study_file

ROWS = {
    "rows": [
        {"run": "a", "country": "CHL", "seed": 0, "all_country": {"value": 0.5, "low": None}},
        {"run": "b", "country": "CHL", "seed": 1, "all_country": {"value": 0.6, "low": 0.55}},
    ]
}


def changed(**values):
    first, second = ROWS["rows"]
    return {"rows": [first, {**second, **values}]}


def test_rows_are_matched_by_what_names_them_and_names_of_runs_do_not_count():
    other = {"rows": [{**row, "run": "another"} for row in reversed(ROWS["rows"])]}
    assert differences(ROWS, other) == []
    assert n_values(ROWS) == 8


@pytest.mark.parametrize(
    ("value", "same"), [(0.6 + 1e-9, True), (0.6001, False), (None, False), ("0.6", False), (True, False)]
)
def test_a_number_that_is_further_than_the_tolerance_is_named_with_its_row(value, same):
    found = differences(ROWS, changed(all_country={"value": value, "low": 0.55}))
    expected = Difference("rows [country CHL, seed 1] all_country value", 0.6, value)
    assert found == ([] if same else [expected])


def test_what_is_missing_or_new_differs():
    assert [one.where for one in differences(ROWS, {"rows": ROWS["rows"][:1]})] == ["rows [country CHL, seed 1]"]
    assert differences({}, {"new": 1}) == [Difference("new", None, 1)]
    assert differences({"holm": None}, {"holm": 0.2}) == [Difference("holm", None, 0.2)]


def test_a_study_with_everything_in_it_is_read_back_from_its_file(tmp_path):
    training = TrainingConfig(steps=3, learning_rate=2e-5, dropout=True, lora=LoraConfig(rank=4))
    plan = StudyPlan(
        methods=("full", "scpo"),
        taus=(0.5, 1.0),
        more=(MoreSettings(methods=("weight",), betas=(0.5,)), MoreSettings(methods=("filter",), taus=(0.9,))),
        normalise_weights=True,
    )
    causes = {"dataset": "d", "dataset_key": "1", "model": "m", "model_key": "2", "runs": [], "created_at": "now"}
    record = StudyRecord(name="s", plan=plan, countries=["CHL", 'a "b", c'], training=training, **causes)
    file = tmp_path / "study.toml"
    file.write_text(study_toml(record, EncodingConfig(context="history")), encoding="utf-8")
    written = read_study_file(file)
    assert written.plan == plan.model_copy(update={"countries": tuple(record.countries)})
    assert TrainingConfig.model_validate(written.training) == training
    assert written.context == "history"
