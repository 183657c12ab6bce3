"""Stay with queued work until it ends: a line of progress, or a table of the runs on a terminal."""

from __future__ import annotations

import math
import sys
import time
from contextlib import nullcontext

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from scpo.cli.console import Follower
from scpo.errors import InputError, ScpoError
from scpo.settings import Settings
from scpo.store.cache import Store

SHOWN_RUNS = 12
ORDER = ("running", "queued", "lost", "failed", "cancelled", "succeeded")


def follow_job(store: Store, settings: Settings, job_id: str, follow: Follower) -> None:
    """Show how far a job is until it ends.

    Raises
    ------
    ScpoError
        If it does not succeed; what it said.
    """
    from scpo.jobs.control import ensure_supervisor
    from scpo.jobs.queue import ENDED, Queue
    from scpo.jobs.signs import read_sign

    queue = Queue(store)
    while True:
        ensure_supervisor(store, settings)
        job = queue.job(job_id)
        if job is None:
            raise InputError(f"{job_id} was taken out of the queue")
        if job.state in ENDED:
            if job.state != "succeeded":
                raise ScpoError(f"{job_id} {job.state}: {job.message}")
            return
        beat = read_sign(store, job_id)
        if beat is not None:
            follow(beat.stage, beat.done, beat.total, beat.unit)
        time.sleep(0.5)


def follow_runs(store: Store, settings: Settings, run_ids: list[str], follow: Follower) -> dict[str, str]:
    """Show some runs until all have ended; return the sentences of those that did not succeed."""
    from scpo.jobs.control import ensure_supervisor
    from scpo.jobs.queue import ENDED, Queue
    from scpo.store.runs import RunDirectory

    queue, wanted = Queue(store), set(run_ids)
    done = {run for run in wanted if RunDirectory(store, run).record().status == "succeeded"}
    failures: dict[str, str] = {}
    on_terminal = sys.stderr.isatty()
    with Live(console=Console(stderr=True), auto_refresh=False) if on_terminal else nullcontext() as live:
        while len(done) < len(wanted):
            ensure_supervisor(store, settings)
            for job in queue.jobs():
                if job.job_id in wanted - done and job.state in ENDED:
                    done.add(job.job_id)
                    if job.state != "succeeded":
                        failures[job.job_id] = f"{job.state}: {job.message}"
            if live is None:
                follow("finetuning", len(done), len(wanted), "runs")
            else:
                live.update(runs_now(store, wanted), refresh=True)
            if len(done) < len(wanted):
                time.sleep(0.5)
    return failures


def runs_now(store: Store, run_ids: set[str]) -> Group:
    """Return what some runs are doing now: those at work, those that wait, those that have ended."""
    from scpo.results.work import run_table, waiting_seconds

    found = run_table(store)
    found = found[found["run_id"].isin(run_ids)]
    counts = found["status"].value_counts()
    waiting = waiting_seconds(found)
    title = ", ".join(f"{counts[status]} {status}" for status in ORDER if status in counts)
    title += "" if waiting is None else f"; about {waiting / 60:.0f} min for those that wait"
    table = Table("run", "country", "method", "seed", "status", "done", "left", box=None, pad_edge=False)
    found = found.sort_values("status", key=lambda column: column.map(ORDER.index), kind="stable")
    for row in found.head(SHOWN_RUNS).to_dict("records"):
        running = row["status"] == "running"
        done = f"{row['done']:.0f} of {row['total']:.0f} {row['unit']}" if running and row["unit"] else ""
        left = f"{row['ends_in']:.0f} s" if running and not math.isnan(row["ends_in"]) else ""
        table.add_row(row["run_id"], row["name"], row["method"], str(row["seed"]), row["status"], done, left)
    if len(found) > SHOWN_RUNS:
        table.add_row(f"and {len(found) - SHOWN_RUNS} more")
    return Group(Text(title, style="bold"), table)
