"""The run directory: asked twice it exists once, what is broken says so, the log survives a kill."""

import os
import subprocess

import numpy as np
import pandas as pd
import pytest
from hand.tables import flip_a_byte, rewrite

from scpo.config import ObjectiveConfig, RunConfig, TrainingConfig
from scpo.errors import Cancelled, InputError, RunError, StoreError
from scpo.settings import PROJECT_ROOT
from scpo.store.broken import broken_entries
from scpo.store.cache import Store
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory, list_runs


def run_config(**changes) -> RunConfig:
    given = {
        "dataset": "prism",
        "dataset_key": "d",
        "model": "m",
        "model_key": "k",
        "country": "CHL",
        "objective": ObjectiveConfig(method="full"),
        "training": TrainingConfig(steps=8),
    }
    return RunConfig.model_validate(given | changes)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def directory(store):
    made = RunDirectory(store, run_config().run_id)
    made.ask(run_config())
    return made


REWARDS = pd.DataFrame({"utterance": np.array([4, 1], dtype=np.int32), "reward": np.array([0.5, -2], dtype=np.float32)})
METRICS = pd.DataFrame(
    {
        "tested_on": ["CHL"],
        "subset": ["all_country"],
        "value": [0.5],
        "low": [np.nan],
        "high": [np.nan],
        "level": [0.95],
        "n_pairs": [2],
        "n_users": [1],
        "n_ties": [0],
        "design_effect": [np.nan],
    }
)


def test_a_run_asked_for_twice_exists_once_and_keeps_its_first_moment(store, directory):
    first = directory.record()
    again = directory.ask(run_config(dataset="other name"))
    assert again == first
    assert [record.run_id for record in list_runs(store)] == [run_config().run_id]
    assert first.status == "queued" and first.config == run_config()


def test_a_run_that_was_never_asked_for_is_bad_input(store):
    with pytest.raises(InputError, match="there is no run abc"):
        RunDirectory(store, "abc").record()


def test_a_started_run_knows_device_and_versions_and_has_forgotten_its_last_error(directory):
    directory.fail(RunError("before"))
    record = directory.start(device="cpu")
    assert (record.status, record.device, record.error, record.traceback) == ("running", "cpu", None, None)
    assert record.versions["torch"] and record.versions["scpo"] and record.python


def test_a_finished_run_gives_back_its_rewards_by_row_and_its_metrics(directory):
    directory.start(device="cpu")
    record = directory.finish(REWARDS, METRICS, seconds=1.0)
    assert record.status == "succeeded" and record.seconds == 1.0
    assert directory.rewards(6).tolist()[4] == 0.5 and directory.rewards(6).tolist()[1] == -2
    assert np.isnan(directory.rewards(6)[[0, 2, 3, 5]]).all()
    assert directory.metrics()["value"].tolist() == [0.5]


@pytest.mark.parametrize("read", [lambda d: d.rewards(6), lambda d: d.metrics()], ids=["rewards", "metrics"])
def test_a_run_without_a_result_says_its_status(directory, read):
    with pytest.raises(InputError, match="its status is queued"):
        read(directory)


@pytest.mark.parametrize("name", ["rewards", "metrics"])
def test_a_broken_table_is_named_and_moves_nothing(store, directory, name):
    directory.finish(REWARDS, METRICS)
    flip_a_byte(directory.path / f"{name}.parquet")
    for _ in range(2):
        with pytest.raises(StoreError, match=rf"^runs/{directory.run_id}/{name}\.parquet is not the file"):
            directory.rewards(6) if name == "rewards" else directory.metrics()
    assert [record.run_id for record in list_runs(store)] == [directory.run_id]


SPOILT = {
    "half of it": lambda record: record[: len(record) // 2],
    "a seed of 20 digits": lambda record: record.replace('"seed": 0', '"seed": 12345678901234567890'),
    "an infinite number": lambda record: record.replace('"seconds": 2.5', '"seconds": 1e999'),
    "no number": lambda record: record.replace('"seconds": 2.5', '"seconds": NaN'),
    "another number": lambda record: record.replace('"seconds": 2.5', '"seconds": 2.6'),
    "no moment": lambda record: record.replace('"asked_at": "', '"asked_at": "x'),
    "a list": lambda record: "[]",
    "deep": lambda record: "[" * 100_000,
    "another run": lambda record: record.replace('"run_id": "', '"run_id": "x'),
    "no text": lambda record: "\ud800",
    "nothing": lambda record: "",
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_record_is_named_and_left_out_of_the_list_and_moves_nothing(store, directory, how):
    directory.finish(REWARDS, METRICS, seconds=2.5)
    other = RunDirectory(store, "other")
    other.write(directory.record().model_copy(update={"run_id": "other"}))
    path = directory.path / "run.json"
    spoilt = SPOILT[how](path.read_text())
    path.write_bytes(spoilt.encode(errors="surrogatepass"))
    with pytest.raises(StoreError, match=r"run\.json"):
        directory.record()
    assert [record.run_id for record in list_runs(store)] == ["other"]
    (sentence,) = broken_entries(store).values()
    assert directory.run_id in sentence and "run.json" in sentence and "\n" not in sentence
    assert path.exists() and not (store.root / "quarantine").exists()


def test_a_record_of_another_version_says_so(directory):
    rewrite(directory.path / "run.json", new_field=1)
    with pytest.raises(StoreError, match="of another version or was changed"):
        directory.record()


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (RunError("raise tau"), "failed", "raise tau"),
        (ValueError("shape"), "failed", "ValueError: shape"),
        (MemoryError(), "failed", "the memory does not suffice: lower batch_pairs"),
        (Cancelled("stopped after step 3"), "cancelled", "stopped after step 3"),
        (KeyboardInterrupt(), "cancelled", "interrupted"),
    ],
    ids=lambda value: str(value) or type(value).__name__,
)
def test_how_a_run_ended_is_told_in_one_sentence(directory, error, status, sentence):
    directory.start(device="cpu")
    record = directory.fail(error)
    assert record.status == status
    assert record.error.startswith(sentence)
    assert "\n" not in record.error
    assert record.finished_at is not None and type(error).__name__ in record.traceback
    assert directory.record() == record


def test_the_log_is_read_back_line_by_line(directory):
    assert directory.read_log() == []
    for step in (1, 2):
        directory.log({"step": step, "loss": 0.5})
    assert directory.read_log() == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.5}]


def test_a_half_written_last_line_is_left_out(directory):
    directory.log({"step": 1})
    with (directory.path / "log.jsonl").open("ab") as stream:
        stream.write('{"step": 2, "text": "é'.encode()[:-1])
    assert directory.read_log() == [{"step": 1}]


def test_a_run_that_goes_on_after_half_a_line_has_a_readable_log(directory):
    directory.log({"step": 1})
    with (directory.path / "log.jsonl").open("a") as stream:
        stream.write('{"step": 2, "lo')
    directory.start(device="cpu")
    directory.log({"step": 2})
    assert directory.read_log() == [{"step": 1}, {"step": 2}]


def test_steps_that_were_done_again_after_a_resume_occur_once(directory):
    for step, loss in ((1, 0.9), (2, 0.8), (3, 0.7), (2, 0.6), (3, 0.5)):
        directory.log({"step": step, "loss": loss})
    assert directory.read_log() == [{"step": 1, "loss": 0.9}, {"step": 2, "loss": 0.6}, {"step": 3, "loss": 0.5}]


def test_a_record_of_the_version_before_is_read_and_says_what_it_does_not_know(directory):
    path = directory.path / "run.json"
    rewrite(path, drop=("source_revision",), format_version=1)
    record = directory.record()
    assert record.format_version == 2 and record.source_revision is None
    assert record.config == run_config()


def test_a_record_of_a_newer_version_is_refused(directory):
    path = directory.path / "run.json"
    rewrite(path, format_version=99, colour="red")
    with pytest.raises(StoreError, match="written by a newer scpo"):
        directory.record()


def test_a_run_says_from_which_source_it_ran(directory):
    found = directory.start(device="cpu").source_revision
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    assert (found or "").removesuffix("-dirty") == head


def test_every_field_of_the_record_is_explained():
    assert [name for name, field in RunRecord.model_fields.items() if not field.description] == []


def test_runs_are_listed_oldest_first(store):
    ids = []
    for seed, moment in ((0, "2026-01-02"), (1, "2026-01-01")):
        config = run_config(seed=seed)
        made = RunDirectory(store, config.run_id)
        made.ask(config)
        made.update(asked_at=moment)
        ids.append(config.run_id)
    assert [record.run_id for record in list_runs(store)] == ids[::-1]


def test_a_record_that_lies_still_is_read_once_and_a_later_version_is_seen(store, monkeypatch):
    directory = RunDirectory(store, run_config().run_id)
    directory.ask(run_config())
    path, parsed = directory.path / "run.json", []
    whole = Store._parse
    monkeypatch.setattr(Store, "_parse", lambda self, where, what: parsed.append(where) or whole(self, where, what))
    assert [directory.record().status for _ in range(2)] == ["queued"] * 2
    assert len(parsed) == 2  # just written: a second version could look the same
    os.utime(path, (1, 1))
    first = directory.record()
    first.status = "lost"
    assert directory.record().status == "queued" and len(parsed) == 3  # whoever changes a copy changes no other
    directory.update(status="failed")
    assert directory.record().status == "failed"
    os.utime(path, (1, 1))
    directory.record()
    path.write_text("{")
    with pytest.raises(StoreError):
        directory.record()
    path.unlink()
    with pytest.raises(StoreError, match="missing"):
        directory.record()
