"""Global models that were trained here, by name, and the identity of any model reference."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from scpo.config import EncodingConfig, TrainingConfig, content_key
from scpo.errors import InputError
from scpo.store.cache import Store, file_sha256

GLOBAL_ALGORITHM_VERSION = 1
RECORD = "model.json"


class GlobalModelRecord(BaseModel):
    """`model.json` of a global model trained here."""

    model_config = ConfigDict(extra="forbid")

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
    """List the global models trained here, oldest first."""
    records = [read_model(store, key) for key in store.names("models") if has_model(store, key)]
    return sorted(records, key=lambda record: record.created_at)


def named_model(store: Store, name: str) -> GlobalModelRecord | None:
    """Find the newest global model of this name; None if there is none."""
    matching = [record for record in list_models(store) if name in (record.name, record.key)]
    return matching[-1] if matching else None


def local_model_key(folder: Path) -> str:
    """Name a local model by its bytes: configuration, weights and tokenizer.

    Raises
    ------
    InputError
        If there are no safetensors.
    """
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise InputError(f"folder {folder} has no safetensors: save the model with save_pretrained")
    others = [
        folder / name for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
    ]
    digest = hashlib.sha256()
    for path in [*weights, *(path for path in others if path.is_file())]:
        digest.update(f"{path.name}\n{file_sha256(path)}\n".encode())
    return content_key("local-model", {"sha256": digest.hexdigest()})


def hub_model_key(repository: str, commit: str) -> str:
    """Name a hub model by repository and commit."""
    return content_key("hub-model", {"repository": repository, "commit": commit})


RUN_PREFIX = "run:"
"""``run:<run_id>`` names the model of a finished run."""


def run_model_key(run_id: str) -> str:
    """Name a finished run's model by the run, whose id is the hash of its causes."""
    return content_key("run-model", {"run": run_id})
