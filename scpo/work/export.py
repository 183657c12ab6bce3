"""Take a finished run's model away: to a folder or a hub repository that plain transformers loads, with its card."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scpo.errors import InputError
from scpo.results.model_card import model_card
from scpo.results.model_card_text import Layout, card_text
from scpo.store.runs import RunDirectory
from scpo.store.scored import find_run
from scpo.work.context import OnProgress, Work
from scpo.work.upload import HUB_PREFIX, check_repository, upload

BLOCK_BYTES = 2**24
"""Copied between two words of progress."""

MEGABYTE = 1e6
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")

OF_THIS_MACHINE = ("_name_or_path", "name_or_path", "is_local", "local_files_only")
"""Fields of a model's and a tokenizer's configuration that say where they were loaded from."""


def export_run(
    work: Work,
    run_id: str,
    target: str,
    *,
    adapter: bool = False,
    public: bool = False,
    level: float = 0.95,
) -> dict[str, Any]:
    """Write a finished run's model to a new folder, or push it to the hub in one commit.

    Parameters
    ----------
    target : str
        A folder that is not there or is empty, or ``hub:OWNER/NAME``, a repository that is not there or is empty.
    adapter : bool
        Only the low-rank adapters and the reward head, as they were trained; else the whole model, adapters merged.
    public : bool
        Whether a new repository of the hub is one that everybody may read.
    level : float, in (0, 1)
        Confidence level of the card's intervals.

    Returns
    -------
    dict
        JSON values: `run`, `where`, `adapter`, `files`, `bytes`, and `card`, see `scpo.results.model_card`.

    Raises
    ------
    InputError
        If the run has no such model, the place is taken, is too small or may not be written, or the hub refuses.
    """
    store = work.store
    find_run(store, run_id)
    if not target.strip():
        raise InputError("say where to: a new folder, or hub:OWNER/NAME")
    directory = RunDirectory(store, run_id)
    repository = target.removeprefix(HUB_PREFIX) if target.startswith(HUB_PREFIX) else None
    folder = Path(target).expanduser().absolute()
    if repository is not None:
        check_repository(repository, work.settings)
    else:
        _refuse_taken(folder)
    card = model_card(store, run_id, level=level)
    files, texts = _content(directory, card, adapter=adapter)
    if repository is not None:
        where = upload(work, repository, files, texts, message=f"Run {run_id}", public=public)
    else:
        _write(folder, files, texts, work.tell)
        where = str(folder)
    return {
        "run": run_id,
        "where": where,
        "adapter": adapter,
        "files": sorted([*files, *texts]),
        "bytes": _size(files, texts),
        "card": card,
    }


def _content(
    directory: RunDirectory, card: Mapping[str, Any], *, adapter: bool
) -> tuple[dict[str, Path], dict[str, bytes]]:
    """Return what is exported by its name: files as they lie, and texts that are written anew."""
    model = directory.model_folder
    if not (model / "config.json").is_file() or not any(model.glob("*.safetensors")):
        raise InputError(f"run {directory.run_id} has lost its model: {model} has no weights; do the run again")
    config, tokenizer = _read(model / "config.json"), _read(model / "tokenizer_config.json")
    limits = [card["settings"]["encoding"]["max_length"], tokenizer.get("model_max_length")]
    limits += [config.get("max_position_embeddings")]
    length = int(min(limit for limit in limits if limit is not None))
    of_weights = ("config.json", "model.safetensors.index.json")
    files = {
        path.name: path
        for path in sorted(model.iterdir())
        if path.is_file() and not (adapter and (path.name in of_weights or path.suffix == ".safetensors"))
    }
    changed = {"tokenizer_config.json": _cleaned(tokenizer) | {"model_max_length": length}}
    if adapter:
        files |= _adapter_files(directory, card)
        base = card["global_model"]
        changed["adapter_config.json"] = _read(files["adapter_config.json"]) | {
            "base_model_name_or_path": base["repository"] or base["name"],
            "revision": base["commit"],
        }
    else:
        changed["config.json"] = _cleaned(config)
    text = card_text(card, layout=_layout(config), max_length=length, adapter=adapter)
    documents = {**changed, "model_card.json": card}
    texts = {name: json.dumps(value, indent=2, ensure_ascii=False).encode() for name, value in documents.items()}
    return {n: path for n, path in files.items() if n not in texts}, {**texts, "README.md": text.encode()}


def _adapter_files(directory: RunDirectory, card: Mapping[str, Any]) -> dict[str, Path]:
    """Return the adapters that a run has kept."""
    found = {name: directory.adapter_folder / name for name in ADAPTER_FILES}
    if all(path.is_file() for path in found.values()):
        return found
    trained = card["training"]
    if trained.get("last_layer_ridge") is not None:
        why = "only its last layer was fitted"
    elif trained["lora"] is None:
        why = "all its weights were trained"
    else:
        why = "it finished before adapters were kept"
    raise InputError(f"run {directory.run_id} has no adapters, {why}: export the whole model, without --adapter")


def _layout(config: Mapping[str, Any]) -> Layout:
    """Say how a model reads a prompt and a response."""
    from scpo.model.loading import reads_conversations  # the training stack, needed for nothing else here

    return "chat" if reads_conversations(SimpleNamespace(**config)) else "pair"


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is missing or no JSON: do the run again") from error


def _cleaned(config: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out where on this machine something came from."""
    return {name: value for name, value in config.items() if name not in OF_THIS_MACHINE}


def _size(files: Mapping[str, Path], texts: Mapping[str, bytes]) -> int:
    return sum(path.stat().st_size for path in files.values()) + sum(map(len, texts.values()))


def _refuse_taken(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"folder {folder} is not empty: name a new one, nothing is written over")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a new folder")


def _write(folder: Path, files: Mapping[str, Path], texts: Mapping[str, bytes], on_progress: OnProgress) -> None:
    """Fill a temporary folder beside `folder` and rename it, so that it is there whole or not at all."""
    total = _size(files, texts)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder.parent).free
        if free < total:
            raise InputError(
                f"{folder.parent} has {free / MEGABYTE:,.0f} MB left and the model needs {total / MEGABYTE:,.0f} MB: "
                "free space there, or name another folder"
            )
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            done = 0
            for name, content in texts.items():
                (temporary / name).write_bytes(content)
                done += len(content)
            for name, path in files.items():
                with path.open("rb") as source, (temporary / name).open("wb") as copy:
                    while block := source.read(BLOCK_BYTES):
                        copy.write(block)
                        done += len(block)
                        on_progress("exporting", done / MEGABYTE, total / MEGABYTE, "MB")
                    copy.flush()
                    os.fsync(copy.fileno())
            temporary.chmod(0o755)
            temporary.rename(folder)  # fails if something has been put there meanwhile
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror or error}") from error
