"""Tests of what is kept of files: it is read again when they change, and while a change could look like none."""

from __future__ import annotations

import os
import time

import pytest

from scpo.jobs.queue import Queue
from scpo.jobs.salvage import ReadableQueue
from scpo.store.cache import Store
from scpo.store.stamps import Kept


def settle(path):
    past = time.time() - 60
    os.utime(path, (past, past))


def test_a_file_that_does_not_change_is_read_once(tmp_path):
    kept, path = Kept(2), tmp_path / "a"
    path.write_text("one")
    settle(path)
    first = kept.get(path, path.read_text)
    assert kept.get(path, lambda: pytest.fail("read again")) is first == "one"
    path.write_text("two")
    assert kept.get(path, path.read_text) == "two"


def test_a_file_that_was_just_written_is_read_every_time(tmp_path):
    kept, path, asked = Kept(2), tmp_path / "a", []
    path.write_text("one")
    for _ in range(2):
        kept.get(path, lambda: asked.append(1))
    assert len(asked) == 2


def test_a_file_that_is_not_there_is_asked_for_every_time_and_an_error_is_not_kept(tmp_path):
    kept, path = Kept(2), tmp_path / "a"
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            kept.get(path, path.read_text)
    path.write_text("one")
    assert kept.get(path, path.read_text) == "one"


def test_of_many_files_not_all_are_kept(tmp_path):
    kept, asked = Kept(2), []
    for name in ("a", "b", "c", "a"):
        (tmp_path / name).touch()
        settle(tmp_path / name)
        kept.get(tmp_path / name, lambda name=name: asked.append(name))
    assert asked == ["a", "b", "c", "a"]


def test_who_looks_at_the_queue_reads_it_once_and_sees_every_change(tmp_path, monkeypatch):
    store = Store(tmp_path)
    queue = Queue(store)
    for name in ("a", "b"):
        queue.put(name)
    settle(queue.path)
    assert [job.state for job in ReadableQueue(store).jobs()] == ["queued", "queued"]
    with monkeypatch.context() as patched:
        patched.setattr(Queue, "jobs", lambda *_: pytest.fail("read again"))
        assert [job.job_id for job in ReadableQueue(store).jobs(("queued",))] == ["a", "b"]
        assert ReadableQueue(store).jobs(("running",)) == []
    queue.claim("me", "cpu")
    assert [job.job_id for job in ReadableQueue(store).jobs(("running",))] == ["a"]
    settle(queue.path)
    queue.cancel("b")
    assert [job.state for job in ReadableQueue(store).jobs()] == ["running", "cancelled"]
