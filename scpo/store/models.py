"""Global models that were trained here, by name, and the identity of any model reference."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from scpo.config import EncodingConfig, Record, TrainingConfig, content_key
from scpo.errors import InputError
from scpo.models import AS_IT_SAYS, REGISTRY, Reading, split_reading
from scpo.names import checked_name
from scpo.references import ADAPTER, ON, ModelSource, is_model_folder, lookup, weight_files
from scpo.settings import load_settings
from scpo.store.cache import Store
from scpo.store.files import file_sha256
from scpo.store.survey import survey

GLOBAL_ALGORITHM_VERSION = 1
RECORD = "model.json"


class GlobalModelRecord(Record):
    """`model.json` of a global model trained here."""

    MIGRATIONS: ClassVar[dict[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {
        1: lambda values: values | {"format_version": 2}  # 2 has two more fields, `unseen_share` and `unseen_users`
    }

    format_version: int = 2
    name: str
    key: str
    dataset: str
    dataset_key: str
    backbone: str
    backbone_key: str
    exclude_countries: list[str]
    training: TrainingConfig
    encoding: EncodingConfig
    seed: int
    n_pairs: int
    n_users: int
    left_out_users: int
    """Training users left out because they have a row from an excluded country."""

    unseen_share: float = 0.0
    """Share of every other community's training users that was left out so that budgets can be chosen on them."""

    unseen_users: list[str] = Field(default_factory=list)
    """Who they are."""

    device: str
    seconds: float
    steps: int
    passes: float
    held_out: dict[str, Any] = Field(default_factory=dict)
    """Accuracy on held-out users, beside that of "the longer response wins"."""

    versions: dict[str, str] = Field(default_factory=dict)
    created_at: str


@dataclass(frozen=True)
class ModelIdentity:
    """A model that can be loaded, and the key its results are stored under."""

    name: str
    key: str
    location: str
    """What the loader wants: a folder, or ``owner/name@commit``."""

    def read_as(self, reading: Reading) -> ModelIdentity:
        """Return the same model, read in another way: another model for all that rests on it."""
        if reading == AS_IT_SAYS:
            return self
        key = content_key("model-reading", {"model": self.key, **asdict(reading)})
        return ModelIdentity(f"{self.name}{reading}", key, f"{self.location}{reading}")


def new_model_name(name: str) -> str:
    """Return the name of a new model.

    Raises
    ------
    InputError
        If it is no name (`scpo.names`), or a registered model is called so.
    """
    if name in REGISTRY:
        raise InputError(f"{name} is the name of a registered model: choose another with --name")
    return checked_name(name)


def model_folder(store: Store, key: str) -> Path:
    """Return the folder of a global model trained here."""
    return store.folder("models", key)


def has_model(store: Store, key: str) -> bool:
    """Say whether a global model was trained here under a key."""
    return (model_folder(store, key) / RECORD).is_file()


def read_model(store: Store, key: str) -> GlobalModelRecord:
    """Read the record of a global model trained here."""
    return store.read_record(model_folder(store, key) / RECORD, GlobalModelRecord, what=f"model {key}")


def list_models(store: Store) -> list[GlobalModelRecord]:
    """List the global models trained here, oldest first; what is broken is named by `scpo.store.broken`."""
    records, _ = survey(store, "models", partial(read_model, store))
    return sorted(records, key=lambda record: record.created_at)


def named_model(store: Store, name: str) -> GlobalModelRecord | None:
    """Find the newest global model of this name; None if there is none."""
    matching = [record for record in list_models(store) if name in (record.name, record.key)]
    return matching[-1] if matching else None


_ALWAYS = ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_WITHOUT_TOKENIZER_JSON = (
    "added_tokens.json", "merges.txt", "sentencepiece.bpe.model", "special_tokens_map.json", "spiece.model",
    "spm.model", "tokenizer.model", "vocab.json", "vocab.txt",
)  # fmt: skip


def local_model_key(store: Store, folder: Path) -> str:
    """Name a local model by its bytes: configuration, weights and tokenizer.

    Raises
    ------
    InputError
        If its weights are not all there as safetensors, see `scpo.references.weight_files`.
    """
    names = [*_ALWAYS, *([] if (folder / "tokenizer.json").is_file() else _WITHOUT_TOKENIZER_JSON)]
    names += [] if (folder / "config.json").is_file() else [ADAPTER]
    others = [folder / name for name in names if (folder / name).is_file()]
    digest = hashlib.sha256()
    for path in [*weight_files(folder), *others]:
        digest.update(f"{path.name}\n{_digest(store, path)}\n".encode())
    return content_key("local-model", {"sha256": digest.hexdigest()})


LARGE = 2**26
"""Bytes from which on the hash of a file is kept, as long as the file is not touched."""


def _digest(store: Store, path: Path) -> str:
    about = path.resolve().stat()
    if about.st_size < LARGE or load_settings().read_only:
        return file_sha256(path)
    touched = [about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns]
    causes = {"path": str(path.resolve()), "touched": touched}
    return str(store.kept("digests", content_key("digest", causes), lambda: {"sha256": file_sha256(path)})["sha256"])


def folder_identity(store: Store, ref: str) -> ModelIdentity | None:
    """Say which model a local folder holds, by its content; None for another reference, or a base from the hub."""
    if not names_folder(ref):
        return None
    source = lookup(ref)
    whole = source
    while whole.base is not None:
        whole = whole.base
    return source_identity(store, source, lambda one: "") if whole.local else None


def names_folder(ref: str) -> bool:
    """Tell whether a reference means a local folder with a model, however it is to be read."""
    plain, _ = split_reading(ref)
    places = (ref, plain, plain.partition(ON)[0])
    return any(Path(place).expanduser().is_dir() and is_model_folder(Path(place).expanduser()) for place in places)


def source_identity(store: Store, source: ModelSource, commit: Callable[[ModelSource], str]) -> ModelIdentity:
    """Say which model a reference means, by its content or its commit.

    Parameters
    ----------
    source : ModelSource
        From `scpo.references.lookup`.
    commit : callable
        Says what a revision on the hub means.
    """
    if not source.local:
        at = commit(source)
        name, _ = split_reading(source.ref)
        return ModelIdentity(name, hub_model_key(source.source, at), f"{source.source}@{at}").read_as(source.reading)
    folder = Path(source.source).resolve()
    found = ModelIdentity(folder.name, local_model_key(store, folder), str(folder))
    if source.base is not None:
        base = source_identity(store, source.base, commit)
        key = content_key("adapted-model", {"adapter": found.key, "base": base.key})
        found = ModelIdentity(found.name, key, f"{found.location}{ON}{base.location}")
    return found.read_as(source.reading)


def hub_model_key(repository: str, commit: str) -> str:
    """Name a hub model by repository and commit."""
    return content_key("hub-model", {"repository": repository, "commit": commit})


RUN_PREFIX = "run:"
"""``run:<run_id>`` names the model of a finished run."""


def run_model_key(run_id: str) -> str:
    """Name a finished run's model by the run, whose id is the hash of its causes."""
    return content_key("run-model", {"run": run_id})
