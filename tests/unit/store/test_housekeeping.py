"""Check, mend, restore, clear away, back up: a flipped byte in every kind of file is found, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from hand.runs import finished
from hand.tables import add, flip_a_byte, rewrite, score
from world import FEW_PEOPLE, rows, write_rows

from scpo.data.limits import Limits
from scpo.errors import DataError, InputError, StoreError
from scpo.jobs.queue import Queue
from scpo.settings import Settings
from scpo.store.cache import Store, write_sealed
from scpo.store.datasets import load_info, load_tables
from scpo.store.housekeeping import backup, delete, quarantine, quarantined, restore, rubbish, unpack
from scpo.store.runs import list_runs
from scpo.store.scores import list_scores
from scpo.store.stars import PairStar, change, with_star
from scpo.store.studies import StudyPlan, write_study
from scpo.store.verify import verify
from scpo.work.register import add_dataset
from scpo.work.repair import repair


@pytest.fixture
def store(tmp_path) -> Store:
    """Return a cache with one entry of every kind."""
    store = Store(tmp_path / "cache")
    write_rows(tmp_path / "raw.csv", rows(FEW_PEOPLE))
    add_dataset(store, "mine", source="pairs", path=tmp_path / "raw.csv", settings=settings(store), group="circle")
    info = add(store)
    score(store, info, np.arange(48, dtype=np.float32))
    record = finished(store, 0)
    model = store.root / "runs" / record.run_id / "model"
    config = record.config
    write_study(
        store, name="s", plan=StudyPlan(), countries=["CHL"], training=config.training, runs=[record.run_id],
        **{name: getattr(config, name) for name in ("dataset", "dataset_key", "model", "model_key")},
    )  # fmt: skip
    assert not model.exists()
    with store.writing(store.folder("models", "abc"), record="model.json") as folder:
        (folder / "model.safetensors").write_bytes(bytes(64))
    store.kept("divergences", "k", lambda: {"n": 1})
    change(store, "small", lambda stars: with_star(stars, PairStar(pair_id="p000")))
    Queue(store).put("a")
    return store


def settings(store: Store) -> Settings:
    return Settings(cache_dir=store.root, device="cpu", offline=True)


def found(store: Store) -> list[str]:
    return [f"{one.kind}/{one.name}" for one in verify(store)]


def files_of(store: Store) -> list[str]:
    """List every file but those that say nothing: the sums themselves, and the global model's invented record."""
    every = (path for path in store.root.rglob("*") if path.is_file() and "locks" not in path.parts)
    return sorted(str(path.relative_to(store.root)) for path in every if path.name not in ("SHA256SUMS", "reserve"))


def test_a_whole_cache_has_no_finding_but_the_model_without_a_record(store):
    assert found(store) == ["models/abc"]
    shutil.rmtree(store.root / "models")
    assert found(store) == []


def test_a_flipped_byte_in_every_kind_of_file_is_found_with_its_entry(store):
    shutil.rmtree(store.root / "models")
    tried = files_of(store)
    kinds = {Path(name).name for name in tried}
    assert kinds >= {
        "asked.json", "dataset.json", "features.npy", "head.npy", "jobs.sqlite3", "log.jsonl", "meta.json",
        "metrics.parquet", "pairs.parquet", "raw.csv", "result.json", "rewards.parquet", "run.json", "stars.json",
        "study.json", "users.parquet", "utterances.parquet",
    }  # fmt: skip
    for name in tried:
        path = store.root / name
        whole = path.read_bytes()
        flip_a_byte(path)
        if name == "jobs.sqlite3":
            path.write_bytes(b"x" * len(whole))
        (finding,) = verify(store)
        assert f"{finding.kind}/{finding.name}".strip("/") == "/".join(Path(name).parts[:2]), name
        assert Path(name).name in finding.why and finding.broken and "\n" not in finding.why
        path.write_bytes(whole)
    assert found(store) == []


@pytest.mark.parametrize("damage", ["table", "record", "both"])
def test_a_data_set_is_rebuilt_from_the_raw_file_that_was_kept(store, tmp_path, damage):
    before, tables = load_info(store, "mine"), load_tables(store, "mine")
    (tmp_path / "raw.csv").unlink()  # what was read is kept in the cache
    entry = store.folder("datasets", "mine")
    if damage != "record":
        flip_a_byte(entry / "tables" / "pairs.parquet")
    if damage != "table":
        (entry / "dataset.json").unlink()
    (done,) = [one for one in repair(store, settings(store)) if one.kind == "datasets"]
    assert done.mended and done.said.startswith("rebuilt from")
    assert load_info(store, "mine").key == before.key and load_info(store, "mine").group == "circle"
    assert load_tables(store, "mine").pairs.equals(tables.pairs)
    assert "datasets/mine" not in found(store)
    assert [one.name for one in quarantined(store) if one.kind == "datasets"] == ["mine"]


def test_a_data_set_beyond_the_limits_is_rebuilt_within_what_was_allowed(tmp_path):
    store, raw = Store(tmp_path / "cache"), tmp_path / "raw.csv"
    long = ["x" * 16_000_001, *[""] * 200]
    write_rows(raw, [row | {"remark": one} for row, one in zip(rows(FEW_PEOPLE), long, strict=False)])
    asked = {"source": "pairs", "path": raw, "settings": settings(store)}
    with pytest.raises(DataError, match="row_megabytes=NUMBER"):
        add_dataset(store, "mine", **asked)
    info = add_dataset(store, "mine", **asked, limits=Limits(row_megabytes=17))
    flip_a_byte(store.folder("datasets", "mine") / "tables" / "pairs.parquet")
    (done,) = repair(store, settings(store))
    assert done.mended and load_info(store, "mine").key == info.key


def test_what_cannot_be_rebuilt_is_moved_to_quarantine_with_the_command_that_makes_it_and_comes_back_unchanged(store):
    path = store.folder("datasets", "small") / "tables" / "users.parquet"
    flip_a_byte(path)
    (key,) = (key for key, _ in list_scores(store, load_info(store, "small")))
    flip_a_byte(store.folder("scores", key) / "features.npy")
    broken = path.read_bytes()
    said = {f"{one.kind}/{one.name}": one for one in repair(store, settings(store))}
    assert not said["datasets/small"].mended and "`scpo data add` adds it again" in said["datasets/small"].said
    assert "`scpo score --data small --model rm` computes them again" in said[f"scores/{key}"].said
    assert found(store) == []
    with pytest.raises(InputError, match="no data set named small"):
        load_info(store, "small")
    assert restore(store, "datasets/small") == "datasets/small"
    assert path.read_bytes() == broken and found(store) == ["datasets/small"]
    with pytest.raises(InputError, match="datasets/small is not in quarantine: there is "):
        restore(store, "datasets/small")


def test_a_broken_run_is_asked_for_again_under_its_own_id(store):
    (run,) = list_runs(store)
    flip_a_byte(store.folder("runs", run.run_id) / "rewards.parquet")
    (done,) = [one for one in repair(store, settings(store)) if one.kind == "runs"]
    assert done.mended and "waits in the queue" in done.said
    (again,) = list_runs(store)
    assert (again.run_id, again.status, again.config) == (run.run_id, "queued", run.config)
    assert Queue(store).job(run.run_id).state == "queued"


def test_a_run_whose_record_is_lost_is_named_with_its_study(store):
    (run,) = list_runs(store)
    (store.folder("runs", run.run_id) / "run.json").unlink()
    (done,) = [one for one in repair(store, settings(store)) if one.kind == "runs"]
    assert not done.mended and "it belongs to the study s" in done.said


def test_a_damaged_queue_is_one_sentence_and_repair_makes_place_for_a_new_one(store):
    (store.root / "jobs.sqlite3").write_bytes(b"x" * 8192)
    with pytest.raises(StoreError, match=r"^jobs\.sqlite3 is damaged .*`scpo cache repair`"):
        Queue(store).jobs()
    repair(store, settings(store))
    assert Queue(store).jobs() == [] and len(list_runs(store)) == 1


def test_what_a_newer_version_wrote_is_named_and_left_where_it_is(store):
    rewrite(store.folder("studies", "s") / "study.json", format_version=99)
    (finding,) = [one for one in verify(store) if one.kind == "studies"]
    assert "newer scpo" in finding.why and not finding.broken
    assert not [one for one in repair(store, settings(store)) if one.kind == "studies"]
    assert (store.folder("studies", "s") / "study.json").is_file()


def test_restoring_never_takes_the_place_of_what_is_there(store):
    shutil.copytree(store.folder("studies", "s"), store.folder("studies", "kept"))
    quarantine(store, store.folder("studies", "s"))
    store.folder("studies", "kept").rename(store.folder("studies", "s"))
    with pytest.raises(StoreError, match="studies/s is there again"):
        restore(store, "studies/s")


def test_only_old_leftovers_and_old_quarantine_are_rubbish_and_never_what_a_run_refers_to(store):
    fresh, old = store.root / "scores" / ".a.tmp", store.root / "scores" / ".b.tmp"
    resumable, given_up = store.root / "scores" / ".k.parts", store.root / "scores" / ".l.parts"
    for path, days in ((fresh, 0), (old, 2), (resumable, 2), (given_up, 40)):
        path.mkdir()
        os.utime(path, (time.time() - days * 24 * 3600,) * 2)
    (run,) = list_runs(store)
    aside = store.root / "quarantine"
    for kind, name in (("runs", run.run_id), ("datasets", "mine"), ("datasets", "small")):
        quarantine(store, store.folder(kind, name))
    (aside / f"runs-{run.run_id}-20200101T000000000000").mkdir()  # an older copy of the same run
    assert [path.name for path in rubbish(store, older_than_days=30)] == [
        ".b.tmp", ".l.parts", f"runs-{run.run_id}-20200101T000000000000",
    ]  # fmt: skip
    now = {path.name.split("-")[1] for path in rubbish(store, older_than_days=0) if path.parent == aside}
    assert now == {"mine", "small", run.run_id}
    assert run.config.dataset not in now
    for path in rubbish(store, older_than_days=0):
        delete(path)
    assert restore(store, f"runs/{run.run_id}")  # the study refers to it: its newest copy stayed
    assert [one.run_id for one in list_runs(store)] == [run.run_id]
    assert fresh.is_dir() and resumable.is_dir()


def test_the_data_set_of_a_run_stays_in_quarantine(store):
    record = finished(store, 1, dataset="small")
    quarantine(store, store.folder("datasets", "small"))
    assert record.config.dataset == "small" and rubbish(store, older_than_days=0) == []


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_a_backup_comes_back_as_the_same_cache_elsewhere(store, tmp_path, name):
    shutil.rmtree(store.root / "models")
    (store.root / "scores" / ".half").mkdir()
    write_sealed(store.root / "progress" / "x.json", {})
    n = backup(store, tmp_path / name)
    other = Store(tmp_path / "other")
    unpack(other, tmp_path / name)
    kept = [file for file in files_of(store) if not file.startswith("progress")]
    assert files_of(other) == kept and n >= len(kept)
    for file in kept:
        if not file.endswith("sqlite3"):
            assert (other.root / file).read_bytes() == (store.root / file).read_bytes(), file
    assert [job.job_id for job in Queue(other).jobs()] == ["a"]
    assert verify(other) == []
    with pytest.raises(InputError, match="holds a cache already"):
        unpack(other, tmp_path / name)


def test_a_backup_into_the_cache_and_a_file_that_is_none_are_refused(store, tmp_path):
    for path in (store.root / "a.tar", tmp_path / "a.zip"):
        with pytest.raises(InputError, match="is no place for a backup"):
            backup(store, path)
    (tmp_path / "a.tar").write_text("no")
    with pytest.raises(InputError, match="is no backup"):
        unpack(Store(tmp_path / "other"), tmp_path / "a.tar")


def test_the_command_says_what_is_broken_with_a_code_and_deletes_only_with_yes(store, monkeypatch, capfd):
    from scpo.cli.main import app

    monkeypatch.setenv("SCPO_CACHE_DIR", str(store.root))
    assert app(["cache", "verify", "--json"], standalone_mode=False) == 1
    document = json.loads(capfd.readouterr().out)
    assert [one["name"] for one in document["findings"]] == ["abc"] and document["quarantine"] == []
    app(["cache", "repair"], standalone_mode=False)
    assert "models/abc: moved to quarantine" in capfd.readouterr().err
    assert not app(["cache", "verify"], standalone_mode=False)
    app(["cache", "gc", "--older-than", "0"], standalone_mode=False)
    assert "1 leftover found; --yes deletes" in capfd.readouterr().err and len(quarantined(store)) == 1
    app(["cache", "gc", "--older-than", "0", "--yes"], standalone_mode=False)
    assert quarantined(store) == []
