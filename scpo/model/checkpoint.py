"""State of an unfinished training on disk: tensors as safetensors, the rest as JSON, written whole."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from scpo.errors import RunError

FORMAT_VERSION = 1
_LATEST = "latest"
_PREVIOUS = "previous"


def trainable_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters that are trained, by name, in a fixed order."""
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def write_checkpoint(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Write trainable weights, optimiser state, random state and `state`; a killed write leaves the old one valid.

    Parameters
    ----------
    folder : Path
        Of this run; created if needed.
    model, optimizer
        The optimiser's parameters are those of `trainable_parameters(model)`.
    state : dict
        JSON values: position in the data, fingerprint, losses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("writing-*"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    new = folder / f"writing-{os.getpid()}"
    new.mkdir()
    try:
        _write(new, model, optimizer, state)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)  # a full disk gets its space back
        raise
    latest, previous = folder / _LATEST, folder / _PREVIOUS
    shutil.rmtree(previous, ignore_errors=True)
    if latest.exists():
        latest.rename(previous)
    new.rename(latest)
    _sync(folder)
    shutil.rmtree(previous, ignore_errors=True)


def _write(new: Path, model: nn.Module, optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    named = trainable_parameters(model)
    save_file({name: p.detach().cpu().contiguous() for name, p in named.items()}, new / "model.safetensors")
    moments: dict[str, Tensor] = {}
    for name, parameter in named.items():
        for key, value in optimizer.state.get(parameter, {}).items():
            moments[f"{key}/{name}"] = value.detach().cpu().contiguous()
    save_file(moments, new / "optimizer.safetensors")
    random = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        random |= {f"cuda{i}": value for i, value in enumerate(torch.cuda.get_rng_state_all())}
    save_file(random, new / "random.safetensors")
    (new / "state.json").write_text(json.dumps({"format_version": FORMAT_VERSION, **state}), encoding="utf-8")
    for path in new.iterdir():
        _sync(path)
    _sync(new)


def read_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, *, fingerprint: str
) -> dict[str, Any] | None:
    """Put a checkpoint back into model, optimiser and random generators.

    Returns
    -------
    dict or None
        The state that was written; None if there is no checkpoint.

    Raises
    ------
    RunError
        If the checkpoint is broken or belongs to another run (`fingerprint` differs).
    """
    # `previous` is what a kill between the two renames of a write leaves behind.
    source = next((folder / name for name in (_LATEST, _PREVIOUS) if (folder / name / "state.json").is_file()), None)
    if source is None:
        return None
    try:
        state: dict[str, Any] = json.loads((source / "state.json").read_text(encoding="utf-8"))
        weights = load_file(source / "model.safetensors")
        moments = load_file(source / "optimizer.safetensors")
        random = load_file(source / "random.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise RunError(f"checkpoint {source} is broken ({error}): delete the folder and start the run again") from error
    if state["format_version"] != FORMAT_VERSION or state["fingerprint"] != fingerprint:
        raise RunError(
            f"checkpoint {source} belongs to other data or another configuration: delete it and start the run again"
        )
    named = trainable_parameters(model)
    if set(named) != set(weights):
        raise RunError(f"checkpoint {source} holds other weights than the model: delete it and start the run again")
    with torch.no_grad():
        for name, parameter in named.items():
            parameter.copy_(weights[name])
    for name, parameter in named.items():
        found = {key.split("/", 1)[0]: value for key, value in moments.items() if key.split("/", 1)[1] == name}
        if found:
            optimizer.state[parameter] = {key: value.to(parameter.device) for key, value in found.items()}
    torch.set_rng_state(random["cpu"])
    if torch.cuda.is_available():
        for i in range(torch.cuda.device_count()):
            torch.cuda.set_rng_state(random[f"cuda{i}"], i)
    return state


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
