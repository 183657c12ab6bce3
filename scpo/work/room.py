"""Whether the disk has room for what some work is about to write: asked before, not found out after hours."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from scpo.config import TrainingConfig
from scpo.errors import StoreError
from scpo.references import weight_files

if TYPE_CHECKING:  # registering a data set needs no torch
    from scpo.model.reward_model import RewardModel

REPORT_BYTES = 64 * 2**20
"""More than a report of a hundred runs has with all its pictures, and what is drawn on the way."""

MOMENTS = 2
"""AdamW keeps so many numbers for each that it trains; a checkpoint has them and the weights."""


def need_room(folder: Path, n_bytes: float, what: str, *, place: str = "set SCPO_CACHE_DIR to another disk") -> None:
    """Refuse work that the disk has no room for.

    Parameters
    ----------
    folder : Path
        Where it writes; it need not exist yet.
    n_bytes : float
        How much it writes, at its peak.
    what : str
        The work, for the sentence.
    place : str
        What else can be done.

    Raises
    ------
    StoreError
        If less is free.
    """
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < n_bytes:
        raise StoreError(
            f"{what} needs about {_said(n_bytes)} and the disk of {folder} has {_said(free)} free: free space there, "
            f"or {place}"
        )


def _said(n_bytes: float) -> str:
    return f"{n_bytes / 2**30:,.1f} GiB" if n_bytes >= 2**30 else f"{n_bytes / 2**20:,.1f} MiB"


def bytes_of(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    return sum(one.stat().st_size for one in ([path] if path.is_file() else path.rglob("*")) if one.is_file())


def model_bytes(model: RewardModel) -> int:
    """Return the size of the weights of a loaded model, as it is saved."""
    return sum(one.numel() * one.element_size() for one in model.model.parameters())


def training_bytes(weights: int, training: TrainingConfig) -> int:
    """Return what a training writes at its peak: the model, and a checkpoint beside the one before it.

    Parameters
    ----------
    weights : int
        Bytes of the model's weights.
    """
    if training.last_layer_ridge is not None:
        return weights
    trained = 0 if training.lora is not None else weights  # adapters are small beside the model
    return weights + 2 * (1 + MOMENTS) * trained


def saved_bytes(location: str) -> int:
    """Return the size of a model's weights in a folder; 0 where it lies elsewhere, or in another layout."""
    folder = Path(location)
    return sum(path.stat().st_size for path in weight_files(folder)) if (folder / "config.json").is_file() else 0
