"""A cache that lies elsewhere now: numbers, stars and the queue are the same, and work goes on from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner
from world import copy_of, settings

from scpo.cli.main import app
from scpo.config import ObjectiveConfig, TrainingConfig
from scpo.jobs import control
from scpo.jobs.queue import Queue
from scpo.store.cache import Store
from scpo.store.runs import list_runs
from scpo.store.stars import PairStar, change
from scpo.work.context import Work
from scpo.work.requests import RunRequest
from scpo.work.run import resolve_run
from scpo.work.worker import work_on

ON = ("--data", "tastes", "--model", "rm")
SHORT = TrainingConfig(steps=1, learning_rate=1e-3, batch_pairs=8)


def scpo(*words: str) -> str:
    found = CliRunner().invoke(app, [*words])
    assert found.exit_code == 0, (words, found.output, found.exception)
    return found.stdout


def said() -> list[object]:
    """What commands say of a cache, without when it was said."""
    words = [("runs",), ("frontier", *ON), ("bias", *ON), ("stars", "list", "--data", "tastes"), ("data", "list")]
    return [json.loads(scpo(*one, "--json")) for one in words]


@pytest.fixture
def moved(world_folder, tmp_path, monkeypatch):
    """The cache before and after: its first folder, its second, the id of a run that waits, and what was said first."""
    monkeypatch.setenv("SCPO_DEVICE", "cpu")
    monkeypatch.setenv("SCPO_OFFLINE", "1")
    first, second = tmp_path / "first" / "cache", tmp_path / "second" / "deeper"
    store = copy_of(world_folder, "one", first)
    monkeypatch.setenv("SCPO_CACHE_DIR", str(first))
    trained = next(run for run in list_runs(store) if run.status == "succeeded" and run.config.training.steps)
    scpo("score", "--data", "tastes", "--model", f"run:{trained.run_id}")
    change(store, "tastes", lambda stars: [PairStar(pair_id="0", note="look")])
    full = ObjectiveConfig(method="full")
    request = RunRequest(data="tastes", model="rm", country="CHL", objective=full, training=SHORT, seed=99)
    config, _ = resolve_run(Work(store, settings(store)), request)
    control.ask_run(store, config)
    before = said()
    second.parent.mkdir()
    first.rename(second)
    monkeypatch.setenv("SCPO_CACHE_DIR", str(second))
    return first, Store(second), config.run_id, trained.run_id, before


def test_a_cache_that_was_moved_says_the_same_and_its_queue_and_its_models_go_on(moved):
    first, store, waiting, trained, before = moved
    assert said() == before
    scpo("cache", "verify")
    queue = Queue(store)
    job = queue.claim("here:1", "cpu")
    assert job.job_id == waiting
    assert work_on(Work(store, settings(store)), waiting, job.token) == "succeeded"
    ran = scpo("run", "--data", "tastes", "--model", f"run:{trained}", "--country", "CHL", "--method", "full",
               "--steps", "1", "--json")  # fmt: skip
    assert json.loads(ran)["status"] == "succeeded"
    assert not first.exists()


def test_where_the_cache_lay_stands_only_in_what_says_where_something_was_read(moved):
    first, store, *_ = moved
    named = {
        str(path.relative_to(store.root).parts[0]) + "/" + path.name
        for path in store.root.rglob("*")
        if path.is_file() and str(first).encode() in path.read_bytes()
    }
    assert named <= {"scores/meta.json", "datasets/dataset.json", "audit.jsonl/audit.jsonl"}, named
    assert Path(store.root, "stars").is_dir()
