"""What the page Runs loads. Nothing is cached: it shows what is going on now."""

from __future__ import annotations

import pandas as pd

from dashboard.frame import load
from scpo import results
from scpo.config import RunConfig
from scpo.jobs import control
from scpo.jobs.salvage import ReadableQueue
from scpo.store.broken import broken_entries
from scpo.store.scored import find_run


def load_work() -> pd.DataFrame:
    """Return every run and every preparation of a study: what runs first, then what waits, then what ended last."""
    table = results.run_table(results.open_store(), slots=[one.slot for one in load.load_devices()])
    rank = table["status"].map({"running": 0, "queued": 1}).fillna(2)
    newest = table["finished_at"].fillna(table["asked_at"]).rank(ascending=False)
    order = pd.DataFrame({"rank": rank, "place": table["place"].where(rank == 1).fillna(0), "newest": newest})
    return table.loc[order.sort_values(["rank", "place", "newest"], kind="stable").index].reset_index(drop=True)


def load_broken() -> list[str]:
    """Name what of the queue, the studies and the runs cannot be read, a sentence each."""
    store = results.open_store()
    return [*ReadableQueue(store).damage(), *broken_entries(store, ["studies", "runs"]).values()]


def load_run(run_id: str) -> results.RunDetail:
    """Return one run, or the preparation of a study, with its curves, events and log."""
    return results.run_detail(results.open_store(), run_id)


def load_config(run_id: str) -> RunConfig:
    """Return what a finished run was asked for."""
    return find_run(results.open_store(), run_id).config


def lacks_worker(work: pd.DataFrame) -> bool:
    """Tell whether something waits and nobody works on the queue."""
    statuses = set(work["status"])
    if load.is_read_only() or "queued" not in statuses or "running" in statuses:
        return False
    return not control.supervisor_lives(results.open_store())
