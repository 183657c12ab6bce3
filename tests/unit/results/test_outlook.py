"""How long runs still take: by hand, and against a simulated queue whose end is known."""

import pytest
from hand import runs

from scpo import results
from scpo.config import ObjectiveConfig
from scpo.jobs.signs import Sign
from scpo.results.outlook import Durations, Experience, Turn, seconds_left, turns
from scpo.store.cache import Store
from scpo.store.studies import StudyPlan, write_study

KNOWN = Durations(before=5, training=40, after=15, n_runs=3)


def sign(stage, done, eta=None):
    return Sign(pid=1, pid_started=0.0, stage=stage, done=done, total=8, eta_seconds=eta)


@pytest.mark.parametrize(
    ("now", "since_claim", "since_start", "left"),
    [
        (None, 2, None, 3 + 40 + 15),  # claimed, its process begins
        (sign("loading", 0), 9, None, 40 + 15),  # loads longer than others did
        (sign("training", 2), 7, 2, 30 + 15),  # by what others took, until its own pace is known
        (sign("training", 4, eta=100), 60, 54, 100 + 15),  # slower than others
        (sign("testing", 1), 60, 50, 5),
        (sign("testing", 1, eta=9), 60, 50, 9),
        (sign("testing", 8), 99, 90, 0),  # longer than others did: soon
        (sign("fitting the last layer", 0), 6, 1, 40 + 15),
    ],
)
def test_the_time_left_is_that_of_all_stages_to_come(now, since_claim, since_start, left):
    assert seconds_left(KNOWN, now, since_claim=since_claim, since_start=since_start) == left
    assert seconds_left(None, now, since_claim=since_claim, since_start=since_start) is None


def test_each_slot_takes_the_next_job_as_soon_as_it_is_free():
    found = turns([10.0, 3.0], {"a": 5.0, "b": 1.0, "c": 4.0}, slots=2)
    assert found == {"a": Turn(3, 8), "b": Turn(8, 9), "c": Turn(9, 13)}


def test_what_follows_work_of_unknown_length_is_unknown_but_not_what_goes_before():
    assert turns([7.0], {"a": 5.0, "b": None, "c": 4.0}, slots=1) == {
        "a": Turn(7, 12),
        "b": Turn(12, None),
        "c": Turn(None, None),
    }


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def test_what_finished_runs_took_is_their_median_from_the_claim_on(store):
    records = [
        runs.finished(store, seed).model_copy(
            update={"started_at": f"2026-01-01T00:0{seed}:{loaded:02d}+00:00", "seconds": took, "training_seconds": 20}
        )
        for seed, (loaded, took) in enumerate([(4, 26.0), (5, 22.0), (9, 80.0)])
    ]
    claimed = {one.run_id: f"2026-01-01T00:0{one.config.seed}:00+00:00" for one in records}
    known = Experience(records, claimed)
    assert known.durations(records[0].config, "cpu") == Durations(before=5, training=20, after=6, n_runs=3)
    assert known.durations(records[0].config, "cuda:0") is None
    assert known.durations(runs.run_config(0, dataset_key="other"), "cpu") is None


def test_runs_of_its_own_method_tell_alone_once_there_are_three(store):
    full = ObjectiveConfig(method="full")
    for seed in range(4):
        runs.finished(store, seed, seconds=20)
    for seed in range(2):
        runs.finished(store, seed, seconds=100, objective=full)
    config = runs.run_config(9, objective=full)
    assert Experience.of(store).durations(config, "cpu").total == 20
    runs.finished(store, 2, seconds=100, objective=full)
    assert Experience.of(store).durations(config, "cpu").total == 100


def state(store, **given):
    return results.read_busy(store, results.load_known(store), **given)


def test_an_idle_queue_is_not_busy_and_makes_no_file(store, tmp_path):
    found = state(store)
    assert not found and found.ends_in is None and found.studies == () and list(tmp_path.iterdir()) == []


def test_a_busy_queue_counts_its_studies_and_foretells_their_ends(store):
    ids = [runs.finished(store, 0, seconds=60).run_id, runs.running(store, 1, steps=4).run_id]
    ids += [runs.asked(store, seed).run_id for seed in (2, 3)]
    alone = runs.asked(store, 4).run_id
    names = {"dataset": "prism", "dataset_key": "d", "model": "m", "model_key": "k"}
    training = runs.run_config().training
    write_study(store, name="sweep", plan=StudyPlan(), countries=["CHL"], training=training, runs=ids, **names)
    found = state(store)
    (study,) = found.studies
    assert study[:8] == ("sweep", "prism", "m", False, 4, 1, 1, 2)
    assert [job.job_id for job in found.waiting] == [*ids[2:], alone]
    # The running one trains 90 s at its own pace, then tests 45 s as the finished one did.
    assert found.turns[ids[1]].ends_in == pytest.approx(135)
    assert study.ends_in == pytest.approx(135 + 2 * 60) and found.ends_in == pytest.approx(135 + 3 * 60)


def test_a_study_that_is_prepared_has_no_end_yet(store):
    runs.finished(store, 0)
    runs.asked_study(store)
    runs.asked(store, 1)
    found = state(store)
    (study,) = found.studies
    assert study.preparing and (study.name, study.n_runs, study.ends_in) == ("sweep", 0, None)
    assert found.ends_in is None and found.turns[found.waiting[0].job_id].ends_in == 60


def test_work_whose_process_is_gone_holds_nobody_up(store):
    runs.finished(store, 0)
    runs.lost(store, 1)
    waiting = runs.asked(store, 2).run_id
    found = state(store)
    assert found.running == () and found.turns[waiting] == Turn(0, 60)
