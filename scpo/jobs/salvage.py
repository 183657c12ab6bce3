"""What can be read of a queue whose file is damaged, for those who look: no work is taken from it, nothing is moved."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from scpo.errors import BrokenError
from scpo.jobs.queue import Job, Queue, State
from scpo.jobs.queue_file import job_of, opened
from scpo.store.files import database_damage
from scpo.store.stamps import Kept
from scpo.words import counted, some

MOST_NAMED = 5
"""Entries that are named; more are counted."""


_READ: Kept[list[Job]] = Kept(8)


class Looked(NamedTuple):
    """The jobs that can be read, in the order in which they are taken, and the ids of those that cannot."""

    jobs: list[Job]
    damaged: list[str]


class ReadableQueue(Queue):
    """A queue that is looked at: of a damaged file it gives what can be read, and `damage` names the rest."""

    def jobs(self, states: Sequence[State] = ()) -> list[Job]:
        """Read the jobs that can be read, or those of them in some states, once for each version of the file."""
        found = _READ.get(self.path, lambda: self.look().jobs)
        return [job for job in found if not states or job.state in states]

    def job(self, job_id: str) -> Job | None:
        """Read one job; None if it was never asked for, or cannot be read."""
        try:
            return super().job(job_id)
        except BrokenError:
            return next((job for job in self.look().jobs if job.job_id == job_id), None)

    def events(self, job_id: str) -> list[dict[str, str]]:
        """Read what happened to a job, as far as it can be read."""
        try:
            return super().events(job_id)
        except BrokenError:
            return [dict(row) for row in self._rows("select at, what, detail from events where job_id = ?", job_id)]

    def claimed_at(self) -> dict[str, str]:
        """Read when jobs were last given a slot, as far as it can be read."""
        try:
            return super().claimed_at()
        except BrokenError:
            claims = self._rows("select job_id, at from events where what = 'claimed'")
            return {row["job_id"]: row["at"] for row in claims}

    def look(self) -> Looked:
        """Read what can be read: the table from both ends, and each entry that its index knows."""
        try:
            return Looked(super().jobs(), [])
        except BrokenError:
            known = {
                row["position"]: row["job_id"]
                for row in self._rows("select position, job_id from jobs indexed by sqlite_autoindex_jobs_1")
            }
        rows: dict[int, sqlite3.Row] = {}
        for order in ("asc", "desc"):
            rows |= {row["position"]: row for row in self._rows(f"select * from jobs order by position {order}")}
        for position in known.keys() - rows.keys():
            rows |= {row["position"]: row for row in self._rows("select * from jobs where position = ?", position)}
        found, damaged = [], [known[position] for position in sorted(known.keys() - rows.keys())]
        for row in rows.values():
            try:
                found.append(job_of(row))
            except BrokenError:
                damaged.append(str(row["job_id"]))
        return Looked(sorted(found, key=lambda job: (job.priority, job.position)), damaged)

    def damage(self) -> list[str]:
        """Say what is damaged, in a sentence; none if nothing is."""
        why = database_damage(self.path)
        jobs, damaged = self.look()
        if why is None and not damaged:
            return []
        shown = [name if name.isprintable() else ascii(name)[1:-1] for name in damaged]
        cannot = f", {len(damaged):,} cannot ({some(shown, MOST_NAMED)})" if damaged else ""
        return [
            f"{self.path.name} is damaged ({why or 'an entry is not what was written'}): {counted(len(jobs), 'job')} "
            f"can be read{cannot}; `scpo cache repair` moves it away, and runs and results stay"
        ]

    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Read rows until one cannot be read."""
        found: list[sqlite3.Row] = []
        try:
            with opened(self.path) as db:
                db.text_factory = lambda raw: raw.decode("utf-8", "replace")
                for row in db.execute(query, values):
                    found.append(row)
        except BrokenError:
            pass
        return found
