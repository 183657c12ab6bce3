"""The page Runs over a real store: each state, each button, and the words and clicks behind them."""

from __future__ import annotations

import json
import math

import altair as alt
import pandas as pd
import pytest
from hand import runs
from reading import words
from world import BUDGET, SEEDS

from dashboard.frame import state
from dashboard.frame.actions import NOTICE
from dashboard.frame.people import READ_ONLY
from dashboard.kit import exports, text
from dashboard.kit.table import twin
from dashboard.runs import actions, charts
from dashboard.runs import queue as queue_view
from dashboard.runs import view as run_view
from dashboard.runs import words as work_words
from dashboard.runs.columns import CURVE, EVALUATIONS
from dashboard.runs.load import load_work
from scpo import results
from scpo.config import ObjectiveConfig, TrainingConfig
from scpo.errors import InputError
from scpo.jobs.devices import CPU, Device
from scpo.jobs.queue import Queue
from scpo.store.runs import RunDirectory
from scpo.store.studies import StudyPlan, write_study


@pytest.fixture
def open_runs(open_page, store):
    def open_(run_id=None):
        return open_page("runs", store, query={"run": run_id} if run_id else None)

    return open_


def check(at) -> None:
    assert not at.exception
    assert not any("Its id is" in error.value for error in at.error)


def queue_of(at) -> pd.DataFrame:
    return at.dataframe[0].value


def test_an_empty_page_says_what_to_do(open_runs):
    at = open_runs()
    check(at)
    assert "Nothing was asked for yet" in words(at)
    assert "scpo study" in words(at) and "scpo demo" in words(at)


def test_the_title_the_table_and_the_status_line_count_the_same_work(open_runs, store):
    runs.running(store, 0)
    for seed in (1, 2):
        runs.asked(store, seed)
    runs.finished(store, 3, seconds=90)
    at = open_runs()
    check(at)
    found = words(at)
    assert "1 running, 2 waiting, 1 finished" in found
    assert ":material/queue: 1 running, 2 waiting" in found
    assert "runs take place on the CPU, one at a time" in found
    # The running one trains 90 s more at its own pace, then tests 67.5 s as the finished one did; then twice 90 s.
    assert "2 jobs wait: about 6 min until all have ended" in found
    assert "1 running, 2 waiting · about 6 min left" in found
    shown = queue_of(at)
    assert shown["Status"].tolist() == ["▶ Running", "◷ Waiting · 1", "◷ Waiting · 2", "✓ Finished"]
    assert shown["Progress"].iloc[0] == 37.5
    assert shown["Ends in"].tolist() == ["about 3 min", "about 4 min", "about 6 min", ""]
    assert shown["Progress"].iloc[3] == 100 and shown["Took"].iloc[3] == "2 min"


def test_what_runs_stands_above_a_finished_study(open_page, own_cache):
    store = own_cache("many")
    n_finished = len(store.names("runs"))
    runs.running(store, dataset="tastes", model="rm")
    at = open_page("runs", store)
    check(at)
    assert f"1 running, {n_finished} finished" in words(at)
    shown = queue_of(at)
    assert shown["Status"].tolist() == ["▶ Running", *["✓ Finished"] * n_finished]
    assert shown["Seed"].isin(SEEDS).all() and shown["What"].str.endswith("last layer only").sum() == 26


def test_a_finetune_of_the_study_shows_its_own_curve_and_accuracies(open_page, many):
    """As its log and its table say, read here line by line."""
    run = next(run for run in many.runs if run.config.training == BUDGET and run.config.country == "CHL")
    directory = RunDirectory(many.store, run.run_id)
    at = open_page("runs", "many", query={"run": run.run_id})
    check(at)
    losses = [json.loads(line) for line in directory.log_file.read_text().splitlines()]
    losses = [line["loss"] for line in losses if "loss" in line]
    assert len(losses) == BUDGET.steps and f"Loss {losses[0]:.3f} at step 1" in words(at)
    metrics = pd.read_parquet(directory.path / "metrics.parquet").set_index(["tested_on", "subset"])
    own = metrics.loc[("CHL", "all_country")]
    assert f"all-country {100 * own['value']:.1f}\u00a0%" in words(at) and "(48 pairs, 12 users)" in words(at)


def test_a_running_run_shows_curves_accuracies_events_and_its_log_as_plain_text(open_runs, store):
    directory = runs.running(store, steps=4)
    at = open_runs(directory.run_id)
    check(at)
    found = words(at)
    assert "Chile, Filter + weight (τ 0.7, β 1.1), seed 0: running" in found
    assert "Loss 1.000 at step 1, 0.521 at step 4" in found
    assert "At step 4: all-country 60.0\u00a0% [50.0, 70.0] (40 pairs, 12 users)" in found
    assert "30 kept of 50, 9 users" in found
    assert at.code[0].value == "first line\n<b>bold</b> **bold** $x$"
    assert not any("<b>" in m.value for m in at.markdown)
    assert "began" in next(d.value for d in at.dataframe if "What" in d.value and "Detail" in d.value)["What"].tolist()


def test_a_finished_run_shows_what_came_out_for_its_own_country(open_runs, store):
    at = open_runs(runs.finished(store).run_id)
    check(at)
    expected = (
        "On the test users of its country, 95\u00a0% intervals: "
        "all-country 62.5\u00a0% [50.0, 70.0] (40 pairs, 12 users); "
        "true-country (recovered share) 25.0\u00a0% [50.0, 70.0] (16 pairs, 12 users)."
    )
    assert expected in words(at).replace("\\", "")


def test_a_last_layer_model_is_named_and_has_no_curves(open_runs, store):
    at = open_runs(runs.finished(store, training=TrainingConfig(last_layer_ridge=0.5)).run_id)
    check(at)
    found = words(at)
    assert "Chile, Filter + weight (τ 0.7, β 1.1), last layer only, seed 0: finished" in found
    assert "there are no steps, so there are no curves" in found and "No step has been logged" not in found
    assert not any(one.label == "Smoothing" for one in at.button_group)
    assert queue_of(at)["What"].tolist() == ["Filter + weight (τ 0.7, β 1.1), last layer only"]


def test_few_test_users_are_named(open_runs, store):
    directory = runs.running(store, steps=4, users=4)
    assert "fewer than ten test users" in words(open_runs(directory.run_id))


def test_a_run_before_its_first_step_says_so(open_runs, store):
    at = open_runs(runs.asked(store).run_id)
    check(at)
    assert "No step has been logged yet" in words(at)
    assert "Place 1 in the queue. When the run ends is known once one like it has finished here." in words(at)


def test_a_failed_run_shows_its_sentence_and_is_retried(open_runs, store, ensured):
    directory = runs.failed(store, sentence="raise tau: **0** pairs")
    at = open_runs(directory.run_id)
    check(at)
    assert r"\*\*0\*\*" in at.error[0].value
    assert at.button(key="resume_run").label == "Retry" and at.button(key="cancel_run").disabled
    at.button(key="resume_run").click().run()
    check(at)
    assert Queue(store).job(directory.run_id).state == "queued"
    assert "waits in the queue" in words(at) and ensured == [store.root]


def test_a_lost_run_is_resumed(open_runs, store):
    directory = runs.lost(store)
    at = open_runs(directory.run_id)
    check(at)
    assert "ended without a word" in words(at)
    assert at.button(key="resume_run").label == "Resume"
    at.button(key="resume_run").click().run()
    assert queue_of(at)["Status"].tolist() == ["◷ Waiting · 1"]


def test_a_waiting_run_is_cancelled_and_a_running_one_is_asked_to_stop(open_runs, store):
    busy, waiting = runs.running(store, 0), runs.asked(store, 1)
    at = open_runs(waiting.run_id)
    at.button(key="cancel_run").click().run()
    assert Queue(store).job(waiting.run_id).state == "cancelled"
    at.session_state[state.RUN] = busy.run_id
    at.run()
    at.button(key="cancel_run").click().run()
    check(at)
    assert "stops after its step and saves" in words(at)
    assert queue_of(at)["Status"].iloc[0] == "▶ Stopping" and at.button(key="cancel_run").disabled


def test_a_run_is_removed_only_after_a_second_click_and_is_not_chosen_any_more(open_runs, store):
    record = runs.finished(store)
    runs.asked(store, 1)
    at = open_runs(record.run_id)
    assert "for good" in words(at)
    at.button(key="remove_run").click().run()
    check(at)
    assert not RunDirectory(store, record.run_id).exists()
    assert at.session_state[state.RUN] == "" and f"{record.run_id} is removed." in words(at)


def test_a_running_run_cannot_be_removed(open_runs, store):
    directory = runs.running(store)
    at = open_runs(directory.run_id)
    at.button(key="remove_run").click().run()
    assert "is running: cancel it first" in words(at) and directory.exists()


def test_a_clone_is_queued_with_its_changes_and_chosen(open_runs, store, ensured):
    record = runs.finished(store)
    at = open_runs(record.run_id)
    at.selectbox(key=f"clone_method_{record.run_id}").select("filter")
    at.number_input(key=f"clone_tau_{record.run_id}").set_value(0.6)
    at.number_input(key=f"clone_budget_{record.run_id}").set_value(20)
    at.button(key=f"clone_submit_{record.run_id}").click().run()
    check(at)
    (job,) = Queue(store).jobs()
    config = RunDirectory(store, job.job_id).record().config
    assert (config.objective.method, config.objective.tau, config.objective.beta) == ("filter", 0.6, None)
    assert (config.training.steps, config.seed, config.country) == (20, 0, "CHL")
    assert at.session_state[state.RUN] == job.job_id and ensured == [store.root]


def test_a_clone_with_the_same_settings_is_the_same_run(open_runs, store):
    record = runs.finished(store)
    at = open_runs(record.run_id)
    at.button(key=f"clone_submit_{record.run_id}").click().run()
    assert "exists already and has finished" in words(at) and Queue(store).jobs() == []


def test_the_preparation_of_a_study_is_cancelled_and_resumed(open_runs, store):
    name = runs.asked_study(store)
    at = open_runs(name)
    check(at)
    assert "Preparation of study sweep: waiting" in words(at)
    at.button(key="cancel_run").click().run()
    assert Queue(store).job(name).state == "cancelled"
    at.button(key="resume_run").click().run()
    check(at)
    assert Queue(store).job(name).state == "queued"


def study_at_work(store) -> list[str]:
    """Have the study ``sweep`` with one finished, one running and two waiting runs."""
    ids = [runs.finished(store, 0).run_id, runs.running(store, 1).run_id]
    ids += [runs.asked(store, seed).run_id for seed in (2, 3)]
    names = {"dataset": "prism", "dataset_key": "d", "model": "m", "model_key": "k"}
    training = runs.run_config().training
    write_study(store, name="sweep", plan=StudyPlan(), countries=["CHL"], training=training, runs=ids, **names)
    return ids


def test_a_study_is_cancelled_after_a_second_click_and_says_how_many(open_runs, store):
    ids = study_at_work(store)
    stranger = runs.asked(store, 9).run_id
    at = open_runs()
    check(at)
    # 90 s of its own training, 45 s of testing, then twice the minute that the finished one took.
    assert "Study sweep: 1 of 4 runs finished, about 4 min left." in words(at)
    assert ":material/science: study sweep: 1 of 4 runs finished" in words(at)  # in the status line
    assert "2 waiting runs do not begin. 1 run stops after its step and saves. 1 finished run is kept." in words(at)
    at.button(key="cancel_study").click().run()
    check(at)
    assert "Study sweep: 2 waiting runs cancelled; 1 run stops after its step and saves; 1 finished run kept." in words(
        at
    )
    assert [Queue(store).job(one).state for one in ids[1:]] == ["running", "cancelled", "cancelled"]
    assert Queue(store).job(stranger).state == "queued"
    assert queue_of(at)["Status"].tolist()[0] == "▶ Stopping"


def test_of_several_studies_the_one_that_is_shown_is_proposed(open_page, store):
    study_at_work(store)
    runs.asked_study(store, "again")
    at = open_page("runs", store, query={"study": "sweep"})
    assert at.button(key="cancel_study").label == "Cancel study sweep"
    at.selectbox(key="cancel_study_of_sweep").select("again").run()
    assert "Its preparation stops. 0 finished runs are kept." in words(at)
    at.button(key="cancel_study").click().run()
    check(at)
    assert Queue(store).job("study-again").state == "cancelled"
    assert all(job.state != "cancelled" for job in Queue(store).jobs() if job.kind == "run")


def test_without_work_no_study_can_be_cancelled(open_runs, store):
    runs.finished(store, 0)
    assert "cancel_study" not in [button.key for button in open_runs().button]


def test_a_read_only_page_shows_everything_and_changes_nothing(open_runs, store, ensured, monkeypatch):
    directory = runs.asked(store)
    monkeypatch.setenv("SCPO_READ_ONLY", "true")
    at = open_runs(directory.run_id)
    check(at)
    assert READ_ONLY in words(at)
    assert at.button(key="cancel_run").disabled and at.button(key="resume_run").disabled
    session: dict = {}
    monkeypatch.setattr(actions.st, "session_state", session)
    actions.cancel(directory.run_id)  # as a page that was opened before would
    assert session[NOTICE] == ("error", READ_ONLY)
    assert Queue(store).job(directory.run_id).state == "queued" and ensured == []


def test_waiting_work_without_a_worker_is_named_and_started(open_runs, store, ensured):
    runs.asked(store)
    at = open_runs()
    assert "no worker is running" in words(at)
    at.button(key="start_worker").click().run()
    assert ensured == [store.root]


def test_the_filters_narrow_the_table(open_runs, store):
    runs.failed(store, 1)
    for seed in (2, 3):
        runs.asked(store, seed)
    at = open_runs()
    at.session_state["status"] = ["failed"]
    at.run()
    check(at)
    assert queue_of(at)["Status"].tolist() == ["✕ Failed"]
    at.session_state["status"] = ["lost"]
    at.run()
    assert "No run matches these filters." in words(at)


def test_choosing_a_row_chooses_the_run(open_runs, store, monkeypatch):
    runs.running(store, 0)
    waiting = runs.asked(store, 1)
    session = {queue_view.TABLE: {"selection": {"rows": [1], "columns": []}}}
    monkeypatch.setattr(queue_view.st, "session_state", session)
    queue_view._choose(load_work()["run_id"].tolist(), "Status")
    assert session[state.RUN] == waiting.run_id
    session[queue_view.TABLE]["selection"]["rows"] = []
    queue_view._choose([waiting.run_id], "Status")
    assert session[state.RUN] == ""


def test_an_address_with_an_unknown_run_says_so(open_runs, store):
    runs.asked(store)
    at = open_runs("zzzz")
    check(at)
    assert "No single run begins with zzzz" in words(at)


def test_many_runs_are_shown_in_order(open_runs, store):
    for seed in range(60):
        runs.finished(store, seed, at=f"2026-01-01T00:{seed:02d}:00+00:00")
    at = open_runs()
    check(at)
    assert "Nothing is running: 60 finished" in words(at)
    assert queue_of(at)["Seed"].tolist() == list(range(59, -1, -1))


def test_frozen_curves_stay_while_the_run_goes_on(open_runs, store):
    directory = runs.running(store, steps=3)
    at = open_runs(directory.run_id)
    at.toggle(key="freeze_run").set_value(True).run()
    directory.log({"step": 4, "steps": 8, "loss": 9.0, "learning_rate": 0.001, "seconds": 2.0, "memory": 1})
    at.run()
    assert "at step 3" in words(at)
    at.toggle(key="freeze_run").set_value(False).run()
    assert "at step 4" in words(at)


def test_live_refresh_is_on_only_while_something_runs_or_waits(store):
    runs.finished(store)
    assert not queue_view.is_active(load_work())
    runs.asked(store, 1)
    assert queue_view.is_active(load_work())


def test_the_page_notices_a_changed_state_but_not_progress(store):
    directory = runs.running(store)
    before = queue_view.signature(load_work())
    runs.beat(store, directory.run_id, done=7)
    assert queue_view.signature(load_work()) == before
    runs.beat(store, directory.run_id, alive=False)
    assert queue_view.signature(load_work()) != before


def test_a_run_is_found_by_the_beginning_of_its_id_if_that_is_one_run():
    ids = ["abcd", "abce", "ab"]
    assert state.found_run(ids, " abcd ") == "abcd" and state.found_run(ids, "ab") == "ab"
    assert (
        state.found_run(ids, "abc") is None and state.found_run(ids, "") is None and state.found_run(ids, "x") is None
    )


@pytest.mark.parametrize(
    ("status", "job", "stopping", "expected"),
    [
        ("running", "running", False, {"cancel", "clone"}),
        ("running", "running", True, {"clone"}),
        ("running", None, False, {"clone"}),
        ("queued", "queued", False, {"cancel", "clone", "remove"}),
        ("lost", "running", False, {"resume", "clone", "remove"}),
        ("failed", "failed", False, {"resume", "clone", "remove"}),
        ("succeeded", None, False, {"clone", "remove"}),
    ],
)
def test_what_is_allowed_in_which_state(status, job, stopping, expected):
    row = pd.Series({"kind": "run", "status": status, "job": job, "stopping": stopping})
    assert {name for name, yes in work_words.allowed(row).items() if yes} == expected
    study = work_words.allowed(pd.Series({**row, "kind": "study"}))
    assert not study["clone"] and not study["remove"]


def test_a_device_is_told_in_words():
    gpu = Device("cuda:0", "NVIDIA H200", 12 * 2**30, 140 * 2**30, 0.87)
    assert work_words.device(gpu) == (
        "cuda:0 NVIDIA H200: 12.0 of 140.0\u00a0GiB in use, 87\u00a0% busy; one run at a time."
    )
    assert work_words.device(CPU).startswith("No GPU: runs take place on the CPU, one at a time")
    assert "SCPO_DEVICE asks for the CPU" in work_words.device(CPU, asked="cpu")
    assert "driver does not say" in work_words.device(Device("cuda:3", "cuda:3"))


def test_a_clone_counts_its_budget_as_its_parent_does():
    values = {"method": "weight", "tau": 0.6, "beta": 0.5, "seed": 4}
    in_passes = runs.run_config(training=TrainingConfig(epochs=2.0))
    assert actions.cloned(in_passes, **values, budget=1.5).training.epochs == 1.5
    last_layer = runs.run_config(training=TrainingConfig(last_layer_ridge=0.5))
    assert actions.cloned(last_layer, **values, budget=0.25).training == TrainingConfig(last_layer_ridge=0.25)
    changed = actions.cloned(runs.run_config(), **values, budget=9)
    assert changed.training.steps == 9 and changed.objective == ObjectiveConfig(method="weight", beta=0.5)
    with pytest.raises(InputError, match="tau"):
        actions.cloned(runs.run_config(), **values | {"method": "filter", "tau": 2.0}, budget=9)


@pytest.mark.parametrize("log", [False, True])
def test_the_charts_become_pictures(store, log):
    detail = results.run_detail(store, runs.running(store, steps=6).run_id)
    curve = detail.curve.assign(smooth=detail.curve["loss"])
    drawn: list[alt.LayerChart] = [
        charts.curve_chart(curve, value="loss", title="Loss", smooth="smooth", log=log),
        charts.curve_chart(curve, value="memory", title="Memory, GiB", unit=2**30),
        charts.accuracy_chart(run_view._labelled(detail.evaluations)),
    ]
    for chart in drawn:
        spec = exports.figure_spec(chart, title="T", subtitle="S", caption="C", size="Column (3.3 in)")
        assert exports.render(spec, "svg").startswith(b"<svg")


def test_the_twins_show_memory_in_gib_and_accuracies_in_percent(store):
    detail = results.run_detail(store, runs.running(store, steps=4).run_id)
    curve = twin(detail.curve.assign(smooth=detail.curve["loss"]), CURVE)
    assert curve["Memory, GiB"].tolist() == [1.0] * 4 and curve["Loss"].tolist()[2] == 0.3333
    accuracies = twin(run_view._labelled(detail.evaluations), EVALUATIONS)
    assert accuracies["Accuracy, %"].tolist()[0] == 60.0 and pd.isna(accuracies["Accuracy, %"].tolist()[1])


def test_moments_sizes_and_spans_in_words():
    assert text.moment("2026-11-21T05:31:41+00:00") == "2026-11-21 05:31:41 UTC" and text.moment(None) == "unknown"
    assert text.gibibytes(3 * 2**29) == "1.5\u00a0GiB" and text.gibibytes(math.nan) == "unknown"
    assert text.span(0.1) == "1 s" and text.span(7200) == "2.0 h"


def test_what_was_measured_while_training_has_its_own_name_and_unit():
    numbers = {"level": 0.95, "n_users": 12, "n_pairs": 16}
    rows = [
        {"step": 6, "subset": "all_country", "value": 0.5, "low": 0.4, "high": 0.6, **numbers},
        {"step": 8, "subset": "true_country", "value": 0.1, "low": 0.05, "high": 0.2, **numbers},
        {"step": 8, "subset": "excess", "value": -0.002, "low": -0.022, "high": 0.027, **numbers},
    ]
    assert work_words.accuracy_title(pd.DataFrame(rows)) == (
        "At step 8: true-country (recovered share) 10.0\u00a0% [5.0, 20.0] (16 pairs, 12 users); "
        "excess over label-blind flips −0.2\u00a0points [−2.2, +2.7] (16 pairs, 12 users)"
    )
