"""The table that ``scpo study --wait`` shows on a terminal."""

from hand import runs
from rich.console import Console

from scpo.cli.follow import runs_now
from scpo.store.cache import Store


def shown(store, run_ids):
    console = Console(width=160)
    with console.capture() as capture:
        console.print(runs_now(store, run_ids))
    return capture.get()


def test_the_runs_at_work_come_first_and_others_are_not_shown(tmp_path):
    store = Store(tmp_path)
    finished = runs.finished(store, seed=7, seconds=120.0)
    failed = runs.failed(store, seed=5)
    running = runs.running(store, seed=3)
    waiting = [runs.asked(store, seed) for seed in range(20, 22)]
    alien = runs.asked(store, 40)
    wanted = {finished.run_id, failed.run_id, running.run_id, *(directory.run_id for directory in waiting)}
    text = shown(store, wanted)
    title, _, first, *_ = text.splitlines()
    assert title.strip() == "1 running, 2 queued, 1 failed, 1 succeeded; about 7 min for those that wait"
    assert running.run_id in first and "Chile" in first and "3 of 8 steps" in first and "180 s" in first
    assert alien.run_id not in text and failed.run_id in text


def test_a_long_list_is_cut_and_says_so(tmp_path):
    store = Store(tmp_path)
    wanted = {runs.asked(store, seed).run_id for seed in range(15)}
    assert "and 3 more" in shown(store, wanted)
