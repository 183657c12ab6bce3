"""The queue as a table, and one run with its curves: statuses, places, estimates, and what is not known."""

import math

import pytest
from hand import runs

from scpo import results
from scpo.config import ObjectiveConfig, TrainingConfig
from scpo.errors import InputError
from scpo.jobs.queue import Queue
from scpo.results import work
from scpo.store.cache import Store
from scpo.store.runs import RunDirectory
from scpo.store.studies import StudyPlan, write_study


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def row(store, run_id):
    table = results.run_table(store)
    return table.set_index("run_id").loc[run_id]


def test_an_empty_store_has_no_rows_and_makes_no_file(store, tmp_path):
    table = results.run_table(store)
    assert table.empty and tuple(table.columns) == work.RUN_COLUMNS
    assert results.work_counts(store) == (0, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_running_run_says_how_far_it_is(store):
    directory = runs.running(store)
    found = row(store, directory.run_id)
    assert (found["status"], found["job"], found["stage"], found["unit"]) == ("running", "running", "training", "steps")
    assert (found["done"], found["total"], found["eta_seconds"]) == (3, 8, 90)
    assert found["losses"] == pytest.approx([1, 1 / 2, 1 / 3])
    assert (found["name"], found["method"], found["tau"], found["beta"]) == ("Chile", "scpo", 0.7, 1.1)
    assert math.isnan(found["place"]) and found["error"] is None and not found["stopping"]


def test_waiting_runs_have_a_place_in_the_order_in_which_they_are_taken(store):
    ids = [runs.asked(store, seed).run_id for seed in range(3)]
    study = runs.asked_study(store)
    Queue(store).put(ids[2], priority=-1)  # more urgent
    places = {run_id: row(store, run_id)["place"] for run_id in [*ids, study]}
    assert places == {ids[2]: 1, ids[0]: 2, ids[1]: 3, study: 4}
    assert results.work_counts(store) == (0, 4)


def test_a_run_whose_process_is_gone_is_lost_and_does_not_count_as_running(store):
    directory = runs.lost(store)
    found = row(store, directory.run_id)
    assert found["status"] == "lost" and found["stage"] is None and math.isnan(found["done"])
    assert results.work_counts(store) == (0, 0)


def test_a_claimed_run_that_has_not_begun_still_waits_without_a_place(store):
    directory = runs.asked(store)
    Queue(store).claim("here:1", "cpu")
    found = row(store, directory.run_id)
    assert (found["status"], found["job"]) == ("queued", "running") and math.isnan(found["place"])


def test_the_reason_of_an_earlier_attempt_is_not_repeated_while_a_run_waits_again(store):
    directory = runs.failed(store)
    assert row(store, directory.run_id)["error"] == "the filter keeps none: raise tau"
    Queue(store).put(directory.run_id)
    directory.update(status="queued")
    assert row(store, directory.run_id)["error"] is None


def test_a_run_started_by_hand_is_unknown_to_the_queue(store):
    found = row(store, runs.finished(store).run_id)
    assert (found["status"], found["job"], found["seconds"]) == ("succeeded", None, 60)


def test_settings_a_method_ignores_and_a_missing_study_are_unknown(store):
    directory = runs.asked(store, objective=ObjectiveConfig(method="full"))
    found = row(store, directory.run_id)
    assert math.isnan(found["tau"]) and math.isnan(found["beta"]) and found["study"] is None


def test_a_run_names_the_study_that_contains_it(store):
    directory = runs.asked(store)
    config = runs.run_config()
    names = {"dataset": "prism", "dataset_key": "d", "model": "m", "model_key": "k"}
    ids = [directory.run_id]
    write_study(store, name="first", plan=StudyPlan(), countries=["CHL"], training=config.training, runs=ids, **names)
    assert row(store, directory.run_id)["study"] == "first"


def test_newest_runs_come_first(store):
    ids = []
    for seed, moment in ((0, "2026-01-02"), (1, "2026-01-03"), (2, "2026-01-01")):
        ids.append(runs.asked(store, seed).run_id)
        RunDirectory(store, ids[-1]).update(asked_at=moment)
    assert results.run_table(store)["run_id"].tolist() == [ids[1], ids[0], ids[2]]


def test_only_recent_runs_get_a_sparkline_and_it_is_short(store, monkeypatch):
    monkeypatch.setattr(work, "SPARK_RUNS", 2)
    monkeypatch.setattr(work, "SPARK_VALUES", 3)
    records = [runs.finished(store, seed, at=f"2026-01-0{seed + 1}T00:00:00+00:00") for seed in range(4)]
    losses = results.run_table(store).set_index("run_id")["losses"]
    assert losses[records[0].run_id] is None and losses[records[1].run_id] is None
    assert losses[records[3].run_id] == pytest.approx([1 / 6, 1 / 7, 1 / 8])


@pytest.mark.parametrize(("prepare", "status"), [("queued", "queued"), ("alive", "running"), ("dead", "lost")])
def test_the_preparation_of_a_study_has_its_own_row(store, prepare, status):
    name = runs.asked_study(store)
    if prepare != "queued":
        runs.began(store)
        runs.beat(store, name, alive=prepare == "alive", stage="scoring")
    found = row(store, name)
    assert (found["kind"], found["study"], found["status"], found["dataset"]) == ("study", "sweep", status, "prism")
    assert (found["stage"] == "scoring") == (status == "running")


def test_a_study_that_is_prepared_has_no_row_any_more(store):
    runs.asked_study(store)
    job = runs.began(store)
    Queue(store).finish(job.job_id, job.token, "succeeded")
    assert results.run_table(store).empty


def test_the_queue_takes_the_median_time_of_finished_runs_for_each_that_waits(store):
    for seed, seconds in enumerate((10.0, 20.0, 90.0)):
        runs.finished(store, seed, seconds=seconds)
    assert results.waiting_seconds(results.run_table(store)) is None
    ids = [runs.asked(store, seed).run_id for seed in (5, 6, 7)]
    table = results.run_table(store)
    found = table.set_index("run_id").loc[ids, ["starts_in", "ends_in"]]
    assert found.to_numpy().tolist() == [[0, 20], [20, 40], [40, 60]]
    assert results.waiting_seconds(table) == 60
    assert results.waiting_seconds(results.run_table(store, slots=["cpu", "cpu"])) == 40
    other = runs.asked(store, 8, training=TrainingConfig(steps=9)).run_id  # nothing like it has finished
    table = results.run_table(store)
    assert results.waiting_seconds(table) is None
    assert table.set_index("run_id").loc[other, ["starts_in", "ends_in"]].isna().tolist() == [False, True]


def test_one_run_has_its_curve_its_accuracies_its_events_and_its_log(store):
    directory = runs.running(store, steps=4)
    detail = results.run_detail(store, directory.run_id)
    assert detail.status == "running" and detail.record == directory.record()
    assert detail.curve["step"].tolist() == [1, 2, 3, 4]
    assert detail.curve["memory"].tolist() == [2**30] * 4
    found = detail.evaluations.set_index(["step", "subset"])
    assert found.loc[(4, "true_country"), "value"] == 0.6
    assert math.isnan(found.loc[(2, "true_country"), "value"]) and found.loc[(2, "true_country"), "n_users"] == 0
    assert detail.events["what"].tolist() == ["queued", "claimed", "began"]
    assert detail.log.splitlines()[0] == "first line"
    assert detail.asked["objective.tau"] == 0.7 and detail.asked["training.steps"] == 8


def test_a_run_that_has_not_begun_has_empty_curves(store):
    detail = results.run_detail(store, runs.asked(store).run_id)
    assert detail.curve.empty and detail.evaluations.empty and detail.log == ""
    assert detail.events["what"].tolist() == ["queued"]


def test_a_log_without_memory_says_so_with_nan(store):
    directory = runs.asked(store)
    directory.log({"step": 1, "loss": 0.5, "learning_rate": 0.1, "seconds": 1.0})
    assert math.isnan(results.run_detail(store, directory.run_id).curve["memory"].iloc[0])


def test_the_preparation_of_a_study_has_events_and_no_record(store):
    detail = results.run_detail(store, runs.asked_study(store))
    assert detail.record is None and detail.asked == {} and detail.events["what"].tolist() == ["queued"]


def test_a_run_that_does_not_exist_is_bad_input(store):
    with pytest.raises(InputError, match="there is no run abc"):
        results.run_detail(store, "abc")


def test_smoothing_is_the_mean_of_a_value_and_the_ones_before_it(store):
    curve = results.run_detail(store, runs.running(store).run_id).curve
    assert results.smooth(curve["loss"], 2).tolist() == pytest.approx([1, 3 / 4, 5 / 12])
    assert results.smooth(curve["loss"], 1).tolist() == curve["loss"].tolist()
