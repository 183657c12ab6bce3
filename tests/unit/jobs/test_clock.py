"""A clock set back: what runs is not declared dead, what is dead does not live for ever, and no time is negative."""

import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from hand import runs

from scpo import results
from scpo.jobs import children, control, detached, signs, supervisor
from scpo.jobs.launchers import Ended
from scpo.jobs.launchers.local import LocalLauncher
from scpo.jobs.queue import Queue
from scpo.jobs.signs import Sign, Signing, read_sign, since_boot
from scpo.jobs.supervisor import Supervisor
from scpo.settings import Settings
from scpo.store.cache import Store

HOUR = 3600.0


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def set_clock(monkeypatch):
    """Set the clock of this machine by so many seconds: also what the system says of the moment it was started."""
    at, booted = time.time, psutil._pslinux.boot_time

    def set_(seconds):
        monkeypatch.setattr(time, "time", lambda: at() + seconds)
        monkeypatch.setattr(psutil._pslinux, "boot_time", lambda: booted() + seconds)

    return set_


def own_handle():
    own = psutil.Process()
    return {
        "host": socket.gethostname(), "pid": own.pid, "pid_started": own.create_time(),
        "pid_since_boot": since_boot(own.pid),
    }  # fmt: skip


@pytest.mark.parametrize("seconds", [-HOUR, -2.0, HOUR])
def test_work_that_runs_here_lives_whatever_the_clock_says(store, set_clock, seconds):
    run = runs.asked(store)
    queue, launcher = Queue(store), LocalLauncher(store, Settings())
    job = queue.claim("here:1", "cpu")
    assert queue.begin(run.run_id, job.token, own_handle())
    with Signing(store, run.run_id, "run", job=True):
        set_clock(seconds)
        assert abs(psutil.Process().create_time() - queue.job(run.run_id).handle["pid_started"]) > 1
        assert read_sign(store, run.run_id).alive
        assert launcher.poll(queue.job(run.run_id)) is None
        assert results.run_table(store)["status"].tolist() == ["running"]
    with pytest.raises(Exception, match="is running"):
        control.resume(store, run.run_id)


def test_a_clock_that_is_set_while_it_is_asked_changes_no_answer(monkeypatch):
    said, booted = since_boot(os.getpid()), psutil._pslinux.boot_time()
    clock = iter([booted, booted - HOUR, *[booted - HOUR] * 10])
    monkeypatch.setattr(psutil._pslinux, "boot_time", lambda: next(clock))
    assert since_boot(os.getpid()) == pytest.approx(said, abs=1e-5)


def test_work_that_is_dead_here_stays_dead_whatever_the_clock_says(store, set_clock):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    sign = Sign(pid=process.pid, pid_started=psutil.Process(process.pid).create_time(), host=socket.gethostname(),
                pid_since_boot=since_boot(process.pid), at=time.time() + HOUR)  # fmt: skip
    assert sign.alive
    process.communicate()
    set_clock(-HOUR)
    assert not sign.alive
    other = sign.model_copy(update={"pid": os.getpid()})  # its number was given to another process
    assert not other.alive


def test_what_a_page_has_started_is_seen_after_the_clock_was_set(store, set_clock, monkeypatch):
    monkeypatch.setattr(detached, "scpo", lambda *words: [sys.executable, "-c", "import time; time.sleep(60)"])
    child = children.start(store, Settings(), ["score"], kind="score", dataset="x")
    set_clock(-HOUR)
    (found,) = children.children(store)
    try:
        assert found.alive
    finally:
        psutil.Process(child.pid).kill()


def test_a_sign_from_elsewhere_that_lies_in_the_future_lives_only_as_long_as_it_changes(monkeypatch):
    moment = [1000.0]
    monkeypatch.setattr(signs.time, "monotonic", lambda: moment[0])
    sign = Sign(host="elsewhere", pid=1, pid_started=5.0, at=time.time() + HOUR)
    assert sign.alive
    moment[0] += signs.SILENT_SECONDS + 1
    assert not sign.alive  # it has said nothing since, however far ahead its clock is
    said = sign.model_copy(update={"at": sign.at + 2})
    assert said.alive
    moment[0] += signs.SILENT_SECONDS + 1
    assert not said.alive


def test_a_machine_whose_clock_is_behind_lives_as_soon_as_it_was_heard_again():
    sign = Sign(host="behind", pid=1, pid_started=5.0, at=time.time() - HOUR)
    assert not sign.alive
    assert sign.model_copy(update={"at": sign.at + 2}).alive


def test_no_time_is_negative_or_longer_than_it_takes(store, set_clock):
    for seed in range(3):
        runs.finished(store, seed, seconds=60.0)
    directory = runs.running(store, 7)
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    directory.update(started_at=ahead)
    runs.beat(store, directory.run_id, stage="loading", pid_since_boot=since_boot(os.getpid()))
    waiting = runs.asked(store, 8).run_id
    set_clock(-HOUR)
    table = results.run_table(store).set_index("run_id")
    for run in (directory.run_id, waiting):
        assert 0 <= table.loc[run, "ends_in"] <= 200, table.loc[run]
    assert table[["eta_seconds", "starts_in", "ends_in", "seconds"]].min().min() >= 0


class Deaf:
    """A launcher whose job does not end by itself."""

    def __init__(self):
        self.stopped = []

    def slots(self):
        return {"cpu": ("auto", "cpu")}

    def poll(self, job):
        return None

    def stop(self, job, *, kill):
        self.stopped.append(kill)


def test_a_job_that_was_asked_to_stop_before_the_clock_was_set_back_is_stopped_all_the_same(store, monkeypatch):
    run, launcher, moment = runs.asked(store), Deaf(), [1000.0]
    runs.began(store, alive=True)
    Queue(store).cancel(run.run_id)
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    with Queue(store)._transaction() as db:
        db.execute("update jobs set stop_requested = ?", (ahead,))
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: moment[0])
    one = Supervisor(store, launcher)
    one.step()
    assert launcher.stopped == []
    moment[0] += supervisor.TERM_AFTER_SECONDS + 1
    one.step()
    moment[0] += supervisor.KILL_AFTER_SECONDS
    one.step()
    assert launcher.stopped == [False, True]


def test_a_run_that_failed_before_it_began_by_the_clock_has_failed_and_is_not_lost(store):
    run = runs.asked(store)
    job = runs.began(store)
    behind = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
    run.update(status="failed", error="raise tau", finished_at=behind)
    launcher = Deaf()
    launcher.poll = lambda job: Ended(None)
    Supervisor(store, launcher).step()
    found = Queue(store).job(job.job_id)
    assert (found.state, found.message) == ("failed", "raise tau")


def test_two_signs_of_one_process_elsewhere_do_not_keep_each_other_alive():
    written = time.time() - HOUR
    both = [
        Sign(title=title, host="elsewhere", pid=2, pid_started=written - at, at=written + at)
        for title, at in (("study sweep", 0.0), ("run of it", 0.0))
    ]
    later = [both[0], both[1].model_copy(update={"at": written + 1})]
    assert [[sign.alive for sign in later] for _ in range(3)] == [[False, False]] * 3
