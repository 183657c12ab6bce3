"""Starred pairs: kept, in order, by data set."""

import json

import pytest

from scpo.errors import InputError, StoreError
from scpo.store.cache import Store
from scpo.store.stars import read_stars, star


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def test_nothing_is_starred_at_first_and_reading_writes_nothing(store):
    assert read_stars(store, "sample") == []
    assert list(store.root.iterdir()) == []


def test_stars_are_kept_in_the_order_they_were_given_each_once(store):
    star(store, "sample", ["p2", "p1", "p2"])
    assert star(store, "sample", ["p1", "p3"]) == ["p2", "p1", "p3"]
    assert read_stars(store, "sample") == ["p2", "p1", "p3"]


def test_a_star_is_taken_away_and_one_that_is_not_there_is_no_error(store):
    star(store, "sample", ["p1", "p2"])
    assert star(store, "sample", ["p1", "p9"], starred=False) == ["p2"]


def test_data_sets_have_their_own_stars(store):
    star(store, "sample", ["p1"])
    assert read_stars(store, "prism") == []


def test_the_moment_of_a_star_is_kept_when_others_follow(store):
    star(store, "sample", ["p1"])
    path = store.folder("stars", "sample") / "stars.json"
    content = json.loads(path.read_text())
    content["pairs"][0]["starred_at"] = "2026-01-01T00:00:00+00:00"
    path.write_text(json.dumps(content))
    star(store, "sample", ["p1", "p2"])
    assert json.loads(path.read_text())["pairs"][0]["starred_at"] == "2026-01-01T00:00:00+00:00"


def test_a_file_of_another_version_is_named_and_a_broken_one_is_moved_aside(store):
    star(store, "sample", ["p1"])
    path = store.folder("stars", "sample") / "stars.json"
    path.write_text('{"format_version": 9, "stars": []}')
    with pytest.raises(StoreError, match="starred pairs of sample was written by a newer scpo"):
        read_stars(store, "sample")
    path.write_text("{")
    with pytest.raises(StoreError, match="quarantine"):
        read_stars(store, "sample")
    assert read_stars(store, "sample") == []


def test_no_name_leads_out_of_the_cache_and_no_star_is_without_a_pair(store):
    with pytest.raises(InputError):
        star(store, "../other", ["p1"])
    with pytest.raises(InputError):
        star(store, "sample", [""])
