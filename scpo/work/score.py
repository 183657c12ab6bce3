"""Score every response of a data set with a global model: resumable, at most one part is lost by a kill."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.config import EncodingConfig
from scpo.data.hub import silence
from scpo.data.pairing import conversation_messages
from scpo.errors import InputError
from scpo.model.encoding import EncodedText
from scpo.model.loading import hub_commit
from scpo.model.reward_model import RewardModel
from scpo.model.scoring import score
from scpo.models import split_reading
from scpo.references import ModelSource, lookup
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.datasets import Dataset
from scpo.store.externals import external_identity, has_external, read_external
from scpo.store.files import replacing
from scpo.store.models import (
    RUN_PREFIX,
    ModelIdentity,
    model_folder,
    named_model,
    names_folder,
    run_model_key,
    source_identity,
)
from scpo.store.runs import RunDirectory
from scpo.store.scored import Scored
from scpo.store.scores import (
    StoredScores,
    has_scores,
    parts_folder,
    read_scores,
    scored_folder,
    scores_key,
    write_scores,
)
from scpo.words import counted
from scpo.work.context import Work
from scpo.work.room import bytes_of, need_room

PART_RESPONSES = 1024
"""Responses per part: what a kill can cost."""


def identify_model(store: Store, ref: str, settings: Settings) -> ModelIdentity:
    """Say what a model reference means and under which key its results are stored.

    A global model trained here and a model that was added from elsewhere go by their names, the model of a finished
    run by ``run:<run_id>``, a folder by its bytes (also by the name under which it has scored something), a hub model
    by repository and commit.
    """
    if ref.startswith(RUN_PREFIX):
        run, reading = split_reading(ref.removeprefix(RUN_PREFIX))
        return _model_of_run(store, run).read_as(reading)
    plain, reading = split_reading(ref)
    if has_external(store, plain):
        return external_identity(store, read_external(store, plain)).read_as(reading)
    trained = named_model(store, plain)
    if trained is not None:
        store.check_files(model_folder(store, trained.key))
        return ModelIdentity(trained.name, trained.key, str(model_folder(store, trained.key))).read_as(reading)
    scored = None if names_folder(ref) else scored_folder(store, ref)
    if scored is not None:
        return scored

    def commit(source: ModelSource) -> str:
        found = _hub_commit(source.source, source.revision, settings)
        source.check_commit(found)  # the loader is given that very commit and could not tell any more
        return found

    return source_identity(store, lookup(ref), commit)


def _model_of_run(store: Store, run_id: str) -> ModelIdentity:
    directory = RunDirectory(store, run_id)
    directory.check_succeeded()
    store.check_files(directory.path)
    return ModelIdentity(f"{RUN_PREFIX}{run_id}", run_model_key(run_id), str(directory.model_folder.resolve()))


def scored_model(store: Store, scored: Scored) -> ModelIdentity:
    """Return the model that has scored a data set; one trained here is found wherever the cache lies now."""
    info = scored.scores.info
    if info.model.startswith(RUN_PREFIX):
        run, reading = split_reading(info.model.removeprefix(RUN_PREFIX))
        return _model_of_run(store, run).read_as(reading)
    trained = model_folder(store, info.model_key)
    store.check_files(trained)
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


def score_dataset(work: Work, dataset: Dataset, identity: ModelIdentity, *, encoding: EncodingConfig) -> StoredScores:
    """Return the scores of a data set under a model, computing what is missing.

    The responses are scored in parts that are written as they are finished; a second call goes on after the last.
    """
    key, store = scores_key(dataset.info, identity.key, encoding), work.store
    return store.load_or_build(
        f"scores-{key}",
        load=lambda: read_scores(store, key) if has_scores(store, key) else None,
        build=lambda: _score(work, key, dataset, identity, encoding),
        busy=f"{dataset.info.name} is being scored by another process: wait for it",
    )


def _score(work: Work, key: str, dataset: Dataset, identity: ModelIdentity, encoding: EncodingConfig) -> StoredScores:
    began, store = time.perf_counter(), work.store
    model = load_model(identity, encoding=encoding, settings=work.settings)
    parts, n = parts_folder(store, key), len(dataset.utterances)
    written = bytes_of(parts) if parts.is_dir() else 0
    numbers = n * (len(model.head.weight) + 1) * np.dtype(np.float32).itemsize  # once in parts, once as a whole
    need_room(store.root, 2 * numbers - written, f"scoring {dataset.info.name}")
    for first in range(0, n, PART_RESPONSES):
        work.tell("scoring", first, n, "responses")
        part, rows = parts / f"{first:09d}.npz", np.arange(first, min(first + PART_RESPONSES, n))
        if part.is_file():
            continue
        encoded = encode_rows(model, dataset.utterances, rows)
        scores = score(
            model,
            encoded,
            on_progress=lambda done, _, first=first: work.tell("scoring", first + done, n, "responses"),  # type: ignore[misc]
        )
        check_numbers(identity.name, scores.reward, lambda row, first=first: _named(dataset, first + row))  # type: ignore[misc]
        full = sum(len(text) >= model.encoder.max_length for text in encoded)
        with replacing(part) as unfinished, unfinished.open("wb") as stream:
            np.savez(stream, reward=scores.reward, features=scores.features, full=full)
    loaded = [np.load(path, allow_pickle=False) for path in sorted(parts.glob("?????????.npz"))]
    head, full = model.head, sum(int(part["full"]) for part in loaded if "full" in part)
    cut = f"{full:,} of {counted(n, 'text')} fill all {model.encoder.max_length} tokens: what is longer is cut"
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
            "notes": [*model.notes, *([cut] if full else [])],
            "seconds": time.perf_counter() - began,
            "device": str(model.device),
        },
    )
    shutil.rmtree(parts)
    return read_scores(store, key)


def check_numbers(model: str, reward: NDArray[np.float32], name_of: Callable[[int], str]) -> None:
    """Refuse rewards that are no numbers.

    Parameters
    ----------
    model : str
        Its name, for the sentence.
    reward : array of shape (n_texts,)
    name_of : callable
        Names the text in a row of `reward`.

    Raises
    ------
    InputError
        If one is NaN or infinite; it says how many are, and which is the first.
    """
    broken = np.flatnonzero(~np.isfinite(reward))
    if broken.size:
        raise InputError(
            f"model {model} gives no number (NaN or infinite) as the reward of {len(broken):,} of "
            f"{counted(len(reward), 'response')}, first of {name_of(int(broken[0]))}: its numbers overflow on such "
            "texts, or its training has diverged"
        )


def _named(dataset: Dataset, row: int) -> str:
    pairs = dataset.pairs
    found = pairs.loc[(pairs["chosen"] == row) | (pairs["rejected"] == row), "pair_id"]
    pair = f" (pair {found.iloc[0]})" if len(found) else ""
    return f"response {dataset.utterances['utterance_id'].iloc[row]}{pair}"
