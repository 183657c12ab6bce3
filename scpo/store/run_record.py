"""The record of a run: what was asked, on what it ran, what came out."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from scpo.config import EvaluationConfig, RunConfig
from scpo.settings import PROJECT_ROOT

Moment = Annotated[str, AfterValidator(lambda text: datetime.fromisoformat(text) and text)]
"""ISO 8601."""

Status = Literal["queued", "running", "succeeded", "failed", "cancelled", "lost"]
PACKAGES = ("scpo", "torch", "transformers", "peft", "numpy", "pandas", "scipy")


class RunRecord(BaseModel):
    """`run.json`. Every field says what a page shows about it."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    MIGRATIONS: ClassVar[dict[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {
        1: lambda values: values | {"format_version": 2}  # 2 has one more field, `source_revision`
    }
    """What makes a record of the next format of an older one."""

    format_version: int = 2
    """Format of this record; a newer one than this program knows is refused."""

    run_id: str
    """Name of the run's folder: the hash of everything its result depends on."""

    config: RunConfig
    """What was asked."""

    status: Status = "queued"
    """What became of it; a run that says ``running`` and shows no sign of life is lost."""

    scores_key: str | None = None
    """The global model's rewards that chose and weighted the pairs."""

    asked_at: Moment
    """Moment it was first asked for, ISO 8601 in UTC."""

    started_at: Moment | None = None
    """Moment its last attempt began."""

    finished_at: Moment | None = None
    """Moment its last attempt ended, well or not."""

    seconds: float | None = None
    """Duration of the whole run: loading, training, testing, saving."""

    training_seconds: float | None = None
    """Duration of the training alone."""

    device: str | None = None
    """What it was computed on: ``cpu`` or ``cuda:0``."""

    python: str | None = None
    """Version of Python."""

    versions: dict[str, str] = Field(default_factory=dict)
    """Versions of the packages that decide what comes out."""

    source_revision: str | None = None
    """Commit of the source it ran from, with ``-dirty`` behind it if files differed; None outside a checkout."""

    n_train: int | None = None
    """Training pairs of the country."""

    n_train_users: int | None = None
    """Users who gave them."""

    n_kept: int | None = None
    """Training pairs the method keeps."""

    effective_sample_size: float | None = None
    """(sum w)^2 / sum w^2 over the kept pairs."""

    steps: int | None = None
    """Optimiser steps that were done."""

    passes: float | None = None
    """How often the average kept pair was seen."""

    final_loss: float | None = None
    """Mean loss over the last tenth of the steps."""

    evaluation: EvaluationConfig | None = None
    """How the intervals of its metrics were made."""

    metrics_sha256: str | None = None
    """Hash of metrics.parquet: accuracies on every community."""

    rewards_sha256: str | None = None
    """Hash of rewards.parquet: its rewards of all test responses."""

    error: str | None = None
    """One sentence: what went wrong and what to do."""

    traceback: str | None = None
    """Where in the source it went wrong, for those who ask."""


@lru_cache(maxsize=1)
def source_revision() -> str | None:
    """Return the commit this program runs from, with ``-dirty`` behind it if files differ; None outside a checkout."""
    if not (PROJECT_ROOT / ".git").exists():
        return None
    words = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(words, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
