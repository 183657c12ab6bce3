"""What runs will cost: medians over comparable runs, worked out by hand."""

from __future__ import annotations

import pytest
from hand import runs

from scpo.config import TrainingConfig
from scpo.results import cost
from scpo.store.cache import Store
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory

BUDGET = TrainingConfig(steps=8)


def record(seed: int = 0, *, training: float | None = 20.0, seconds: float | None = 25.0, **changes) -> RunRecord:
    """Return a finished run that saw 100 pairs, each four times."""
    config = runs.run_config(seed, **changes.pop("config", {}))
    facts = {"status": "succeeded", "device": "cpu", "n_kept": 100, "passes": 4.0} | changes
    return RunRecord(
        run_id=config.run_id, config=config, asked_at="2026-01-01", seconds=seconds, training_seconds=training, **facts
    )


def test_the_rates_are_medians_per_pair_and_per_run():
    found = cost.rates([record(0, training=20, seconds=25), record(1, training=40, seconds=41), record(2, training=30)])
    assert found.seconds_per_pair == pytest.approx(30 / 400)
    assert found.overhead_seconds == pytest.approx(1.0)  # of 5, 1 and -5
    assert found.n_runs == 3


def test_without_a_run_that_knows_its_times_nothing_is_known():
    assert cost.rates([]) == cost.Rates()
    assert cost.rates([record(training=None), record(1, passes=None), record(2, n_kept=0)]) == cost.Rates()


def test_only_runs_of_the_same_model_budget_and_kind_of_device_count():
    other_model = record(1, config={"model_key": "other"})
    other_budget = record(2, config={"training": TrainingConfig(steps=9)})
    on_a_gpu, failed, nowhere = record(3, device="cuda:1"), record(4, status="failed"), record(5, device=None)
    everything = [record(0), other_model, other_budget, on_a_gpu, failed, nowhere]
    mine = cost.comparable(everything, model_key="k", training=BUDGET, device="cpu")
    assert [one.config.seed for one in mine] == [0]
    elsewhere = cost.comparable(everything, model_key="k", training=BUDGET, device="cuda:0")
    assert [one.config.seed for one in elsewhere] == [3]


def test_a_budget_in_steps_sees_steps_times_pairs_and_never_more_than_there_are():
    assert cost.pair_passes(TrainingConfig(steps=10, batch_pairs=16), 500) == 160
    assert cost.pair_passes(TrainingConfig(steps=10, batch_pairs=16), 7) == 70
    assert cost.pair_passes(TrainingConfig(epochs=1.5), 500) == 750


def test_the_cost_of_two_runs_is_pairs_times_pace_plus_two_overheads():
    found = cost.estimate_cost([100.0, 300.0], cost.Rates(0.5, 10.0, None, 3))
    assert (found.n_runs, found.pair_passes, found.seconds) == (2, 400.0, 220.0)


def test_an_unknown_cost_is_none_and_not_zero():
    assert cost.estimate_cost([100.0], cost.Rates()).seconds is None
    assert cost.estimate_cost([100.0], cost.Rates(0.5, None, None, 1)).seconds is None


def test_the_peak_of_memory_is_the_highest_line_of_any_log():
    logs = [[{"step": 1, "memory": 5.0}, {"step": 2}], [{"memory": None}, {"memory": 7}], []]
    assert cost.peak_memory(logs) == 7.0
    assert cost.peak_memory([[{"step": 1}], []]) is None


def test_the_rates_of_a_store_read_its_runs_and_their_logs(tmp_path):
    store = Store(tmp_path)
    runs.finished(store, seed=0, seconds=60)
    directory = RunDirectory(store, runs.run_config(0).run_id)
    directory.update(device="cpu", n_kept=50, passes=2.0, training_seconds=50.0)
    runs.asked(store, seed=1)
    found = cost.measured_rates(store, model_key="k", training=BUDGET, device="cpu")
    assert found == cost.Rates(0.5, 10.0, 2.0**30, 1)
    assert cost.measured_rates(store, model_key="k", training=BUDGET, device="cuda:0") == cost.Rates()
