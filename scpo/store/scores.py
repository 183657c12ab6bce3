"""Stored rewards and features of every response of a data set under one global model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from scpo.config import Context, EncodingConfig, content_key
from scpo.data.tables import REWARDS, DatasetInfo
from scpo.errors import InputError
from scpo.store.cache import Store, now, write_json

SCORES_ALGORITHM_VERSION = 1
HISTORY = " (history)"
"""What stands behind the name of a model that has read the conversation before each turn."""

RECORD = "meta.json"


class ScoresInfo(BaseModel):
    """`meta.json` of scores."""

    model_config = ConfigDict(extra="forbid")

    format_version: int = 1
    dataset: str
    utterances_sha256: str
    model: str
    """Name of the model, as the user wrote it."""

    model_key: str
    model_location: str
    """Folder or hub repository it can be loaded from."""

    model_commit: str | None = None
    encoding: EncodingConfig
    n_responses: int
    n_features: int
    rewards_sha256: str
    seconds: float
    device: str
    created_at: str

    @property
    def label(self) -> str:
        """Return the name these scores are asked for by: with and without history they are two rulers."""
        return self.model + (HISTORY if self.encoding.context == "history" else "")


@dataclass(frozen=True)
class StoredScores:
    """Scores read back: rewards in memory, features memory-mapped."""

    key: str
    info: ScoresInfo
    reward: NDArray[np.float32]
    """Shape (n_responses,), in the order of the table utterances."""

    features: NDArray[np.float32]
    """Shape (n_responses, n_features), read-only memory map."""

    head_weight: NDArray[np.float32]
    head_bias: float


def scores_key(dataset: DatasetInfo, model_key: str, encoding: EncodingConfig) -> str:
    """Name scores by their causes: the responses, the model, the encoding."""
    return content_key(
        "scores",
        {
            "algorithm_version": SCORES_ALGORITHM_VERSION,
            "utterances": dataset.sha256["utterances"],
            "model": model_key,
            "encoding": encoding.as_json(),
        },
    )


def write_scores(
    store: Store,
    key: str,
    *,
    reward: NDArray[np.float32],
    features: NDArray[np.float32],
    head_weight: NDArray[np.float32],
    head_bias: float,
    about: dict[str, Any],
) -> None:
    """Publish finished scores under their key."""
    with store.writing(store.folder("scores", key), record=RECORD) as folder:
        table = pd.DataFrame({"utterance": np.arange(len(reward), dtype=np.int32), "reward": reward})
        sha256 = store.write_table(folder / "rewards.parquet", REWARDS.validate(table))
        np.save(folder / "features.npy", features, allow_pickle=False)
        np.save(folder / "head.npy", np.append(head_weight, np.float32(head_bias)), allow_pickle=False)
        info = ScoresInfo(
            **about, n_responses=len(reward), n_features=features.shape[1], rewards_sha256=sha256, created_at=now()
        )
        write_json(folder / RECORD, info.model_dump(mode="json"))


def has_scores(store: Store, key: str) -> bool:
    """Say whether finished scores lie under a key."""
    return (store.folder("scores", key) / RECORD).is_file()


def read_scores(store: Store, key: str) -> StoredScores:
    """Read scores, checked; an error if there are none under this key."""
    entry = store.folder("scores", key)
    info = store.read_record(entry / RECORD, ScoresInfo, what=f"score {key}", entry=entry)
    rewards = store.read_table(entry / "rewards.parquet", REWARDS, sha256=info.rewards_sha256, entry=entry)
    try:
        head = np.load(entry / "head.npy", allow_pickle=False)
        features = np.load(entry / "features.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise store.quarantine(entry, f"its arrays cannot be read: {error}") from error
    if features.shape != (info.n_responses, info.n_features) or head.shape != (info.n_features + 1,):
        raise store.quarantine(entry, "its arrays have another shape than was written")
    return StoredScores(
        key=key,
        info=info,
        reward=rewards["reward"].to_numpy(),
        features=features,
        head_weight=head[:-1],
        head_bias=float(head[-1]),
    )


def list_scores(store: Store, dataset: DatasetInfo) -> list[tuple[str, ScoresInfo]]:
    """List finished scores of a data set's responses, oldest first."""
    found = []
    for key in store.names("scores"):
        path = store.folder("scores", key) / RECORD
        if path.is_file():
            info = store.read_record(path, ScoresInfo, what=f"score {key}", entry=path.parent)
            if info.utterances_sha256 == dataset.sha256["utterances"]:
                found.append((key, info))
    return sorted(found, key=lambda item: (item[1].created_at, item[0]))


def find_scores(store: Store, dataset: DatasetInfo, model: str, *, context: Context | None = None) -> StoredScores:
    """Read the newest scores of a data set by the name (or key) of the model.

    Parameters
    ----------
    model : str
        `ScoresInfo.label`, or the name or key of the model.
    context : {"turn", "history"}, optional
        Only scores that have read so much of a conversation.

    Raises
    ------
    InputError
        If this model has not scored the data set; the message says how to do it.
    """
    known = [one for one in list_scores(store, dataset) if context in (None, one[1].encoding.context)]
    matching = [key for key, info in known if model == info.label]
    matching = matching or [key for key, info in known if model in (info.model, info.model_key)]
    if not matching:
        raise InputError(
            f"{dataset.name} has no scores of model {model}: "
            f"`scpo score --data {dataset.name} --model {model}` makes them"
        )
    return read_scores(store, matching[-1])


def parts_folder(store: Store, key: str) -> Path:
    """Return where finished parts of a running scoring lie."""
    return store.root / "scores" / f".{key}.parts"
