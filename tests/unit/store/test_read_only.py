"""A cache that cannot be written: results are computed without keeping, the queue is read, and nothing is started."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest
from read_only import read_only

from scpo.cli.options import store_and_settings
from scpo.errors import InputError
from scpo.jobs import control
from scpo.jobs.queue import Queue
from scpo.settings import load_settings
from scpo.store.cache import Store
from scpo.store.files import unwritten


@pytest.fixture
def store(tmp_path, monkeypatch):
    root = tmp_path / "cache"
    root.mkdir()
    monkeypatch.setenv("SCPO_CACHE_DIR", str(root))
    return Store(root)


def test_a_result_is_computed_and_returned_but_not_kept(store):
    with read_only(store.root):
        assert store.kept("sums", "k", lambda: {"n": 1}) == {"n": 1}
    assert store.names("sums") == []


def test_the_queue_is_read_as_it_is_and_is_empty_before_the_first_job(store):
    with read_only(store.root):
        assert Queue(store).jobs() == [] and Queue(store).job("a") is None and Queue(store).events("a") == []
    Queue(store).put("a")
    with read_only(store.root):
        assert [job.job_id for job in Queue(store).jobs()] == ["a"]
        assert [event["what"] for event in Queue(store).events("a")] == ["queued"]
        with pytest.raises(sqlite3.OperationalError) as error:
            Queue(store).put("b")
        assert unwritten(error.value, store.root).startswith(f"{store.root} cannot be written")
        assert not control.supervisor_lives(store)


def test_reading_the_queue_makes_no_file(store):
    assert Queue(store).jobs() == []
    assert list(store.root.iterdir()) == []


def test_everything_is_read_only_where_the_cache_cannot_be_written(store):
    assert not load_settings().read_only
    with read_only(store.root):
        assert load_settings().read_only
        with pytest.raises(InputError, match=r"^the cache .* cannot be written: .*; set SCPO_CACHE_DIR"):
            store_and_settings(writes=True)
    assert not load_settings().read_only


def test_a_cache_that_does_not_exist_yet_can_be_written_where_its_folder_can(store, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(store.root / "new" / "cache"))
    assert not load_settings().read_only
    with read_only(store.root):
        assert load_settings().read_only


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.EROFS, "", "/c/x"), "/c/x cannot be written: make it writable, or set SCPO_CACHE_DIR"),
        (OSError(errno.EACCES, "", "/c/x"), "/c/x cannot be written"),
        (OSError(errno.ENOSPC, ""), "the disk of /c is full: free space there"),
        (sqlite3.OperationalError("database or disk is full"), "the disk of /c is full"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "/c cannot be written"),
        (OSError(errno.EACCES, "", "/home/data.csv"), None),
        (sqlite3.OperationalError("no such table"), None),
        (ValueError("x"), None),
    ],
    ids=str,
)
def test_what_could_not_be_written_is_said_in_one_sentence(error, sentence):
    said = unwritten(error, Path("/c"))
    assert said is None if sentence is None else said.startswith(sentence)
