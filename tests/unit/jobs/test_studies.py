"""Cancelling a study: what waits does not begin, what runs is asked to stop, what has finished or is shared stays."""

import json

import pytest
from hand import runs
from typer.testing import CliRunner

from scpo.cli.main import app
from scpo.errors import InputError
from scpo.jobs import control
from scpo.jobs.queue import BULK, Queue
from scpo.jobs.studies import cancel_study
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.runs import RunDirectory
from scpo.store.studies import StudyPlan, write_study
from scpo.work.context import Work


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def written(store, name, ids):
    """Write a study down and say in the queue that it is prepared."""
    runs.asked_study(store, name)
    Queue(store).put(f"study-{name}", priority=-1)
    job = runs.began(store)
    assert job.job_id == f"study-{name}"
    Queue(store).finish(job.job_id, job.token, "succeeded")
    names = {"dataset": "prism", "dataset_key": "d", "model": "m", "model_key": "k"}
    training = runs.run_config().training
    return write_study(store, name=name, plan=StudyPlan(), countries=["CHL"], training=training, runs=ids, **names)


def busy_study(store):
    """Have a study with a finished, a failed, a running and two waiting runs; return their ids."""
    ids = [runs.finished(store, 0).run_id, runs.failed(store, 1).run_id, runs.running(store, 2).run_id]
    ids += [runs.asked(store, seed).run_id for seed in (3, 4)]
    written(store, "sweep", ids)
    return ids


def states(store, ids):
    found = {job.job_id: job.state for job in Queue(store).jobs()}
    return [found.get(one) for one in ids]


def test_what_waits_is_cancelled_what_runs_stops_and_what_has_ended_stays(store):
    ids = busy_study(store)
    stranger = runs.asked(store, 9).run_id
    found = cancel_study(store, "sweep")
    assert (found.cancelled, found.stopping, found.finished, found.shared) == (2, 1, 1, 0)
    assert found.words == ("2 waiting runs cancelled; 1 run stops after its step and saves; 1 finished run kept")
    assert states(store, ids) == [None, "failed", "running", "cancelled", "cancelled"]
    assert Queue(store).job(ids[2]).stop_requested and states(store, [stranger]) == ["queued"]
    assert [RunDirectory(store, one).record().status for one in ids[3:]] == ["cancelled", "cancelled"]
    assert RunDirectory(store, ids[0]).record().status == "succeeded"


def test_runs_that_another_study_waits_for_go_on_until_it_is_cancelled_too(store):
    ids = busy_study(store)
    written(store, "other", ids[3:])
    assert cancel_study(store, "sweep")[1:] == (0, 1, 2, 1)
    assert states(store, ids[3:]) == ["queued", "queued"]
    assert cancel_study(store, "other")[1:] == (2, 0, 0, 0)
    assert states(store, ids[3:]) == ["cancelled", "cancelled"]


def test_a_cancelled_study_is_resumed_as_a_whole(store):
    busy_study(store)
    cancel_study(store, "sweep")
    job = Queue(store).job("study-sweep")
    assert job.state == "cancelled" and "resume it" in job.message
    control.resume(store, "study-sweep")
    assert Queue(store).job("study-sweep").state == "queued"


def test_a_study_that_is_prepared_is_asked_to_stop_with_the_runs_of_an_earlier_time(store):
    ids = busy_study(store)
    cancel_study(store, "sweep")
    control.resume(store, "study-sweep", priority=BULK - 1)
    runs.began(store)
    found = cancel_study(store, "sweep")
    assert found.preparation and found.words.startswith("its preparation stops; 1 run stops")
    assert Queue(store).job("study-sweep").stop_requested and states(store, ids[3:]) == ["cancelled", "cancelled"]


def test_a_study_of_which_nothing_waits_or_runs_says_so(store):
    written(store, "sweep", [runs.finished(store, seed).run_id for seed in (0, 1)])
    with pytest.raises(InputError, match="nothing of study sweep waits or runs; 2 runs finished"):
        cancel_study(store, "sweep")
    with pytest.raises(InputError, match="no study named elsewhere"):
        cancel_study(store, "elsewhere")
    assert Queue(store).job("study-sweep").state == "succeeded"


def test_the_command_cancels_a_study_and_counts(store, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(store.root))
    busy_study(store)
    done = CliRunner().invoke(app, ["cancel", "study-sweep", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {
        "job": "study-sweep", "preparation": False, "cancelled": 2, "stopping": 1, "shared": 0, "finished": 1,
    }  # fmt: skip


def test_a_study_cancelled_while_its_runs_are_queued_leaves_none_in_the_queue(store, monkeypatch):
    from scpo.work import worker
    from scpo.work.study import PreparedStudy

    configs = [runs.run_config(seed) for seed in range(4)]
    names = {"dataset": "prism", "dataset_key": "d", "model": "m", "model_key": "k"}

    def prepared(_, request):
        ids = [config.run_id for config in configs]
        plan = {"plan": StudyPlan(), "countries": ["CHL"], "training": configs[0].training}
        return PreparedStudy(write_study(store, name=request.name, runs=ids, **plan, **names), configs, None)

    def ask_and_cancel(store, config, **given):
        control.ask_run(store, config, **given)
        if config.seed == 1:
            cancel_study(store, "sweep")

    monkeypatch.setattr(worker, "prepare_study", prepared)
    monkeypatch.setattr(worker, "ask_run", ask_and_cancel)
    runs.asked_study(store)
    job = Queue(store).claim("here:1", "cpu")
    assert worker.work_on(Work(store, Settings(cache_dir=store.root)), job.job_id, job.token) == "cancelled"
    assert states(store, [one.run_id for one in configs]) == ["cancelled", "cancelled", None, None]


def test_a_study_without_runs_yet_is_where_its_preparation_is(store):
    def asked():
        found = CliRunner().invoke(app, ["runs", "--study", "sweep"], env={"SCPO_CACHE_DIR": str(store.root)})
        return found.exit_code, f"{found.stdout}{found.stderr}{found.exception or ''}".strip()

    runs.asked_study(store, "sweep")
    Queue(store).put("study-sweep", priority=-1)
    assert asked() == (0, "study sweep has no runs yet: its preparation is queued")
    job = runs.began(store)
    Queue(store).finish(job.job_id, job.token, "failed", message="no model 'mr'")
    code, said = asked()
    assert code == 1 and "study sweep has no runs, its preparation failed: no model 'mr'" in said
    written(store, "other", [runs.asked(store, 0).run_id])
    assert (
        "queued"
        in CliRunner().invoke(app, ["runs", "--study", "other"], env={"SCPO_CACHE_DIR": str(store.root)}).stdout
    )
