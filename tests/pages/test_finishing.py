"""A run that finishes while people look: what does not depend on it is neither read nor computed again."""

from __future__ import annotations

import numpy as np
import pytest
from hand.runs import finished_with

from dashboard.frame import load
from dashboard.frame.state import Selection
from dashboard.report import view as report
from scpo import results
from scpo.results import checks
from scpo.store.cache import write_json
from scpo.store.runs import RunDirectory
from scpo.store.studies import read_study


@pytest.fixture
def seen(own_cache, monkeypatch):
    """A cache with a study, and how pages name its state now."""
    store = own_cache("many")
    monkeypatch.setenv("SCPO_CACHE_DIR", str(store.root))
    return store, lambda: Selection("tastes", "rm", fingerprint=results.fingerprint(store, "tastes", "rm"))


def finish(store, selection, seed=77):
    """Have another run finish, of no study."""
    one = load.load_finished(selection)[0]
    rewards = RunDirectory(store, one.run_id).rewards(len(load.load_scored(selection).utterances))
    return finished_with(store, one.config.model_copy(update={"seed": seed}), np.asarray(rewards))


def test_a_run_that_finishes_is_read_alone_and_the_data_are_not_read_again(seen, monkeypatch):
    store, now = seen
    before = now()
    scored, runs = load.load_scored(before), load.load_finished(before)
    new, read, rewards = finish(store, before), [], RunDirectory.rewards
    monkeypatch.setattr(RunDirectory, "rewards", lambda self, n: read.append(self.run_id) or rewards(self, n))
    after = now()
    assert after.scores != before.scores and after.without_runs() == before.without_runs()
    assert load.load_scored(after) is scored
    found = {run.run_id: run for run in load.load_finished(after)}
    assert set(found) == {*(run.run_id for run in runs), new.run_id} and read == [new.run_id]
    assert all(found[run.run_id] is run for run in runs)
    assert np.array_equal(found[new.run_id].gap, runs[0].gap)


def test_a_report_is_made_of_the_runs_of_its_study(seen):
    store, now = seen
    study, before = read_study(store, "paper"), now()
    rests = report._rests_on(before, study)
    assert set(study.runs) & {run.run_id for run in load.load_finished(before)} <= set(rests)
    finish(store, before)
    assert report._rests_on(now(), study) == rests
    gone = next(run for run in study.runs if run in rests)
    (store.folder("runs", gone) / "run.json").write_text("{")
    after = report._rests_on(now(), study)
    assert gone not in after and any(one.startswith(f"{gone}: ") for one in after)


def test_a_check_of_all_runs_that_is_kept_is_a_cause_of_a_report_until_another_run_finishes(seen):
    store, now = seen
    study, before = read_study(store, "paper"), now()
    rests, every = report._rests_on(before, study), load.load_finished(before)
    row = checks.CHECKS["length"]
    key = checks.load.check_key(load.load_scored(before), every, "length", level=0.95, repeats=row.repeats, seed=0)
    write_json(store.folder("checks", key) / "result.json", {})
    assert key in report._rests_on(before, study) and key not in rests
    finish(store, before)
    assert key not in report._rests_on(now(), study)


def test_the_state_of_data_and_scores_does_not_name_the_runs(seen):
    store, now = seen
    before = now().fingerprint
    finish(store, now())
    after = now().fingerprint
    assert before != after and before.partition(".")[0] == after.partition(".")[0] != ""
