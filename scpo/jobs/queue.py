"""The queue: which runs and studies wait, which are worked on, what became of them. One SQLite file, many processes.

A job is claimed by one supervisor, gets a fresh token, and is begun by the child process that holds this token. Both
steps are single transactions, so a job is executed once, whoever dies in between. What a run computes stands in its run
directory; the queue only knows who works on it.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from scpo.errors import InputError
from scpo.jobs.queue_file import FILE, all_or_nothing, is_new, job_of, make_tables, opened
from scpo.jobs.queue_file import Job as Job
from scpo.jobs.queue_file import Kind as Kind
from scpo.jobs.queue_file import State as State
from scpo.store.cache import Store, now

ENDED: frozenset[State] = frozenset({"succeeded", "failed", "cancelled", "lost"})

WAITED_FOR = 0
"""Priority of a run a person waits for."""

BULK = 10
"""Priority of a study's runs; larger waits longer."""


class Queue:
    """Opens ``jobs.sqlite3`` of a cache for each operation; safe from any number of processes and threads.

    SQLite's rollback journal is used and not its write-ahead log, which does not work across machines: on a cluster the
    cache lies on a shared file system, which must have working locks.
    """

    def __init__(self, store: Store) -> None:
        self.path = store.root / FILE

    def put(
        self,
        job_id: str,
        *,
        kind: Kind = "run",
        payload: dict[str, Any] | None = None,
        priority: int = WAITED_FOR,
        device: str = "auto",
    ) -> bool:
        """Ask for a job; the same job exists once.

        A job that waits keeps its place, or moves forward if it is asked for with more urgency. One that is worked on
        is left alone. One that has ended is queued again, unless it succeeded.

        Returns
        -------
        bool
            Whether it was put or moved; False if there was nothing to do.
        """
        with self._transaction() as db:
            found = db.execute("select state, priority from jobs where job_id = ?", (job_id,)).fetchone()
            if found is None:
                db.execute(
                    "insert into jobs (job_id, kind, payload, priority, device, state, asked_at) "
                    "values (?, ?, ?, ?, ?, ?, ?)",
                    (job_id, kind, json.dumps(payload or {}), priority, device, "queued", now()),
                )
            elif found["state"] == "queued" and priority < found["priority"]:
                db.execute("update jobs set priority = ? where job_id = ?", (priority, job_id))
            elif found["state"] in ENDED - {"succeeded"}:
                db.execute(
                    "update jobs set state = 'queued', priority = ?, device = ?, payload = ?, token = null, "
                    "owner = null, slot = null, handle = null, stop_requested = null, message = '', "
                    "asked_at = ?, began_at = null, ended_at = null where job_id = ?",
                    (priority, device, json.dumps(payload or {}), now(), job_id),
                )
            else:
                return False
            self._tell(db, job_id, "queued", f"priority {priority}")
            return True

    def claim(self, owner: str, slot: str, devices: Sequence[str] | None = None) -> Job | None:
        """Take the most urgent job that may run on a slot, the oldest of equals; None if none waits.

        Parameters
        ----------
        devices : sequence of str, optional
            The slot takes jobs that asked for one of these; ``auto`` and its own name if not given.
        """
        taken = tuple(devices) if devices is not None else ("auto", slot)
        marks = ", ".join("?" * len(taken))
        with self._transaction() as db:
            found = db.execute(
                f"select job_id from jobs where state = 'queued' and device in ({marks}) "
                "order by priority, position limit 1",
                taken,
            ).fetchone()
            if found is None:
                return None
            db.execute(
                "update jobs set state = 'running', owner = ?, slot = ?, token = ?, handle = null, "
                "attempt = attempt + 1, began_at = null where job_id = ?",
                (owner, slot, secrets.token_hex(8), found["job_id"]),
            )
            self._tell(db, found["job_id"], "claimed", slot)
            return self._read(db, found["job_id"])

    def begin(self, job_id: str, token: str, handle: dict[str, Any]) -> bool:
        """Say, from the process that does the work, that it has begun; False: another claim replaced this one."""
        change = "handle = ?, began_at = ? where job_id = ? and token = ? and state = 'running' and began_at is null"
        values = (json.dumps(handle), now(), job_id, token)
        return self._changed(change, values, job_id, "began", json.dumps(handle))

    def give_back(self, job_id: str, token: str) -> bool:
        """Put a claimed job that was never begun back to its place; False if it has begun in the meantime."""
        change = (
            "state = 'queued', token = null, owner = null, slot = null "
            "where job_id = ? and token = ? and state = 'running' and began_at is null"
        )
        why = "its supervisor or its node ended before it began"
        return self._changed(change, (job_id, token), job_id, "given back", why)

    def finish(self, job_id: str, token: str, state: State, message: str = "") -> bool:
        """Say how a job ended; False if it is not this claim's any more or has ended already."""
        change = "state = ?, message = ?, ended_at = ? where job_id = ? and token = ? and state = 'running'"
        return self._changed(change, (state, message, now(), job_id, token), job_id, state, message)

    def cancel(self, job_id: str) -> Job:
        """Take a waiting job out of the queue, or ask the one that is worked on to stop.

        Raises
        ------
        InputError
            If there is no such job or it has ended.
        """
        with self._transaction() as db:
            job = self._read(db, job_id)
            if job is None:
                raise InputError(f"{job_id} is not in the queue: `scpo runs` lists what is")
            if job.state == "queued":
                db.execute("update jobs set state = 'cancelled', ended_at = ? where job_id = ?", (now(), job_id))
                self._tell(db, job_id, "cancelled", "before it began")
            elif job.state == "running":
                if job.stop_requested is None:
                    db.execute("update jobs set stop_requested = ? where job_id = ?", (now(), job_id))
                    self._tell(db, job_id, "asked to stop", "")
            else:
                raise InputError(f"{job_id} has ended already: {job.state}")
            changed = self._read(db, job_id)
            assert changed is not None  # noqa: S101
            return changed

    def withdraw(self, job_id: str, message: str) -> None:
        """Say of a study whose preparation has succeeded that its runs are not wanted any more, and why."""
        change = (
            "state = 'cancelled', message = ?, ended_at = ? where job_id = ? and kind = 'study' and state = 'succeeded'"
        )
        self._changed(change, (message, now(), job_id), job_id, "cancelled", message)

    def remove(self, job_id: str) -> None:
        """Forget a job that is not worked on, with its events.

        Raises
        ------
        InputError
            If it is worked on.
        """
        with self._transaction() as db:
            job = self._read(db, job_id)
            if job is not None and job.state == "running":
                raise InputError(f"{job_id} is running: cancel it first")
            db.execute("delete from jobs where job_id = ?", (job_id,))
            db.execute("delete from events where job_id = ?", (job_id,))

    def job(self, job_id: str) -> Job | None:
        """Read one job; None if it was never asked for."""
        with self._reading() as db:
            return self._read(db, job_id)

    def jobs(self, states: Sequence[State] = ()) -> list[Job]:
        """Read all jobs, or those in some states, in the order in which they are taken."""
        with self._reading() as db:
            rows = db.execute("select * from jobs order by priority, position").fetchall()
        return [job for job in map(job_of, rows) if not states or job.state in states]

    def events(self, job_id: str) -> list[dict[str, str]]:
        """Read what happened to a job, oldest first: `at`, `what`, `detail`."""
        with self._reading() as db:
            rows = db.execute(
                "select at, what, detail from events where job_id = ? order by rowid", (job_id,)
            ).fetchall()
        return [dict(row) for row in rows]

    def claimed_at(self) -> dict[str, str]:
        """Read when each job was last given a slot: job id -> ISO 8601 in UTC."""
        with self._reading() as db:
            rows = db.execute("select job_id, max(at) as at from events where what = 'claimed' group by job_id")
            return {row["job_id"]: row["at"] for row in rows}

    def _changed(self, change: str, values: Sequence[str], job_id: str, what: str, detail: str) -> bool:
        """Change a job where it is as the change says, and tell of it; say whether it was."""
        with self._transaction() as db:
            done = db.execute(f"update jobs set {change}", values).rowcount
            if done:
                self._tell(db, job_id, what, detail)
            return bool(done)

    def _read(self, db: sqlite3.Connection, job_id: str) -> Job | None:
        row = db.execute("select * from jobs where job_id = ?", (job_id,)).fetchone()
        return None if row is None else job_of(row)

    def _tell(self, db: sqlite3.Connection, job_id: str, what: str, detail: str) -> None:
        db.execute("insert into events values (?, ?, ?, ?)", (job_id, now(), what, detail))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with opened(self.path) as db, all_or_nothing(db, "begin immediate"):
            if is_new(db):
                make_tables(db)
            yield db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Give the queue as it is, without a write: also on a disk that cannot be written, and before the first job."""
        with opened(self.path if self.path.is_file() else ":memory:") as db, all_or_nothing(db, "begin"):
            if not is_new(db):
                yield db
                return
        with opened(":memory:") as db:
            make_tables(db)
            yield db
