"""The run directory: its record, its log, what came out."""

from __future__ import annotations

import json
import os
import platform
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import RunConfig
from scpo.data.tables import METRICS, REWARDS
from scpo.errors import Cancelled, InputError, ScpoError
from scpo.redaction import without_secrets
from scpo.store.cache import Store, now, write_sealed
from scpo.store.files import unwritten, write_sums
from scpo.store.run_record import PACKAGES, RunRecord, source_revision
from scpo.store.stamps import Kept
from scpo.store.survey import survey

RESERVED_BYTES = 2**20
OUT_OF_MEMORY = "the memory does not suffice: lower batch_pairs or max_length, or free memory, then resume it"
OUT_OF_MEMORY_WORDS = ("can't allocate memory", "CUDA out of memory")
"""How torch says it, on the CPU and on a GPU."""


_READ: Kept[RunRecord] = Kept(4096)


class RunDirectory:
    """Reads and writes one run's folder."""

    def __init__(self, store: Store, run_id: str) -> None:
        self.store = store
        self.run_id = run_id
        self.path = store.folder("runs", run_id)

    @property
    def model_folder(self) -> Path:
        """Folder of the finished model, loadable with plain transformers."""
        return self.path / "model"

    @property
    def adapter_folder(self) -> Path:
        """Folder of the low-rank adapters as they were trained; only where such were."""
        return self.path / "adapter"

    @property
    def checkpoint_folder(self) -> Path:
        """Folder of the last checkpoint."""
        return self.path / "checkpoint"

    @property
    def log_file(self) -> Path:
        """File with one line per training step."""
        return self.path / "log.jsonl"

    @property
    def _reserve(self) -> Path:
        """File that is deleted to say, on a disk that has become full, why the run failed."""
        return self.path / "reserve"

    def exists(self) -> bool:
        """Say whether the run was ever asked for."""
        return (self.path / "run.json").is_file()

    def record(self) -> RunRecord:
        """Read the record.

        Raises
        ------
        InputError
            If there is no such run.
        StoreError
            If its record is broken.
        """
        return _READ.get(f"{self.path}/run.json", self._record).model_copy()

    def _record(self) -> RunRecord:
        path = self.path / "run.json"
        record = self.store.read_record(path, RunRecord, what=f"run {self.run_id}")
        if record.run_id != self.run_id:
            raise self.store.broken(path, f"is the record of {record.run_id}")
        return record

    def check_succeeded(self) -> None:
        """Refuse a run that has no model.

        Raises
        ------
        InputError
            If there is no such run, or it has not succeeded.
        """
        status = self.record().status
        if status != "succeeded":
            raise InputError(f"run {self.run_id} has no model yet: its status is {status}")

    def write(self, record: RunRecord) -> RunRecord:
        """Write the record whole."""
        write_sealed(self.path / "run.json", record.model_dump(mode="json"))
        return record

    def update(self, **changes: Any) -> RunRecord:
        """Change fields of the record."""
        return self.write(self.record().model_copy(update=changes))

    def ask(self, config: RunConfig) -> RunRecord:
        """Write down that a run is wanted; asked twice, it exists once."""
        if self.exists():
            return self.record()
        return self.write(RunRecord(run_id=self.run_id, config=config, asked_at=now()))

    def start(self, *, device: str) -> RunRecord:
        """Mark the run as running on a device, with the versions it runs on."""
        self._mend_log()
        self._reserve.write_bytes(bytes(RESERVED_BYTES))
        return self.update(
            status="running",
            started_at=now(),
            finished_at=None,
            error=None,
            traceback=None,
            device=device,
            python=platform.python_version(),
            versions={package: version(package) for package in PACKAGES},
            source_revision=source_revision(),
        )

    def log(self, line: dict[str, Any]) -> None:
        """Append one line to log.jsonl, flushed."""
        with self.log_file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, allow_nan=False) + "\n")

    def read_log(self) -> list[dict[str, Any]]:
        """Read the log without half-written or broken lines, and without steps that were done again after a resume."""
        if not self.log_file.is_file():
            return []
        found: list[dict[str, Any]] = []
        for line in self.log_file.read_bytes().split(b"\n")[:-1]:
            entry = _logged(line)
            if entry is None:
                continue
            while found and "step" in entry and _position(found[-1]) >= entry["step"]:
                found.pop()
            found.append(entry)
        return found

    def _mend_log(self) -> None:
        # A run that was killed while writing leaves half a line; the next line must not be glued to it.
        if self.log_file.is_file():
            content = self.log_file.read_bytes()
            os.truncate(self.log_file, content.rfind(b"\n") + 1)

    def finish(self, rewards: pd.DataFrame, metrics: pd.DataFrame, **facts: Any) -> RunRecord:
        """Store what came out and mark the run as succeeded."""
        rewards_sha256 = self.store.write_table(self.path / "rewards.parquet", REWARDS.validate(rewards))
        metrics_sha256 = self.store.write_table(self.path / "metrics.parquet", METRICS.validate(metrics))
        self._reserve.unlink(missing_ok=True)
        folders = (self.model_folder, self.adapter_folder)
        files = [self.log_file, *(path for folder in folders for path in folder.rglob("*"))]
        write_sums(self.path, [path for path in files if path.is_file()])
        return self.update(
            status="succeeded",
            finished_at=now(),
            rewards_sha256=rewards_sha256,
            metrics_sha256=metrics_sha256,
            **facts,
        )

    def fail(self, error: BaseException) -> RunRecord:
        """Store why the run did not finish: one sentence, and the traceback for those who ask."""
        cancelled = isinstance(error, (Cancelled, KeyboardInterrupt))
        self._reserve.unlink(missing_ok=True)
        return self.update(
            status="cancelled" if cancelled else "failed",
            finished_at=now(),
            error=reason(error, self.store),
            traceback=without_secrets("".join(traceback.format_exception(error))),
        )

    def rewards(self, n_utterances: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """Return the run's rewards by row of utterances, shape (n_utterances,); NaN where it did not score."""
        table = self.reward_table()
        rewards = np.full(n_utterances, np.nan, dtype=np.float32)
        rewards[table["utterance"].to_numpy()] = table["reward"].to_numpy()
        return rewards

    def reward_table(self) -> pd.DataFrame:
        """Return the run's rewards as they are stored: rows of REWARDS."""
        record = self.record()
        if record.rewards_sha256 is None:
            raise InputError(f"run {self.run_id} has no rewards: its status is {record.status}")
        return self.store.read_table(self.path / "rewards.parquet", REWARDS, sha256=record.rewards_sha256)

    def metrics(self) -> pd.DataFrame:
        """Return the run's accuracies on every community."""
        record = self.record()
        if record.metrics_sha256 is None:
            raise InputError(f"run {self.run_id} has no metrics: its status is {record.status}")
        return self.store.read_table(self.path / "metrics.parquet", METRICS, sha256=record.metrics_sha256)


def _logged(line: bytes) -> dict[str, Any] | None:
    """Return a line of a log; None if it is not what is written there: `scpo cache verify` names such a log."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("loss", 0.0), int | float):
        return None
    return entry if isinstance(entry.get("step", entry.get("evaluated_at")), int) else None


def _position(entry: dict[str, Any]) -> int:
    """Return the step after which a line of the log was written."""
    return int(entry.get("step", entry.get("evaluated_at", -1)))


def reason(error: BaseException, store: Store) -> str:
    """Say in one sentence why some work failed and what to do."""
    if isinstance(error, ScpoError):
        return without_secrets(str(error))
    if isinstance(error, KeyboardInterrupt):
        return "interrupted by the user; ask for the run again to go on"
    why = unwritten(error, store.root)
    if why is not None:
        return why
    if isinstance(error, MemoryError) or any(words in str(error) for words in OUT_OF_MEMORY_WORDS):
        return OUT_OF_MEMORY
    return without_secrets(f"{type(error).__name__}: {error}")


def list_runs(store: Store) -> list[RunRecord]:
    """Read the records of all runs, oldest first; what is broken is left out, and named by `scpo.store.broken`."""
    records, _ = survey(store, "runs", lambda name: RunDirectory(store, name).record())
    return sorted(records, key=lambda record: (record.asked_at, record.run_id))
