"""Runs in the background as real processes: nothing that is killed is lost, and nothing is done twice."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from scpo.jobs import control as jobs
from scpo.store.runs import RunDirectory

pytestmark = pytest.mark.slow


def test_a_queued_run_is_executed_by_the_worker_and_says_how_it_went(cache):
    config = cache.config()
    jobs.ask_run(cache.store, config)
    jobs.ask_run(cache.store, config)  # the same causes are the same run
    assert [job.state for job in cache.queue.jobs()] == ["queued"]
    worker = cache.worker("--until-idle", "1")
    cache.wait(lambda: cache.state(config.run_id) == "succeeded")
    assert worker.wait(timeout=30) == 0
    directory = RunDirectory(cache.store, config.run_id)
    assert directory.record().status == "succeeded"
    lines = directory.read_log()
    assert [line["step"] for line in lines if "step" in line] == [1, 2, 3, 4]
    evaluated = [line for line in lines if "evaluated_at" in line]
    assert evaluated[-1]["evaluated_at"] == 4
    metrics = directory.metrics().set_index(["tested_on", "subset"])
    for subset in ("all_country", "true_country"):
        expected = metrics.loc[("CHL", subset)]
        if expected["n_pairs"]:
            assert evaluated[-1][subset]["value"] == pytest.approx(expected["value"])
    assert [event["what"] for event in cache.queue.events(config.run_id)] == ["queued", "claimed", "began", "succeeded"]


def test_a_run_killed_with_9_is_lost_within_30_seconds_and_resumes_to_the_same_weights(cache):
    config, twin = cache.config(steps=600), cache.config(steps=2, seed=1)  # 600: seconds, so that it is met alive
    jobs.ask_run(cache.store, config)
    cache.worker()
    cache.wait(lambda: cache.at_step(config.run_id, 200))
    os.kill(cache.queue.job(config.run_id).handle["pid"], signal.SIGKILL)
    cache.wait(lambda: cache.state(config.run_id) == "lost", seconds=30)
    record = RunDirectory(cache.store, config.run_id).record()
    assert record.status == "lost" and "resume" in record.error
    assert RunDirectory(cache.store, config.run_id).checkpoint_folder.is_dir()
    jobs.ask_run(cache.store, twin)  # the queue goes on
    jobs.resume(cache.store, config.run_id)
    cache.wait(lambda: cache.state(config.run_id) == cache.state(twin.run_id) == "succeeded")
    resumed, metrics = cache.weights(config.run_id), RunDirectory(cache.store, config.run_id).metrics()
    steps = [line["step"] for line in RunDirectory(cache.store, config.run_id).read_log() if "step" in line]
    assert steps == list(range(1, 601))

    jobs.remove(cache.store, config.run_id)
    jobs.ask_run(cache.store, config)
    cache.wait(lambda: cache.state(config.run_id) == "succeeded")
    assert cache.weights(config.run_id) == resumed
    assert RunDirectory(cache.store, config.run_id).metrics().equals(metrics)


def test_a_cancelled_run_stops_after_its_step_and_keeps_a_checkpoint(cache):
    config = cache.config(steps=2000)
    jobs.ask_run(cache.store, config)
    cache.worker()
    cache.wait(lambda: cache.at_step(config.run_id, 3))
    directory = RunDirectory(cache.store, config.run_id)
    jobs.cancel(cache.store, config.run_id)
    before = max(line.get("step", 0) for line in directory.read_log())
    cache.wait(lambda: cache.state(config.run_id) == "cancelled")
    assert directory.record().status == "cancelled"
    assert (directory.checkpoint_folder / "latest" / "state.json").is_file()
    assert max(line.get("step", 0) for line in directory.read_log()) <= before + 1

    waiting = cache.config(steps=2, seed=9)
    cache.scpo("cancel", waiting.run_id, check=False)  # never asked for: an error, and no trace
    assert cache.state(waiting.run_id) is None


def test_the_supervisor_killed_with_9_does_not_end_the_run_and_the_next_one_finds_it(cache):
    config, second = cache.config(steps=150), cache.config(steps=2, seed=5)
    jobs.ask_run(cache.store, config)
    jobs.ask_run(cache.store, second)
    worker = cache.worker()
    cache.wait(lambda: cache.at_step(config.run_id, 3))
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    pid = cache.queue.job(config.run_id).handle["pid"]
    cache.worker()
    cache.wait(lambda: cache.state(second.run_id) == "succeeded")
    assert cache.state(config.run_id) == "succeeded"
    assert cache.queue.job(config.run_id).handle["pid"] == pid
    assert cache.queue.job(config.run_id).attempt == 1


def test_a_run_that_fails_says_why_and_the_queue_goes_on(cache):
    bad, good = cache.config(steps=9, learning_rate=1e30), cache.config(steps=2)
    gone = cache.config(steps=3, seed=7)
    for config in (bad, gone):
        jobs.ask_run(cache.store, config)
    jobs.ask_run(cache.store, good, priority=20)
    record = RunDirectory(cache.store, gone.run_id).record()
    RunDirectory(cache.store, gone.run_id).write(
        record.model_copy(update={"config": gone.model_copy(update={"dataset": "vanished"})})
    )
    cache.worker()
    cache.wait(lambda: cache.state(good.run_id) == "succeeded")
    assert cache.state(bad.run_id) == cache.state(gone.run_id) == "failed"
    assert "lower the learning rate" in RunDirectory(cache.store, bad.run_id).record().error
    assert "no data set named vanished" in RunDirectory(cache.store, gone.run_id).record().error
    assert "no data set named vanished" in cache.queue.job(gone.run_id).message


def test_a_study_is_prepared_and_run_by_the_worker_and_wait_follows_it(cache):
    worker = cache.worker()
    cache.scpo(
        "study", "--data", "small", "--model", "rm", "--name", "two", "--countries", "CHL", "--methods", "full,scpo",
        "--tau", "0.9", "--seeds", "0", "--steps", "2", "--lr", "1e-3", "--batch-pairs", "8", "--wait",
    )  # fmt: skip
    states = {job.job_id: job.state for job in cache.queue.jobs()}
    assert len(states) == 3 and set(states.values()) == {"succeeded"} and "study-two" in states
    worker.kill()


SUBMIT = """
import sys
from pathlib import Path
from scpo.config import RunConfig
from scpo.jobs import control as jobs
from scpo.store.cache import Store
store = Store(Path(sys.argv[1]))
for line in sys.stdin:
    jobs.ask_run(store, RunConfig.model_validate_json(line))
"""


def test_many_submitters_and_a_supervisor_killed_twice_each_run_is_executed_exactly_once(cache):
    """With a child that only notes that it ran: 200 real trainings would take half an hour."""
    base = cache.config(steps=1)
    configs = [base.model_copy(update={"seed": seed}) for seed in range(200)]
    submitters = []
    for number in range(4):  # every run is asked for by two of them
        mine = [c for i, c in enumerate(configs) if number in (i % 4, (i + 1) % 4)]
        process = subprocess.Popen(
            [sys.executable, "-c", SUBMIT, str(cache.store.root)], stdin=subprocess.PIPE, text=True
        )
        submitters.append(process)
        threading.Thread(
            target=process.communicate, args=("\n".join(c.model_dump_json() for c in mine),), daemon=True
        ).start()
    environment = {**cache.environment(), "PYTHONPATH": os.pathsep.join(sys.path)}

    def supervise():
        command = [sys.executable, STUB, str(cache.store.root)]
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        cache.processes.append(process)
        return process

    for enough in (40, 120):
        supervisor = supervise()
        cache.wait(lambda enough=enough: len(finished(cache)) >= enough)
        supervisor.kill()
        supervisor.wait()
    supervise()
    cache.wait(lambda: len(finished(cache)) == 200)
    assert all(process.wait(timeout=30) == 0 for process in submitters)
    time.sleep(1)
    lines = (cache.store.root / "executed.txt").read_text().split()
    assert sorted(lines) == sorted(config.run_id for config in configs)
    for config in configs:
        whats = [event["what"] for event in cache.queue.events(config.run_id)]
        assert whats.count("began") == whats.count("succeeded") == 1


def finished(cache):
    return cache.queue.jobs(("succeeded",))


STUB = os.path.join(os.path.dirname(__file__), "stub_supervisor.py")  # noqa: PTH118, PTH120
