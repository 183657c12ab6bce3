"""Train a global reward model on everybody's pairs but some countries', and but those that budgets are chosen on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import UNSEEN_SHARE, EncodingConfig, EvaluationConfig, TrainingConfig, content_key
from scpo.data.choice_weight import choice_weight
from scpo.errors import InputError
from scpo.measures.accuracy import accuracy_estimate
from scpo.model.reward_model import RewardModel
from scpo.model.scoring import score
from scpo.model.tiny import build_sample_backbone
from scpo.model.training import PairData, train
from scpo.models import SAMPLE_MODEL
from scpo.store.cache import Store, now, write_sealed
from scpo.store.datasets import Dataset
from scpo.store.models import (
    GLOBAL_ALGORITHM_VERSION,
    RECORD,
    RUN_PREFIX,
    GlobalModelRecord,
    ModelIdentity,
    folder_identity,
    has_model,
    model_folder,
    named_model,
    read_model,
)
from scpo.store.run_record import PACKAGES
from scpo.store.runs import RunDirectory
from scpo.work.context import OnProgress, Work
from scpo.work.global_rows import rows_for_global
from scpo.work.room import model_bytes, need_room, training_bytes
from scpo.work.score import encode_rows

SAMPLE_TRAINING = TrainingConfig(epochs=2, learning_rate=2e-3, batch_pairs=64)
"""How `sample-rm` is trained: some seconds on two cores."""

SAMPLE_ENCODING = EncodingConfig(max_length=256)


def train_global(
    work: Work,
    dataset: Dataset,
    *,
    name: str,
    backbone: str,
    exclude_countries: Sequence[str],
    training: TrainingConfig,
    encoding: EncodingConfig,
    seed: int,
    unseen_share: float = UNSEEN_SHARE,
) -> GlobalModelRecord:
    """Train a global model, or return it if the same causes made it before.

    `backbone` is a local folder of an encoder (its reward head starts from random numbers), or ``tiny``: the small
    transformer of `sample-rm` with a vocabulary from the data set. See `rows_for_global` for who is left out.
    """
    exclude, store = sorted(set(exclude_countries)), work.store
    backbone_key = "tiny" if backbone == "tiny" else _backbone_key(store, backbone)
    causes = {
        "algorithm_version": GLOBAL_ALGORITHM_VERSION,
        "dataset": dataset.info.key,
        "backbone": backbone_key,
        "exclude_countries": exclude,
        "training": training.as_json(),
        "encoding": encoding.as_json(),
        "seed": seed,
        **({"unseen_share": unseen_share} if unseen_share else {}),
    }
    key = content_key("global-model", causes)
    taken = named_model(store, name)
    if taken is not None and taken.key != key and not has_model(store, key):
        raise InputError(f"a model named {name} exists already, made from other causes: choose another name")

    def trained() -> GlobalModelRecord:
        began = time.perf_counter()
        fit_pairs, test_pairs, left_out, unseen = rows_for_global(dataset, exclude, unseen_share=unseen_share)
        if fit_pairs.empty:
            raise InputError(
                f"nobody of {dataset.info.name} is left to train on: leave out fewer countries, or add data"
            )
        checkpoint, fresh = store.root / "models" / f".{key}.checkpoint", store.root / "models" / f".{key}.backbone"
        if backbone == "tiny":
            work.tell("building the model", 0, 1, "models")
            texts = dataset.utterances["prompt"].drop_duplicates().tolist() + dataset.utterances["response"].tolist()
            with store.writing(fresh, record="config.json") as folder:
                build_sample_backbone(texts, folder, seed=seed)
        model = RewardModel.load(
            str(fresh) if backbone == "tiny" else backbone,
            encoding=encoding,
            device=work.settings.device,
            new_head=True,
            seed=seed,
            offline=work.settings.offline,
        )
        need_room(store.root, training_bytes(model_bytes(model), training), f"training {name}")
        result = train(
            model,
            pair_data(model, dataset.utterances, fit_pairs, np.ones(len(fit_pairs))),
            training,
            seed=seed,
            on_log=lambda log: work.tell("training the global model", log.step, log.steps, "steps"),
            checkpoint_dir=checkpoint,
            checkpoint_every=50,
            resume=True,
        )
        with store.writing(model_folder(store, key), record=RECORD) as folder:
            model.save(folder)
            record = GlobalModelRecord(
                name=name,
                key=key,
                dataset=dataset.info.name,
                dataset_key=dataset.info.key,
                backbone=Path(backbone).name,
                backbone_key=backbone_key,
                exclude_countries=exclude,
                training=training,
                encoding=encoding,
                seed=seed,
                n_pairs=len(fit_pairs),
                n_users=fit_pairs["user_id"].nunique(),
                left_out_users=left_out,
                unseen_share=unseen_share,
                unseen_users=unseen,
                device=str(model.device),
                seconds=time.perf_counter() - began,
                steps=result.steps,
                passes=result.passes,
                held_out=held_out_accuracy(model, dataset, test_pairs, work.tell),
                versions={package: version(package) for package in PACKAGES},
                created_at=now(),
            )
            write_sealed(folder / RECORD, record.model_dump(mode="json"))
        for unfinished in (checkpoint, fresh):
            shutil.rmtree(unfinished, ignore_errors=True)
        return read_model(store, key)

    return store.load_or_build(
        f"model-{key}",
        load=lambda: read_model(store, key) if has_model(store, key) else None,
        build=trained,
        busy=f"{name} is being trained by another process: wait for it",
    )


def _backbone_key(store: Store, backbone: str) -> str:
    identity = folder_identity(store, backbone)
    if identity is None:
        raise InputError(f"no folder {backbone} with a model: give one written by save_pretrained, or tiny")
    return identity.key


def pair_data(model: RewardModel, utterances: pd.DataFrame, pairs: pd.DataFrame, weight: np.ndarray) -> PairData:
    """Encode the responses of some pairs, each once, for training; pairs of one choice weigh what the data set says."""
    share = choice_weight(pairs)
    chosen, rejected = pairs["chosen"].to_numpy(), pairs["rejected"].to_numpy()
    rows, position = np.unique(np.concatenate([chosen, rejected]), return_inverse=True)
    return PairData(
        encoded=encode_rows(model, utterances, rows),
        chosen=position[: len(chosen)],
        rejected=position[len(chosen) :],
        weight=weight if share is None else weight * share,
        group=pairs["interaction_id"].to_numpy(),
    )


def held_out_accuracy(
    model: RewardModel, dataset: Dataset, pairs: pd.DataFrame, on_progress: OnProgress
) -> dict[str, Any]:
    """Test a model on held-out users, beside the rule "the longer response wins"; empty without pairs."""
    if pairs.empty:
        return {}
    chosen, rejected = pairs["chosen"].to_numpy(), pairs["rejected"].to_numpy()
    rows, position = np.unique(np.concatenate([chosen, rejected]), return_inverse=True)
    reward = score(
        model,
        encode_rows(model, dataset.utterances, rows),
        on_progress=lambda done, total: on_progress("testing the global model", done, total, "responses"),
    ).reward
    length = dataset.utterances["response"].str.len().to_numpy()
    level = EvaluationConfig().level
    users = pairs["user_id"].to_numpy()
    gaps = {
        "model": reward[position[: len(chosen)]] - reward[position[len(chosen) :]],
        "longer_response_wins": (length[chosen] - length[rejected]).astype(np.float64),
    }
    return {rule: accuracy_estimate(gap, users, level=level).to_json() for rule, gap in gaps.items()}


def ensure_sample_model(work: Work, dataset: Dataset) -> GlobalModelRecord:
    """Train `sample-rm` on the sample at first use, on every training user: its budget is in the registry."""
    return train_global(
        work,
        dataset,
        name=SAMPLE_MODEL,
        backbone="tiny",
        exclude_countries=(),
        training=SAMPLE_TRAINING,
        encoding=SAMPLE_ENCODING,
        seed=0,
        unseen_share=0.0,
    )


def model_encoding(store: Store, identity: ModelIdentity, default: EncodingConfig) -> EncodingConfig:
    """Return the encoding a model was trained with here, or the default for models from elsewhere."""
    if identity.name.startswith(RUN_PREFIX):
        return RunDirectory(store, identity.name.removeprefix(RUN_PREFIX)).record().config.encoding
    trained = named_model(store, identity.key)
    return default if trained is None else trained.encoding
