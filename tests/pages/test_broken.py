"""Broken entries of a cache: a page shows the rest and names them, and looking moves nothing."""

from __future__ import annotations

import pytest
from hand import runs
from hand.tables import add, flip_a_byte
from reading import words


def test_a_broken_run_is_named_on_the_page_runs_and_the_others_are_shown(open_page, store):
    runs.finished(store, 0)
    spoilt = runs.finished(store, 1).run_id
    record = store.root / "runs" / spoilt / "run.json"
    record.write_text(record.read_text().replace('"seed": 1', '"seed": 12345678901234567890'))
    at = open_page("runs", store)
    assert not at.exception and not at.error
    assert f"runs/{spoilt}/run.json is no valid JSON (a whole number has 20 digits)" in words(at)
    assert "1 finished" in words(at)
    assert at.dataframe[0].value["Status"].tolist() == ["✓ Finished"]
    assert record.exists()


def test_a_study_that_is_gone_and_a_damaged_queue_are_named_on_the_page_runs_and_the_runs_are_shown(open_page, store):
    (store.root / "studies" / "sweep").mkdir(parents=True)
    asked = [runs.asked(store, seed).run_id for seed in range(3)]
    queue = store.root / "jobs.sqlite3"
    content = bytearray(queue.read_bytes())
    content[4096:8192] = bytes(4096)
    queue.write_bytes(content)
    at = open_page("runs", store)
    assert not at.exception and not at.error
    said = words(at)
    assert "studies/sweep/study.json is missing" in said
    assert "jobs.sqlite3 is damaged" in said and "0 jobs can be read, 3 cannot" in said and asked[0] in said
    assert sorted(at.dataframe[0].value["Run"]) == sorted(asked)
    assert queue.read_bytes() == content


def test_broken_data_sets_are_named_in_the_sidebar_of_every_page_and_the_rest_is_offered(open_page, store):
    add(store)
    add(store, "half")
    flip_a_byte(store.root / "datasets" / "half" / "dataset.json")
    (store.root / "datasets" / "etc").mkdir()
    for page in ("runs", "data"):
        at = open_page(page, store)
        assert not at.exception and not at.error
        assert at.sidebar.selectbox[0].options == ["small"]
        said = " ".join(one.value for one in at.sidebar.caption).replace("\\", "")
        assert "datasets/etc/dataset.json is missing" in said and "datasets/half/dataset.json is" in said
    assert store.names("datasets") == ["etc", "half", "small"]


def test_where_every_data_set_is_broken_the_page_says_which(open_page, store):
    add(store)
    (store.root / "datasets" / "small" / "dataset.json").unlink()
    at = open_page("brief", store)
    assert not at.exception and not at.error
    assert "datasets/small/dataset.json is missing" in words(at)


@pytest.mark.parametrize("page", ["brief", "tradeoff", "bias", "compare", "behaviour", "report"])
def test_a_run_whose_rewards_are_broken_is_named_and_the_others_are_shown(open_page, own_cache, many, page):
    store = own_cache("many")
    run = many.runs[0].run_id
    flip_a_byte(store.root / "runs" / run / "rewards.parquet")
    at = open_page(page, store)
    assert not at.exception and not at.error
    said = f"Missing from these figures: runs/{run}/rewards.parquet is not the file that was written"
    assert said in words(at) and "No run is finished yet" not in words(at)


def test_a_study_that_is_gone_may_have_had_runs_and_no_figure_is_said_to_lack_them(open_page, own_cache):
    store = own_cache("many")
    (store.root / "studies" / "sweep").mkdir(parents=True)
    found = words(open_page("bias", store))
    assert "Whether runs are missing from these figures is not known: studies/sweep/study.json is missing" in found
    assert "`scpo cache repair`" in found and "Missing from these figures" not in found


def test_a_lost_study_is_not_counted_among_the_runs_that_figures_lack(open_page, own_cache, many):
    store = own_cache("many")
    (store.root / "studies" / "sweep").mkdir(parents=True)
    flip_a_byte(store.root / "runs" / many.runs[0].run_id / "rewards.parquet")
    found = words(open_page("bias", store))
    assert "Missing from these figures: runs/" in found and "1 more" not in found
