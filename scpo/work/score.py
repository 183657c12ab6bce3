"""Score every response of a data set with a global model: resumable, at most one part is lost by a kill."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from scpo.config import EncodingConfig
from scpo.data.hub import silence
from scpo.data.pairing import conversation_messages
from scpo.errors import InputError
from scpo.model.encoding import EncodedText
from scpo.model.loading import hub_commit
from scpo.model.reward_model import RewardModel
from scpo.model.scoring import score
from scpo.models import lookup
from scpo.settings import Settings
from scpo.store.cache import Store, replacing
from scpo.store.datasets import Dataset
from scpo.store.externals import external_identity, has_external, read_external
from scpo.store.models import (
    RUN_PREFIX,
    ModelIdentity,
    hub_model_key,
    local_model_key,
    model_folder,
    named_model,
    run_model_key,
)
from scpo.store.runs import RunDirectory
from scpo.store.scored import Scored
from scpo.store.scores import StoredScores, has_scores, parts_folder, read_scores, scores_key, write_scores

PART_RESPONSES = 1024
"""Responses per part: what a kill can cost."""

OnProgress = Callable[[str, float, float, str], None]
"""Called with stage, done, total, unit."""


def identify_model(store: Store, ref: str, settings: Settings) -> ModelIdentity:
    """Say what a model reference means and under which key its results are stored.

    A global model trained here and a model that was added from elsewhere go by their names, the model of a finished
    run by ``run:<run_id>``, a folder by its bytes, a hub model by repository and commit.
    """
    if ref.startswith(RUN_PREFIX):
        return _model_of_run(store, ref.removeprefix(RUN_PREFIX))
    if has_external(store, ref):
        return external_identity(read_external(store, ref))
    trained = named_model(store, ref)
    if trained is not None:
        return ModelIdentity(trained.name, trained.key, str(model_folder(store, trained.key)))
    source = lookup(ref)
    if source.local:
        folder = Path(source.source)
        return ModelIdentity(folder.resolve().name, local_model_key(folder), str(folder.resolve()))
    commit = _hub_commit(source.source, source.revision, settings)
    source.check_commit(commit)  # the loader is given that very commit and could not tell any more
    return ModelIdentity(ref, hub_model_key(source.source, commit), f"{source.source}@{commit}")


def _model_of_run(store: Store, run_id: str) -> ModelIdentity:
    directory = RunDirectory(store, run_id)
    status = directory.record().status
    if status != "succeeded":
        raise InputError(f"run {run_id} has no model yet: its status is {status}")
    return ModelIdentity(f"{RUN_PREFIX}{run_id}", run_model_key(run_id), str(directory.model_folder.resolve()))


def scored_model(store: Store, scored: Scored) -> ModelIdentity:
    """Return the global model that has scored a data set; one trained here is found wherever the cache lies now."""
    info = scored.scores.info
    trained = model_folder(store, info.model_key)
    return ModelIdentity(info.model, info.model_key, str(trained) if trained.is_dir() else info.model_location)


def _hub_commit(repository: str, revision: str | None, settings: Settings) -> str:
    silent = silence(offline=settings.offline)
    try:
        return hub_commit(repository, revision, offline=silent is not None, token=settings.hf_token)
    except OSError as error:
        if silent is not None:
            raise InputError(
                f"model {repository} is not on this machine and {silent}: load it once with a network, or pass a local "
                "folder written by save_pretrained"
            ) from error
        raise InputError(
            f"the hub does not give {repository} ({type(error).__name__}): check the name, the network and HF_TOKEN, "
            "or pass a local folder written by save_pretrained"
        ) from error


def load_model(identity: ModelIdentity, *, encoding: EncodingConfig, settings: Settings) -> RewardModel:
    """Load a model onto the device of the settings."""
    return RewardModel.load(
        identity.location,
        encoding=encoding,
        device=settings.device,
        offline=settings.offline,
        token=settings.hf_token,
    )


def encode_rows(model: RewardModel, utterances: pd.DataFrame, rows: np.ndarray) -> list[EncodedText]:
    """Encode the responses in some rows of the table utterances, in the order of `rows`."""
    messages = conversation_messages(utterances, model.encoding.context)
    responses = utterances["response"].to_numpy()
    return model.encode([messages[row] for row in rows], [responses[row] for row in rows])


def score_dataset(
    store: Store,
    dataset: Dataset,
    identity: ModelIdentity,
    *,
    encoding: EncodingConfig,
    settings: Settings,
    on_progress: OnProgress,
) -> StoredScores:
    """Return the scores of a data set under a model, computing what is missing.

    The responses are scored in parts that are written as they are finished; a second call goes on after the last.
    """
    key = scores_key(dataset.info, identity.key, encoding)
    return store.load_or_build(
        f"scores-{key}",
        load=lambda: read_scores(store, key) if has_scores(store, key) else None,
        build=lambda: _score(store, key, dataset, identity, encoding, settings, on_progress),
        busy=f"{dataset.info.name} is being scored by another process: wait for it",
    )


def _score(
    store: Store,
    key: str,
    dataset: Dataset,
    identity: ModelIdentity,
    encoding: EncodingConfig,
    settings: Settings,
    on_progress: OnProgress,
) -> StoredScores:
    began = time.perf_counter()
    model = load_model(identity, encoding=encoding, settings=settings)
    parts, n = parts_folder(store, key), len(dataset.utterances)
    for first in range(0, n, PART_RESPONSES):
        on_progress("scoring", first, n, "responses")
        part, rows = parts / f"{first:09d}.npz", np.arange(first, min(first + PART_RESPONSES, n))
        if part.is_file():
            continue
        scores = score(
            model,
            encode_rows(model, dataset.utterances, rows),
            on_progress=lambda done, _, first=first: on_progress("scoring", first + done, n, "responses"),  # type: ignore[misc]
        )
        with replacing(part) as unfinished, unfinished.open("wb") as stream:
            np.savez(stream, reward=scores.reward, features=scores.features)
    loaded = [np.load(path, allow_pickle=False) for path in sorted(parts.glob("?????????.npz"))]
    head = model.head
    write_scores(
        store,
        key,
        reward=np.concatenate([part["reward"] for part in loaded]),
        features=np.concatenate([part["features"] for part in loaded]),
        head_weight=head.weight,
        head_bias=head.bias,
        about={
            "dataset": dataset.info.name,
            "utterances_sha256": dataset.info.sha256["utterances"],
            "model": identity.name,
            "model_key": identity.key,
            "model_location": identity.location,
            "model_commit": model.commit,
            "encoding": encoding,
            "seconds": time.perf_counter() - began,
            "device": str(model.device),
        },
    )
    shutil.rmtree(parts)
    return read_scores(store, key)
