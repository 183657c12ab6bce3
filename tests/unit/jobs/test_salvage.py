"""A queue whose file is damaged: what can be read is shown, what cannot is named, and looking changes nothing."""

import re
import sqlite3

import pytest
from hand import runs
from typer.testing import CliRunner

from scpo import results
from scpo.cli.main import app
from scpo.errors import BrokenError
from scpo.jobs.queue import Queue
from scpo.jobs.salvage import ReadableQueue
from scpo.store.cache import Store
from scpo.store.files import database_damage

PAGE = 4096
ASKED = {f"job-{number:03d}" for number in range(150)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a queue of several pages, one job of which has begun."""
    store = Store(tmp_path_factory.mktemp("whole"))
    for job_id in sorted(ASKED):
        Queue(store).put(job_id, payload={"what": "x" * 100})
    runs.began(store)
    return (store.root / "jobs.sqlite3").read_bytes()


@pytest.fixture
def store(tmp_path, whole):
    (tmp_path / "jobs.sqlite3").write_bytes(whole)
    return Store(tmp_path)


def spoil(store, page):
    path = store.root / "jobs.sqlite3"
    content = bytearray(path.read_bytes())
    content[page * PAGE : (page + 1) * PAGE] = b"\xaa" * PAGE
    path.write_bytes(content)
    return bytes(content)


def test_a_whole_queue_has_no_damage(store):
    jobs, damaged = ReadableQueue(store).look()
    assert {job.job_id for job in jobs} == ASKED and jobs == Queue(store).jobs() and damaged == []
    assert ReadableQueue(store).damage() == []


def test_whatever_page_is_spoilt_the_rest_is_read_the_lost_jobs_are_named_and_nothing_is_moved(store, whole):
    lost_on, path = [], store.root / "jobs.sqlite3"
    for page in range(1, len(whole) // PAGE):
        path.write_bytes(whole)
        spoilt, queue = spoil(store, page), ReadableQueue(store)
        jobs, damaged = queue.look()
        assert {job.job_id for job in jobs} | set(damaged) == ASKED and len(jobs) + len(damaged) == len(ASKED)
        (said,) = queue.damage()
        assert said.startswith("jobs.sqlite3 is damaged (") and f"{len(jobs)} jobs can be read" in said
        assert not damaged or (f"{len(damaged)} cannot ({damaged[0]}" in said)
        queue.claimed_at(), queue.events("job-000"), queue.job("job-149")
        results.run_table(store), results.work_counts(store)
        assert path.read_bytes() == spoilt and [one.name for one in store.root.iterdir()] == [path.name]
        lost_on.append(len(damaged))
    assert max(lost_on) == len(ASKED) and sum(0 < n < 40 for n in lost_on) >= 5


def test_where_the_head_of_the_file_is_spoilt_nothing_can_be_read_and_that_is_said(store):
    spoil(store, 0)
    assert ReadableQueue(store).look() == ([], []) and ReadableQueue(store).events("job-000") == []
    assert ReadableQueue(store).damage() == [
        "jobs.sqlite3 is damaged (file is not a database): 0 jobs can be read; `scpo cache repair` moves it away, "
        "and runs and results stay"
    ]


@pytest.mark.parametrize(
    "change",
    [
        "state = 'sleeping'",
        "kind = 'x'",
        "payload = '{'",
        "payload = '[]'",
        "asked_at = '2x26'",
        "job_id = x'6aff'",
        "priority = 'x'",
    ],
)
def test_an_entry_that_no_queue_has_written_is_named_and_the_others_are_read(store, change):
    with sqlite3.connect(store.root / "jobs.sqlite3") as db:
        db.execute(f"update jobs set {change} where position = 7")
    jobs, damaged = ReadableQueue(store).look()
    assert len(damaged) == 1 and {job.job_id for job in jobs} == ASKED - {"job-006"}
    with pytest.raises(BrokenError, match=r"jobs\.sqlite3 is damaged \(the entry of .*\).*repair"):
        Queue(store).jobs()


def test_bytes_that_are_no_text_are_damage_and_not_a_stop(store):
    with sqlite3.connect(store.root / "jobs.sqlite3") as db:
        db.execute("update jobs set message = cast(x'61ff62' as text) where position = 7")
    with pytest.raises(BrokenError, match=r"jobs\.sqlite3 is damaged \(Could not decode"):
        Queue(store).jobs()
    assert ReadableQueue(store).job("job-006").message == "a\ufffdb"
    assert {job.job_id for job in ReadableQueue(store).jobs()} == ASKED


def test_the_commands_name_the_damage_and_list_every_run(tmp_path, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(tmp_path))
    asked = [runs.asked(Store(tmp_path), seed).run_id for seed in range(3)]
    spoil(Store(tmp_path), 1)  # the root of the table: only the index has the names
    found = CliRunner().invoke(app, ["runs"])
    assert found.exit_code == 0, found.output
    assert "0 jobs can be read, 3 cannot" in " ".join(found.output.split())
    assert all(re.search(f"^{run}", found.output, re.M) for run in asked)
    shown = CliRunner().invoke(app, ["show", asked[0], "--json"])
    assert shown.exit_code == 0 and '"queued"' in shown.output


def test_a_queue_that_is_being_written_is_not_called_damaged(store):
    with sqlite3.connect(store.root / "jobs.sqlite3", isolation_level=None) as db:
        db.execute("begin exclusive")
        assert database_damage(store.root / "jobs.sqlite3") is None
        db.execute("rollback")
