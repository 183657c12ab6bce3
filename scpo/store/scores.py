"""Stored rewards and features of every response of a data set under one global model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from scpo.config import Context, EncodingConfig, Record, content_key
from scpo.data.tables import REWARDS, DatasetInfo
from scpo.errors import InputError
from scpo.models import split_reading
from scpo.references import lookup
from scpo.store.cache import Store, now, write_sealed
from scpo.store.externals import has_external, read_external
from scpo.store.models import RUN_PREFIX, ModelIdentity, folder_identity, named_model, names_folder
from scpo.store.runs import RunDirectory
from scpo.store.survey import survey

SCORES_ALGORITHM_VERSION = 1
HISTORY = " (history)"
"""What stands behind the name of a model that has read the conversation before each turn."""

RECORD = "meta.json"


class ScoresInfo(Record):
    """`meta.json` of scores."""

    MIGRATIONS: ClassVar[dict[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {
        1: lambda values: values | {"format_version": 2}  # 2 has one more field, `notes`
    }

    format_version: int = 2
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
    notes: list[str] = Field(default_factory=list)
    """What was noticed when the model was read and used, a sentence each."""

    seconds: float
    device: str
    created_at: str

    @property
    def label(self) -> str:
        """Return the name these scores are asked for by: with and without history they are two rulers."""
        return self._named(self.model)

    @property
    def exact_label(self) -> str:
        """Return a name that no other model has, whatever its folder is called."""
        return self._named(f"{self.model} [{self.model_key[:8]}]")

    def _named(self, model: str) -> str:
        return model + (HISTORY if self.encoding.context == "history" else "")


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
        write_sealed(folder / RECORD, info.model_dump(mode="json"))


def has_scores(store: Store, key: str) -> bool:
    """Say whether finished scores lie under a key."""
    return (store.folder("scores", key) / RECORD).is_file()


def read_scores(store: Store, key: str) -> StoredScores:
    """Read scores, checked; an error if there are none under this key."""
    entry = store.folder("scores", key)
    info = read_scores_info(store, key)
    store.check_files(entry)
    rewards = store.read_table(entry / "rewards.parquet", REWARDS, sha256=info.rewards_sha256)
    try:
        head = np.load(entry / "head.npy", allow_pickle=False)
        features = np.load(entry / "features.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise store.broken(entry, f"has arrays that cannot be read ({error})") from error
    if features.shape != (info.n_responses, info.n_features) or head.shape != (info.n_features + 1,):
        raise store.broken(entry, "has arrays of another shape than was written")
    return StoredScores(
        key=key,
        info=info,
        reward=rewards["reward"].to_numpy(),
        features=features,
        head_weight=head[:-1],
        head_bias=float(head[-1]),
    )


def read_scores_info(store: Store, key: str) -> ScoresInfo:
    """Read what is known about scores; an error if there are none under this key."""
    return store.read_record(store.folder("scores", key) / RECORD, ScoresInfo, what=f"score {key}")


def all_scores(store: Store) -> list[tuple[str, ScoresInfo]]:
    """List all finished scores; what is broken is left out, and named by `scpo.store.broken`."""
    return survey(store, "scores", lambda key: (key, read_scores_info(store, key)))[0]


def list_scores(store: Store, dataset: DatasetInfo) -> list[tuple[str, ScoresInfo]]:
    """List finished scores of a data set's responses, oldest first."""
    found = [(key, info) for key, info in all_scores(store) if info.utterances_sha256 == dataset.sha256["utterances"]]
    return sorted(found, key=lambda item: (item[1].created_at, item[0]))


def labels(known: Iterable[tuple[str, ScoresInfo]]) -> dict[str, str]:
    """Return the name by which each of some scores is asked for: with the model's digits where two share a name.

    Parameters
    ----------
    known : iterable of (key, ScoresInfo)
        From `list_scores`.

    Returns
    -------
    dict
        By the key of the scores: ``checkpoint-100``, or ``checkpoint-100 [3f2a9c1b]``.
    """
    known = list(known)
    models: dict[str, set[str]] = {}
    for _, info in known:
        models.setdefault(info.model, set()).add(info.model_key)
    return {key: info.label if len(models[info.model]) == 1 else info.exact_label for key, info in known}


def scores_of(
    store: Store, dataset: DatasetInfo, model: str, *, context: Context | None = None
) -> list[tuple[str, ScoresInfo]]:
    """List a model's scores of a data set, oldest first; none if it has not scored.

    Parameters
    ----------
    model : str
        The folder of a model, whose content counts and not its name; one of `labels`; the name or key of a model.
    context : {"turn", "history"}, optional
        Only scores that have read so much of a conversation.

    Raises
    ------
    InputError
        If the name is that of several models.
    """
    known = list_scores(store, dataset)
    plain, named = model.removesuffix(HISTORY), labels(known)
    known = [one for one in known if context in (None, one[1].encoding.context)]
    found = [one for one in known if model in (named[one[0]], one[1].exact_label)] or [
        one for one in known if model in (one[1].label, one[1].model, one[1].model_key)
    ]
    own = _own_key(store, plain, is_clear=len({info.model_key for _, info in found}) == 1)
    if own is not None:
        found = [one for one in known if one[1].model_key == own]
        found = found if plain == model else [one for one in found if one[1].encoding.context == "history"]
    if len({info.model_key for _, info in found}) > 1:
        which = ", ".join(sorted({named[key] for key, _ in found}))
        raise InputError(
            f"several models named {plain} have scored {dataset.name}: name one by its folder, or as {which}"
        )
    return found


def _own_key(store: Store, model: str, *, is_clear: bool) -> str | None:
    """Return the content of what this name or folder means here and now; None for other names."""
    if has_external(store, model):
        return read_external(store, model).key
    is_folder = names_folder(model)
    if is_clear and not is_folder:
        return None  # a page asks at every move of a slider: no more is read than must be
    trained = named_model(store, model)
    if trained is not None:
        return trained.key
    folder = folder_identity(store, model) if is_folder else None
    return None if folder is None else folder.key


def check_model(store: Store, ref: str) -> None:
    """Refuse a reference that means no model, as far as this can be told without the hub and without weights.

    Raises
    ------
    InputError
        If it is no name of a model here, no finished run, no folder and nothing that the hub could have.
    """
    ref = ref.removesuffix(HISTORY)
    plain, _ = split_reading(ref)
    if ref.startswith(RUN_PREFIX):
        RunDirectory(store, plain.removeprefix(RUN_PREFIX)).check_succeeded()
        return
    here = has_external(store, plain) or named_model(store, plain) or names_folder(ref) or scored_folder(store, ref)
    if not here:
        lookup(ref)


def scored_folder(store: Store, name: str) -> ModelIdentity | None:
    """Return the local model that has scored something under this name; None if there is none.

    Raises
    ------
    InputError
        If the name is that of several models, or the folder is gone or holds another model by now.
    """
    records = [info for _, info in all_scores(store)]
    plain = name.removesuffix(HISTORY)
    local = [info for info in records if info.model_location.startswith("/") and not info.model.startswith(RUN_PREFIX)]
    found = {info.model_key: info for info in local if plain in (info.model, f"{info.model} [{info.model_key[:8]}]")}
    if not found:
        return None
    if len(found) > 1:
        which = ", ".join(sorted(f"{info.model} [{info.model_key[:8]}]" for info in found.values()))
        raise InputError(f"several models are named {plain}: name one by its folder, or as {which}")
    (info,) = found.values()
    now_there = folder_identity(store, info.model_location)
    if now_there is None or now_there.key != info.model_key:
        raise InputError(
            f"model {plain} was read from {info.model_location}, which is gone or holds another model by now: "
            "give the folder of the model that is meant"
        )
    return now_there


def find_scores(store: Store, dataset: DatasetInfo, model: str, *, context: Context | None = None) -> StoredScores:
    """Read the newest scores of a data set under a model.

    Parameters
    ----------
    model : str
        See `scores_of`.
    context : {"turn", "history"}, optional
        Only scores that have read so much of a conversation.

    Raises
    ------
    InputError
        If this model has not scored the data set (the message says how to do it), or several have its name.
    """
    found = scores_of(store, dataset, model, context=context)
    if not found:
        raise InputError(
            f"{dataset.name} has no scores of model {model}: "
            f"`scpo score --data {dataset.name} --model {model}` makes them"
        )
    return read_scores(store, found[-1][0])


def parts_folder(store: Store, key: str) -> Path:
    """Return where finished parts of a running scoring lie."""
    return store.root / "scores" / f".{key}.parts"
