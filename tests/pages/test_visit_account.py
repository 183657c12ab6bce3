"""The account of runs that visitors start: each has ended in one way, and one without a record is not forgotten."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest
from hand import runs

from dashboard.visits.runs import ENDS, Starts
from scpo.cli.bench import copy_cache, screen_rows
from scpo.errors import StoreError
from scpo.jobs import control


def test_every_run_that_was_started_is_accounted_for_once(store):
    starts = Starts(store)
    lost = runs.lost(store, 0)
    running = runs.running(store, 1)
    failed = runs.failed(store, 2)
    done = [runs.finished(store, seed) for seed in (3, 4)]
    cancelled, removed, waiting = (runs.asked(store, seed) for seed in (5, 6, 7))
    control.cancel(store, cancelled.run_id)
    shutil.rmtree(removed.path)
    starts.runs = [one.run_id for one in (lost, running, failed, *done, cancelled, removed, waiting)]
    starts.clicks = 10  # two of them left no record at all
    account = starts.account()
    found = {"lost": 1, "running": 1, "failed": 1, "succeeded": 2, "cancelled": 1, "no record": 3, "queued": 1}
    assert account == {"started": 10, **found}
    assert account["started"] == sum(account[end] for end in ENDS)


def test_a_record_that_cannot_be_read_is_no_record(store):
    starts, broken = Starts(store), runs.asked(store)
    (broken.path / "run.json").write_text("{")
    starts.runs, starts.clicks = [broken.run_id], 1
    assert starts.account()["no record"] == 1


def size(actions: int, seconds: float, megabytes: float, drawing: float = 0.0) -> dict[str, float]:
    return {"actions": actions, "seconds": seconds, "megabytes": megabytes, "drawing": drawing}


def test_the_table_has_memory_by_quarter_after_a_rest_and_what_became_of_the_runs():
    sizes = [size(20 * at, 10.0 * at, 300.0 + at, 90.0) for at in range(9)] + [size(160, 150.0, 250.0)]
    account = {"started": 3, **dict.fromkeys(ENDS, 0), "succeeded": 2, "no record": 1}
    found = {"sizes": sizes, "actions": 160, "processor": 40.0, "took": {"move": {"n": 7, "median": 0.1, "p95": 0.5}},
             "failed": {"load: gone": 2}, "errors": 1, "runs": account}  # fmt: skip
    rows = {row["what"]: row for row in screen_rows(found)}
    quarters = [row["value"] for what, row in rows.items() if "quarters, MB, of which 90 draw" in what]
    assert quarters == [300.0, 302.0, 304.0, 306.0, 308.0]
    assert rows["memory after a rest, MB"]["value"] == 250.0 and rows["highest memory, MB"]["value"] == 308.0
    assert rows["growth in the second half, MB"]["value"] == 4.0
    assert (rows["actions that failed"]["value"], rows["errors shown on pages"]["value"]) == (2, 1)
    assert rows["a slider's move, 95th percentile, s"]["value"] == 0.5
    assert rows["processor time of an action, s"]["value"] == 0.25
    assert rows["runs: no record"] == {"what": "runs: no record", "value": 1, "target": 0, "n": 3}
    assert rows["runs: succeeded"]["target"] is None
    assert not any(what.startswith("runs") for what in {row["what"] for row in screen_rows({**found, "runs": None})})


def test_a_copy_to_start_runs_in_has_everything_but_what_waits(tmp_path):
    cache = tmp_path / "cache"
    waits = ("jobs.sqlite3", "jobs.sqlite3-journal", "locks/supervisor.lock", "children/one.json")
    for name in (*waits, "runs/a/run.json", "datasets/locks/dataset.json"):
        (cache / name).parent.mkdir(parents=True, exist_ok=True)
        (cache / name).write_text(name)
    copy_cache(cache, tmp_path / "copy")
    copied = {str(path.relative_to(tmp_path / "copy")) for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    assert copied == {"runs/a/run.json", "datasets/locks/dataset.json"}


def test_a_copy_that_the_disk_has_no_room_for_is_not_begun(tmp_path, monkeypatch):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "scores").write_bytes(b"x" * 4096)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=4095))
    with pytest.raises(StoreError, match=r"a copy of the cache to start runs in needs about .* set TMPDIR"):
        copy_cache(tmp_path / "cache", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
