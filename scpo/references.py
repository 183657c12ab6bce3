"""What a model reference means: which model, and how it is read. Nothing is loaded here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scpo.errors import InputError
from scpo.models import AS_IT_SAYS, REGISTRY, Reading, RegisteredModel, registered, split_reading


@dataclass(frozen=True)
class ModelSource:
    """Where a model reference points to."""

    ref: str
    """The reference as the user wrote it."""

    source: str
    """Local folder or hub repository, as the loader wants it."""

    local: bool
    revision: str | None = None
    commit: str | None = None
    """Digits the loaded commit must start with; None for no demand."""

    registered: RegisteredModel | None = None
    reading: Reading = AS_IT_SAYS
    base: ModelSource | None = None
    """The model that an adapter in a folder changes."""

    def check_commit(self, found: str) -> None:
        """Refuse a commit on the hub that is not the one demanded; InputError."""
        if self.commit is not None and not found.startswith(self.commit):
            raise InputError(
                f"model {self.ref} is at commit {found} on the hub, but {self.commit} is the one registered: "
                f"if the change is meant, name it with {self.source}@{found}"
            )


ADAPTER = "adapter_config.json"
"""The file that makes a folder an adapter of peft."""

ON = " on "
"""Between an adapter's folder and the model it changes, where the model that the adapter names is not here."""


def is_model_folder(folder: Path) -> bool:
    """Tell whether a folder holds a model, or an adapter of one."""
    return any((folder / name).is_file() for name in ("config.json", ADAPTER))


def lookup(ref: str | Path) -> ModelSource:
    """Say what a model reference means, without loading anything.

    Parameters
    ----------
    ref : str or Path
        A local folder with a ``config.json``, a registered name, or a hub repository ``owner/name[@revision]``; a
        folder with an adapter may name its base, ``folder on BASE``. How it is read stands behind it, see `Reading`.
        A folder wins over a name.

    Raises
    ------
    InputError
        If the reference is none of these, or names a model that is built locally and was not built yet.
    """
    text, reading = split_reading(str(ref))
    if Path(str(ref)).expanduser().is_dir():
        text, reading = str(ref), AS_IT_SAYS
    folder, on, base = text.partition(ON)
    if on and not Path(text).expanduser().is_dir() and Path(folder).expanduser().is_dir():
        return _adapter(Path(folder).expanduser(), lookup(base), reading)
    found = _plain_source(text, is_path=isinstance(ref, Path))
    if found.local and not (Path(found.source) / "config.json").is_file():
        return _adapter(Path(found.source), _base_of(Path(found.source)), reading)
    return replace(found, ref=f"{text}{reading}", reading=reading)


def short_name(ref: str) -> str:
    """Return what a model reference is called in a title: a folder's own name, without where it lies."""
    plain, reading = split_reading(ref)
    return f"{Path(plain.partition(ON)[0]).name}{reading}"


def _adapter(folder: Path, base: ModelSource, reading: Reading) -> ModelSource:
    if not (folder / ADAPTER).is_file():
        raise InputError(f"folder {folder} holds no adapter: it has no {ADAPTER}")
    return ModelSource(f"{folder}{reading}", str(folder), local=True, reading=reading, base=base)


def _base_of(folder: Path) -> ModelSource:
    """Return the model that an adapter says it belongs to; a relative folder is looked for beside the adapter too."""
    about = read_json(folder / ADAPTER)
    name, at = str(about.get("base_model_name_or_path") or ""), str(about.get("revision") or "")
    places = [folder / name, Path(name).expanduser()] if name else []
    here = next((place for place in places if (place / "config.json").is_file()), None)
    try:
        return lookup(here or (f"{name}@{at}" if at else name))
    except InputError:
        raise InputError(
            f"folder {folder} holds an adapter, and its base model {name or '(not named)'} is not here: "
            f"name it with --model {f'{folder}{ON}BASE'!r}"
        ) from None


_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
_REPOSITORY = re.compile(rf"{_PART}/{_PART}")
_REVISION = re.compile(r"[A-Za-z0-9_./+-]*")
MOST_REPOSITORY = 96
"""Characters of the name of a repository on the hub."""


def is_repository(text: str) -> bool:
    """Tell whether a text can name a repository on the hub, ``owner/name``."""
    known = _REPOSITORY.fullmatch(text) and not {"..", "--"} & {text[i : i + 2] for i in range(len(text))}
    return bool(known) and len(text) <= MOST_REPOSITORY


def _plain_source(text: str, *, is_path: bool) -> ModelSource:
    folder = Path(text).expanduser()
    if folder.is_dir():
        if not is_model_folder(folder):
            raise InputError(
                f"folder {text} has no config.json and no {ADAPTER}: give a folder written by save_pretrained"
            )
        return ModelSource(ref=text, source=str(folder), local=True)
    if text in REGISTRY:
        model = REGISTRY[text]
        if model.hub_id is None:
            raise InputError(f"model {text} is built from the sample and is not here yet: run `scpo demo` once")
        return ModelSource(text, model.hub_id, False, model.revision, model.commit, model)
    hub_id, _, at = text.partition("@")
    if is_path or not is_repository(hub_id) or not _REVISION.fullmatch(at) or ".." in at:
        raise InputError(
            f"no model {text!r}: give a registered name ({', '.join(REGISTRY)}), "
            "a hub repository owner/name[@revision], or a local folder with a config.json"
        )
    known = registered(hub_id)
    if not at and known is not None:
        return ModelSource(text, hub_id, False, known.revision, known.commit, known)
    return ModelSource(ref=text, source=hub_id, local=False, revision=at or None, registered=known)


_OTHER_FORMATS = (".bin", ".pt", ".pth", ".ckpt", ".gguf", ".h5", ".msgpack", ".onnx")
_NO_WEIGHTS = ("training_args.bin", "optimizer.pt", "scheduler.pt", "scaler.pt")


def weight_files(folder: Path) -> list[Path]:
    """List the files with the weights of a local model, sorted by name.

    Raises
    ------
    InputError
        If there are no safetensors, if one that the index names is missing, or if one is only a pointer of Git LFS.
    """
    found = sorted(folder.glob("*.safetensors"))
    if not found:
        other = [p.name for p in folder.iterdir() if p.suffix in _OTHER_FORMATS and p.name not in _NO_WEIGHTS]
        if not other:
            raise InputError(f"folder {folder} has no safetensors: save the model with save_pretrained")
        raise InputError(
            f"folder {folder} has its weights as {min(other)} only, and weights are read from safetensors alone "
            "(pickled ones can run code): save the model again with save_pretrained"
        )
    for path in found:
        with path.open("rb") as stream:
            if stream.read(len(_POINTER)) == _POINTER:
                raise InputError(f"{path} is a pointer of Git LFS, not the weights: `git lfs pull` fetches them")
    for index in folder.glob("*.safetensors.index.json"):
        shards = set(read_json(index).get("weight_map", {}).values())
        missing = sorted(shards - {path.name for path in found})
        if missing:
            raise InputError(
                f"folder {folder} lacks {len(missing)} of {len(shards)} files of its weights, first {missing[0]}: "
                "copy the whole folder"
            )
    return found


_POINTER = b"version https://git-lfs"


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a model's folder; InputError if it is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(f"{path} cannot be read: it is no JSON ({error})") from None
    if not isinstance(value, dict):
        raise InputError(f"{path} cannot be read: it holds no JSON object")
    return value
