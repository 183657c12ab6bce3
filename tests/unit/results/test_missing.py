"""Runs that numbers should rest on and do not are named, and only those."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hand.runs import finished_with, run_config
from hand.tables import add, flip_a_byte, rewrite, score

from scpo.jobs import control
from scpo.jobs.queue import Queue
from scpo.jobs.signs import Signing
from scpo.results.missing import missing_runs
from scpo.store.cache import Store
from scpo.store.housekeeping import quarantine
from scpo.store.scored import load_scored, runs_of
from scpo.store.studies import StudyPlan, write_study


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def scored(store):
    score(store, add(store), np.arange(48, dtype=np.float32)[::-1])
    return load_scored(store, "small", "rm")


@pytest.fixture
def runs(store, scored):
    """Three finished runs of the data set in a study, and one of another data set in another."""
    own = [finished_with(store, run_config(seed, **scored.names), np.arange(48, dtype=np.float32)) for seed in range(3)]
    other = finished_with(store, run_config(9), np.arange(48, dtype=np.float32))
    plan = {"plan": StudyPlan(), "countries": ["CHL"], "training": run_config().training}
    write_study(store, name="s", **scored.names, runs=[run.run_id for run in own], **plan)
    elsewhere = {"dataset": "prism", "dataset_key": "d", "model": "m", "model_key": "k"}
    write_study(store, name="t", **elsewhere, runs=[other.run_id], **plan)
    return [*own, other]


def test_nothing_is_missing_where_everything_can_be_read(store, scored, runs):
    assert missing_runs(store, scored) == {} and len(runs_of(store, scored)) == 3


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda run: flip_a_byte(run.path / "rewards.parquet"), "rewards.parquet is not the file that was written"),
        (lambda run: (run.path / "rewards.parquet").unlink(), "rewards.parquet is missing"),
        (lambda run: (run.path / "run.json").write_text("{"), "run.json is no valid JSON"),
        (lambda run: (run.path / "run.json").unlink(), "run.json is missing"),
        (lambda run: rewrite(run.path / "run.json", n_train=None), "has no counts of pairs"),
        (lambda run: quarantine(run.store, run.path), "is in quarantine: `scpo cache restore runs/"),
    ],
    ids=["flipped", "no rewards", "no JSON", "no record", "no counts", "quarantined"],
)
@pytest.mark.parametrize("study", [None, "s"])
def test_what_was_damaged_is_named_and_the_rest_is_read(store, scored, runs, damage, said, study):
    damage(runs[1])
    assert {run.run_id for run in runs_of(store, scored, study=study)} == {runs[0].run_id, runs[2].run_id}
    found = missing_runs(store, scored, study=study)
    assert list(found) == [runs[1].run_id] and said in found[runs[1].run_id]
    damage(runs[3])
    assert list(missing_runs(store, scored, study=study)) == [runs[1].run_id]  # of other data


def test_a_folder_that_is_gone_is_missed_where_the_queue_knows_that_it_was_finished(store, scored, runs):
    queue, run = Queue(store), runs[0]
    queue.put(run.run_id)
    job = queue.claim("me", "cpu")
    queue.finish(run.run_id, job.token, "succeeded")
    shutil.rmtree(run.path)
    assert missing_runs(store, scored) == {
        run.run_id: f"run {run.run_id} has finished, and its folder is gone: ask its study again"
    }


@pytest.mark.parametrize(("dataset", "named"), [("small", True), ("prism", False), (None, True)])
def test_a_study_whose_record_is_gone_is_named_unless_it_is_known_to_be_of_other_data(
    store, scored, runs, dataset, named
):
    folder = store.folder("studies", "s")
    (folder / "study.json").unlink()
    with Signing(store, "study-s", "study s", dataset=dataset, job=True):
        pass
    found = missing_runs(store, scored)
    assert ("study-s" in found) == named and len(runs_of(store, scored)) == 3
    assert not named or found["study-s"].startswith("studies/s/study.json is missing")


def test_a_run_that_was_removed_on_purpose_is_not_missing(store, scored, runs):
    control.remove(store, runs[0].run_id)
    assert missing_runs(store, scored) == {}
