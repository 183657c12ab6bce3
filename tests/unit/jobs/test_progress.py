"""Progress files: what work says about itself, and what is said of work that died."""

import contextlib
import subprocess
import sys

import psutil
import pytest

from scpo.errors import Cancelled
from scpo.jobs.progress import ProgressWriter, process_runs, read_progress
from scpo.store.cache import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def test_without_any_work_there_is_no_progress(store):
    assert read_progress(store) == []


def test_what_a_living_process_writes_is_running(store):
    ProgressWriter(store, "study-a", "study a").update("scoring", 3, 12, "responses")
    (found,) = read_progress(store)
    assert (found.title, found.stage, found.done, found.total, found.unit) == ("study a", "scoring", 3, 12, "responses")
    assert found.state == "running" and found.alive


def test_it_is_written_at_most_twice_a_second_but_the_end_of_a_stage_always(store):
    writer = ProgressWriter(store, "a", "a")
    writer.update("scoring", 1, 12, "responses")
    writer.update("scoring", 2, 12, "responses")
    assert read_progress(store)[0].done == 1
    writer.update("scoring", 12, 12, "responses")
    assert read_progress(store)[0].done == 12
    writer.update("training", 1, 5, "steps")
    assert read_progress(store)[0].stage == "training"


def test_the_eta_is_the_rest_at_the_speed_so_far(store, monkeypatch):
    moment = [100.0]
    monkeypatch.setattr("scpo.jobs.progress.time.monotonic", lambda: moment[0])
    writer = ProgressWriter(store, "a", "a")
    writer.update("scoring", 10, 100, "responses")
    assert read_progress(store)[0].eta_seconds is None
    moment[0] += 5
    writer.update("scoring", 20, 100, "responses")  # 10 in 5 s, 80 to go
    assert read_progress(store)[0].eta_seconds == pytest.approx(40)


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_the_end_is_kept_also_after_the_process_is_gone(store, state):
    writer = ProgressWriter(store, "a", "a")
    writer.update("scoring", 1, 12, "responses")
    writer.finish(state, "so it ended")
    (found,) = read_progress(store)
    assert (found.state, found.message, found.done, found.alive) == (state, "so it ended", 1, False)


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (None, "done", ""),
        (Cancelled("stopped after 3 runs"), "cancelled", "stopped after 3 runs"),
        (KeyboardInterrupt(), "cancelled", "interrupted: asked again, it goes on with what is missing"),
        (ValueError("no good"), "failed", "no good"),
    ],
)
def test_leaving_the_context_says_how_it_ended(store, error, state, message):
    with contextlib.suppress(BaseException), ProgressWriter(store, "a", "a", dataset="d", model="m") as writer:
        writer.update("scoring", 1, 12, "responses")
        if error is not None:
            raise error
    (found,) = read_progress(store)
    assert (found.state, found.message, found.dataset, found.model) == (state, message, "d", "m")


def test_work_whose_process_was_killed_is_reported_as_failed(store):
    code = (
        "import sys, time; from pathlib import Path; from scpo.store.cache import Store\n"
        "from scpo.jobs.progress import ProgressWriter\n"
        "ProgressWriter(Store(Path(sys.argv[1])), 'a', 'a').update('scoring', 1, 2, 'x')\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(store.root)], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None and worker.stdout.readline() == b"ready\n"
        assert read_progress(store)[0].state == "running"
        worker.kill()
    (found,) = read_progress(store)
    assert found.state == "failed" and "start it again" in found.message


def test_a_process_with_the_same_number_but_another_start_is_another_process():
    me = psutil.Process()
    assert process_runs(me.pid, me.create_time())
    assert not process_runs(me.pid, me.create_time() - 100)


def test_a_half_written_or_foreign_file_is_left_out(store):
    ProgressWriter(store, "good", "good").update("scoring", 1, 2, "x")
    (store.root / "progress" / "bad.json").write_text('{"title": "ba')
    assert [found.title for found in read_progress(store)] == ["good"]
