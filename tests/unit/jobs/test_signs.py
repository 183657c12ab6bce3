"""Signs of life: what work says about itself, and what is said of work that died."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time

import psutil
import pytest

from scpo.errors import Cancelled
from scpo.jobs.signs import Pace, Sign, Signing, process_runs, read_sign, read_signs
from scpo.store.cache import Store, write_json


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def said(store: Store) -> tuple:
    (found,) = read_signs(store)
    return found.stage, found.done, found.total, found.unit


def test_without_any_work_there_is_no_sign(store):
    assert read_signs(store) == []


def test_what_a_living_process_writes_is_running_and_says_who_and_what(store):
    with Signing(store, "score-a", "scores of a", dataset="a", model="m"):
        (found,) = read_signs(store)
    assert (found.title, found.dataset, found.model, found.host) == ("scores of a", "a", "m", socket.gethostname())
    assert found.state == "running" and found.pid == os.getpid() and found.stage == "starting"


def test_what_is_said_is_written_within_a_moment(store):
    with Signing(store, "a", "a") as sign:
        sign("scoring", 3, 12, "responses")
        deadline = time.monotonic() + 10
        while said(store) != ("scoring", 3, 12, "responses") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert said(store) == ("scoring", 3, 12, "responses")


def test_the_eta_is_the_rest_at_the_speed_so_far_and_a_new_stage_begins_anew(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr("scpo.jobs.signs.time.monotonic", lambda: moment[0])
    pace = Pace()
    assert pace("scoring", 10, 100) is None
    moment[0] += 5
    assert pace("scoring", 20, 100) == pytest.approx(40)  # 10 in 5 s, 80 to go
    assert pace("training", 20, 100) is None


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (None, "done", ""),
        (Cancelled("stopped after 3 runs"), "cancelled", "stopped after 3 runs"),
        (KeyboardInterrupt(), "cancelled", "interrupted: asked again, it goes on with what is missing"),
        (ValueError("no good"), "failed", "no good"),
    ],
)
def test_the_end_is_kept_and_says_how(store, error, state, message):
    with contextlib.suppress(BaseException), Signing(store, "a", "a") as sign:
        sign("scoring", 1, 12, "responses")
        if error is not None:
            raise error
    (found,) = read_signs(store)
    assert (found.state, found.message, found.done, found.alive) == (state, message, 1, False)


def test_the_sign_of_a_run_lies_in_its_folder_and_goes_with_its_end(store):
    with Signing(store, "0123", "run 0123", job=True, keep=False):
        found = read_sign(store, "0123")
        assert found is not None and found.alive
        assert (store.folder("runs", "0123") / "heartbeat.json").is_file()
    assert read_sign(store, "0123") is None and read_signs(store) == []


def test_the_sign_of_a_study_is_read_by_its_job_and_among_all(store):
    with Signing(store, "study-a", "study a", job=True):
        found = read_sign(store, "study-a")
        assert found is not None and found.alive
        assert [one.title for one in read_signs(store)] == ["study a"]
    assert read_sign(store, "study-a").state == "done"


def test_work_whose_process_was_killed_is_reported_as_failed(store):
    code = (
        "import sys, time; from pathlib import Path; from scpo.store.cache import Store\n"
        "from scpo.jobs.signs import Signing\n"
        "with Signing(Store(Path(sys.argv[1])), 'a', 'a'):\n"
        "    print('ready', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(store.root)], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None and worker.stdout.readline() == b"ready\n"
        assert read_signs(store)[0].state == "running"
        worker.kill()
    (found,) = read_signs(store)
    assert found.state == "failed" and "start it again" in found.message


def test_work_on_another_machine_lives_as_long_as_it_writes():
    elsewhere = {"host": "another", "pid_started": 0.0}
    assert Sign(**elsewhere, pid=1, at=time.time() - 1).alive
    assert not Sign(**elsewhere, pid=2, at=time.time() - 60).alive


def test_a_process_with_the_same_number_but_another_start_is_another_process():
    me = psutil.Process()
    assert process_runs(me.pid, me.create_time())
    assert not process_runs(me.pid, me.create_time() - 100)


def test_what_the_version_before_wrote_is_read(store):
    """It had no machine and no moment in the files of the folder progress."""
    me = psutil.Process()
    older = {"title": "study a", "stage": "scoring", "done": 1, "total": 2, "unit": "x", "started_at": "2026-01-01"}
    write_json(store.root / "progress" / "study-a.json", older | {"pid": me.pid, "pid_started": me.create_time()})
    (found,) = read_signs(store)
    assert found.alive and (found.title, found.done) == ("study a", 1)


def test_a_half_written_or_foreign_file_is_left_out(store):
    with Signing(store, "good", "good"):
        (store.root / "progress" / "bad.json").write_text('{"title": "ba')
        (store.root / "progress" / "other.json").write_text(json.dumps({"n": 1}))
        assert [found.title for found in read_signs(store)] == ["good"]


def test_a_folder_that_cannot_be_written_does_not_end_the_work(store, monkeypatch):
    with Signing(store, "a", "a") as sign:
        monkeypatch.setattr("scpo.jobs.signs.write_json", lambda *_: (_ for _ in ()).throw(OSError("full")))
        sign("scoring", 1, 2, "x")
        time.sleep(0.8)
    assert said(store) == ("starting", 0, 1, "")


@pytest.mark.parametrize("name", ["score-../../../x-rm", "score-a-b (plain)", "score-" + "x" * 400, "train-a/b"])
def test_a_sign_lies_among_the_others_whatever_the_work_is_called(store, name):
    with Signing(store, name, "any work") as sign:
        (written,) = (store.root / "progress").iterdir()
        assert written == sign.path and len(read_signs(store)) == 1
    assert [path.name for path in store.root.iterdir()] == ["progress"]
