"""Data sets joined with the scores of a global model, and the finished runs that belong to both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.config import Context, EvaluationConfig, ObjectiveConfig, RunConfig, TrainingConfig, content_key
from scpo.data.choice_weight import choice_weight
from scpo.data.tables import DatasetInfo
from scpo.errors import InputError, StoreError
from scpo.measures.evaluation import CountryModel, Evaluation
from scpo.method import objective
from scpo.method.heads import PreferenceFeatures
from scpo.method.shuffling import exchanged_labels
from scpo.settings import load_settings
from scpo.store import datasets, studies
from scpo.store.cache import Store
from scpo.store.externals import list_externals
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory, list_runs
from scpo.store.scores import StoredScores, find_scores, labels, list_scores
from scpo.words import counted

EQUAL = 1e-6
"""Gaps up to this are none: equal inputs are scored once, but for those in different parts of a long scoring."""


@dataclass(frozen=True, eq=False)
class Scored:
    """A data set with the global model's rewards: all that depends on neither run nor slider."""

    dataset: datasets.Dataset
    scores: StoredScores

    @property
    def info(self) -> DatasetInfo:
        """Return what is known about the data set."""
        return self.dataset.info

    @property
    def utterances(self) -> pd.DataFrame:
        """Return the table utterances."""
        return self.dataset.utterances

    @property
    def key(self) -> str:
        """Return a key that changes with the tables, the scores, or the pairs that are used of them."""
        used = {"without_equal_pairs": self.n_equal} if self.n_equal else {}
        return content_key("scored", {"dataset": self.info.key, "scores": self.scores.key, **used})

    @property
    def names(self) -> dict[str, str]:
        """Return names and keys of data set and global model, as runs and studies record them."""
        scores = self.scores.info
        return {
            "dataset": self.info.name,
            "dataset_key": self.info.key,
            "model": scores.model,
            "model_key": scores.model_key,
        }

    def run_config(self, country: str, objective: ObjectiveConfig, training: TrainingConfig, seed: int) -> RunConfig:
        """Return a run on these pairs that reads as the global model has read them."""
        return RunConfig(
            **self.names,
            country=country,
            objective=objective,
            training=training,
            encoding=self.scores.info.encoding,
            seed=seed,
        )

    @cached_property
    def _gap(self) -> NDArray[np.float64]:
        """Gaps of the global model on all pairs of the data set, shape (n_pairs,)."""
        pairs, reward = self.dataset.pairs, self.scores.reward
        return objective.gap(reward[pairs["chosen"].to_numpy()], reward[pairs["rejected"].to_numpy()])

    @cached_property
    def n_equal(self) -> int:
        """Return the number of pairs whose responses are one input to the model, cut or written alike: left out."""
        return int(np.count_nonzero(np.abs(self._gap) <= EQUAL))

    @property
    def equal_note(self) -> str | None:
        """Say how many pairs are left out because the model sees no difference; None if none is."""
        if not self.n_equal:
            return None
        n, of = self.n_equal, counted(len(self._gap), "pair")
        return (
            f"{n:,} of {of} {'is' if n == 1 else 'are'} left out: their two responses are the same to "
            f"{self.scores.info.label}, as it cuts and writes texts."
        )

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Return the table pairs with `split`, the global model's `gap` and its preference `p_glo`.

        Pairs that are equal to the model are left out (`n_equal`): nothing can be learned from them, and every model
        would get them wrong.

        Raises
        ------
        InputError
            If no pair is left: the model gives all responses the same reward.
        """
        kept = ~(np.abs(self._gap) <= EQUAL)
        if len(kept) and not kept.any():
            raise InputError(
                f"{self.scores.info.label} gives both responses of every pair the same reward: check that it is a "
                "reward model, its max_length, and that its chat template writes the response"
            )
        gap = self._gap[kept]
        pairs = self.dataset.pairs if kept.all() else self.dataset.pairs[kept].reset_index(drop=True)
        return pairs.assign(gap=gap, p_glo=objective.p_global(gap))

    @cached_property
    def test_pairs(self) -> pd.DataFrame:
        """Return the pairs of test users that belong to a community."""
        pairs = self.pairs
        return pairs[pairs["country"].notna() & (pairs["split"] == "test")]

    @cached_property
    def test_rows(self) -> NDArray[np.intp]:
        """Return the rows of utterances that occur in `test_pairs`, each once, rising."""
        return np.unique(self.test_pairs[["chosen", "rejected"]].to_numpy())

    def country_pairs(self, country: str, split: str | None = None) -> pd.DataFrame:
        """Return the pairs of a community, of its training or test users if one is named."""
        pairs = self.pairs
        own = pairs["country"] == country
        return pairs[own if split is None else own & (pairs["split"] == split)]

    def differences(self, pairs: pd.DataFrame, kind: type[np.floating] | None = None) -> NDArray[np.floating]:
        """Return features of the chosen minus features of the rejected response, shape (n_pairs, n_features).

        Parameters
        ----------
        pairs : DataFrame
            Rows of `pairs`.
        kind : type, optional
            Precision to subtract in; that of the stored features if not given.
        """
        features = self.scores.features
        kind = kind or features.dtype.type
        chosen, rejected = pairs["chosen"].to_numpy(), pairs["rejected"].to_numpy()
        return features[chosen].astype(kind) - features[rejected].astype(kind)

    def features_of(self, pairs: pd.DataFrame) -> PreferenceFeatures:
        """Return what last layers are fitted on: differences, gaps, and what pairs of one choice weigh."""
        gap, head = pairs["gap"].to_numpy(), self.scores.head_weight
        return replace(
            PreferenceFeatures.build(self.differences(pairs, np.float64), head, gap=gap), share=choice_weight(pairs)
        )

    def evaluation(self, config: EvaluationConfig) -> Evaluation:
        """Prepare the test pairs with shared resamples of users."""
        test = self.test_pairs
        return Evaluation.build(
            global_gap=test["gap"].to_numpy(),
            user_id=test["user_id"].to_numpy(),
            country=test["country"].to_numpy(),
            config=config,
        )


def with_exchanged_labels(pairs: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Return a community's training pairs after its users have exchanged their judgements; see `method.shuffling`.

    Parameters
    ----------
    pairs : DataFrame
        Rows of `Scored.pairs`. Where a preference turns round, `chosen` and `rejected` change places and the gap its
        sign.
    """
    turned = exchanged_labels(pairs["gap"], pairs["user_id"], seed=seed)
    gap = pairs["gap"].to_numpy()
    gap = np.where(turned, -gap, gap)
    return pairs.assign(
        chosen=np.where(turned, pairs["rejected"], pairs["chosen"]),
        rejected=np.where(turned, pairs["chosen"], pairs["rejected"]),
        gap=gap,
        p_glo=objective.p_global(gap),
    )


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """A finished run: what was asked, how many pairs it used, and its gaps on the test pairs of `Scored`."""

    run_id: str
    config: RunConfig
    n_train: int
    n_kept: int
    gap: np.ndarray
    """Shape (n_test_pairs,)."""


Known = dict[tuple[str, str | None], FinishedRun]
"""Finished runs by their id and the hash of their rewards."""


def open_store() -> Store:
    """Open the cache that the environment names."""
    return Store(load_settings().cache_dir)


def list_models(store: Store, dataset: str) -> list[str]:
    """List the global models that have scored a data set; models from elsewhere are compared with these."""
    elsewhere = {record.key for record in list_externals(store)}
    known = list_scores(store, datasets.load_info(store, dataset))
    named = labels(known)
    return list(dict.fromkeys(named[key] for key, info in known if info.model_key not in elsewhere))


def load_scored(store: Store, dataset: str, model: str, *, context: Context | None = None) -> Scored:
    """Read a data set with its scores under a model; see `scpo.store.scores.find_scores`."""
    loaded = datasets.load_dataset(store, dataset)
    return Scored(loaded, find_scores(store, loaded.info, model, context=context))


def runs_of(store: Store, scored: Scored, *, study: str | None = None, known: Known | None = None) -> list[FinishedRun]:
    """Read the finished runs that belong to a scored data set, oldest first; of one study if it is named.

    What cannot be read is left out: `scpo.results.missing` names it.
    """
    return read_runs(store, scored, study=study, known=known)[0]


def read_runs(
    store: Store, scored: Scored, *, study: str | None = None, known: Known | None = None
) -> tuple[list[FinishedRun], dict[str, str]]:
    """Read finished runs as `runs_of` does, and return also why others that are finished could not be read, by id.

    Runs that are `known` from before are not read again, and those that are read are added to them.
    """
    known = {} if known is None else known
    wanted = None if study is None else set(studies.read_study(store, study).runs)
    test = scored.test_pairs
    chosen, rejected = test["chosen"].to_numpy(), test["rejected"].to_numpy()
    found, unread = [], {}
    for record in list_runs(store):
        config = record.config
        if record.status != "succeeded" or (wanted is not None and record.run_id not in wanted):
            continue
        if (config.dataset_key, config.model_key) != (scored.info.key, scored.scores.info.model_key):
            continue
        if config.encoding.context != scored.scores.info.encoding.context:
            continue  # it has another ruler: the scores of the same model that read the same
        if record.n_train is None or record.n_kept is None:
            unread[record.run_id] = f"run {record.run_id} has no counts of pairs: remove it and run it again"
            continue
        name = record.run_id, record.rewards_sha256
        if name in known:
            found.append(known[name])
            continue
        try:
            reward = RunDirectory(store, record.run_id).rewards(len(scored.utterances))
        except StoreError as error:
            unread[record.run_id] = str(error)
            continue
        gap = objective.gap(reward[chosen], reward[rejected])
        known[name] = FinishedRun(record.run_id, config, record.n_train, record.n_kept, gap)
        found.append(known[name])
    return found, unread


def find_run(store: Store, run_id: str) -> RunRecord:
    """Read a run's record; an error if it has not finished."""
    record = RunDirectory(store, run_id).record()
    if record.status != "succeeded":
        raise InputError(f"run {run_id} has no result yet: its status is {record.status}")
    return record


def group_runs(runs: Sequence[FinishedRun]) -> list[CountryModel]:
    """Put runs that differ in the seed only together, sorted by country and setting."""
    settings: dict[tuple[str, RunConfig], list[FinishedRun]] = {}
    for run in runs:
        settings.setdefault((run.config.country, run.config.setting), []).append(run)
    models = [
        CountryModel(
            trained_for=country,
            objective=setting.objective,
            runs=tuple(run.run_id for run in members),
            gap=np.stack([run.gap for run in members]),
            training=(setting.training, setting.encoding),
        )
        for (country, setting), members in settings.items()
    ]
    return sorted(
        models, key=lambda m: (m.trained_for, m.objective.method, m.objective.tau or 0, m.objective.beta or 0)
    )
