"""The room on the disk is asked for before the work, with an estimate that can be checked by hand."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest
from hand.tables import add
from world import FEW_PEOPLE, rows, write_rows

from scpo.config import TrainingConfig
from scpo.errors import StoreError
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.work import room
from scpo.work.register import add_dataset

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def disk(monkeypatch):
    """Return a function that leaves so many bytes free on every disk."""
    return lambda free: monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(2**40, 0, free))


def test_work_that_fits_begins_and_other_work_says_what_it_needs_and_what_there_is(tmp_path, disk):
    disk(3 * 2**20)
    room.need_room(tmp_path / "new" / "cache", 3 * 2**20, "scoring x")
    with pytest.raises(StoreError, match=r"^scoring x needs about 1,536.0 GiB and the disk of .* has 3.0 MiB free: "):
        room.need_room(tmp_path, 1.5 * 2**40, "scoring x")


def test_a_training_needs_the_model_and_two_checkpoints_with_both_moments():
    assert room.training_bytes(100, TrainingConfig(steps=2)) == 100 + 2 * 3 * 100
    assert room.training_bytes(100, TrainingConfig(last_layer_ridge=0.5)) == 100


def test_a_data_set_needs_its_tables_and_the_copy_of_its_file_and_nothing_is_left_where_they_do_not_fit(tmp_path, disk):
    store, file = Store(tmp_path / "cache"), tmp_path / "raw.csv"
    write_rows(file, rows(FEW_PEOPLE))
    settings = Settings(cache_dir=store.root, offline=True)
    disk(2 * file.stat().st_size - 1)
    with pytest.raises(StoreError, match=r"^data set mine needs about"):
        add_dataset(store, "mine", source="pairs", path=file, settings=settings)
    assert store.names("datasets") == []
    disk(2 * file.stat().st_size)
    assert add_dataset(store, "mine", source="pairs", path=file, settings=settings).name == "mine"
    added = store.folder("datasets", "mine")
    assert sum(path.stat().st_size for path in added.rglob("*") if path.is_file()) < 3 * file.stat().st_size


def test_the_size_of_a_model_elsewhere_is_not_known(tmp_path):
    assert room.saved_bytes("owner/name@commit") == 0
    assert add(Store(tmp_path)).name == "small"
