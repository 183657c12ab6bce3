"""Turns with several scored responses and known writers, and runs whose rewards are given response by response."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hand.runs import run_config
from hand.scored import hand_scored
from scpo.config import ObjectiveConfig
from scpo.data.pairing import build_pairs
from scpo.store.datasets import Dataset
from scpo.store.scored import FinishedRun, Scored
from scpo.store.scores import StoredScores


def scored_turns(utterances: pd.DataFrame, country: dict[str, str], reward: np.ndarray, **about) -> Scored:
    """Build a data set of test users from rows of UTTERANCES; `reward` is the global model's."""
    pairs, _ = build_pairs(utterances, country=country)
    base = hand_scored()
    users = pd.DataFrame({"user_id": list(country), "country": list(country.values()), "split": "test"})
    dataset = Dataset(
        base.info.model_copy(update={"source": "prism", **about}), users, utterances, pairs.assign(split="test")
    )
    old = base.scores
    scores = StoredScores("s", old.info, np.asarray(reward, np.float32), old.features, old.head_weight, old.head_bias)
    return Scored(dataset, scores)


def responses(rows: list[tuple], **about) -> pd.DataFrame:
    """Build rows of UTTERANCES from (interaction, user, response, score, writer)."""
    table = pd.DataFrame(rows, columns=["interaction_id", "user_id", "response", "score", "model_name"])
    n = len(table)
    given = {
        "utterance_id": [f"ut{i}" for i in range(n)],
        "conversation_id": None,
        "turn": pd.array([0] * n, dtype="Int32"),
        "prompt": [f"prompt of {one}" for one in table["interaction_id"]],
        "is_partner": pd.array([None] * n, dtype="boolean"),
        "flagged": pd.array([False] * n, dtype="boolean"),
    }
    return table.assign(**{**given, **about}).astype({"score": float})


def run_of(scored: Scored, country: str, reward: np.ndarray, *, method: str = "scpo", seed: int = 0) -> FinishedRun:
    """Build a finished run whose model gives these rewards by row of utterances."""
    config = run_config(
        seed, dataset="hand", dataset_key=scored.info.key, model="rm", country=country,
        objective=ObjectiveConfig.model_validate({"method": method}),
    )  # fmt: skip
    test = scored.test_pairs
    reward = np.asarray(reward, dtype=np.float64)
    gap = reward[test["chosen"].to_numpy()] - reward[test["rejected"].to_numpy()]
    return FinishedRun(config.run_id, config, 4, 3, gap)
