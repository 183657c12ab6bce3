"""Findings without a cache: a scored data set and finished runs whose right and wrong pairs are written out."""

from pathlib import Path

import numpy as np
import pandas as pd

from hand.runs import run_config
from scpo.config import ObjectiveConfig, SplitConfig
from scpo.data.tables import DatasetInfo, LoadReport
from scpo.store.datasets import Dataset
from scpo.store.scored import FinishedRun, Scored
from scpo.store.scores import ScoresInfo, StoredScores

COUNTRIES = ("CHL", "NZL", "ZAF")
"""Each has a training user and two test users with four pairs each; one more test user has no country."""

PATTERNS: dict[str, dict[str, str]] = {
    "global": {"CHL": "++-- ++--", "NZL": "++++ ++++", "ZAF": "+++- ---+"},
    "CHL full 0": {"CHL": "+++- ++--", "NZL": "+-++ +-++", "ZAF": "+++- ---+"},
    "CHL full 1": {"CHL": "++++ ++--", "NZL": "+-++ +-++", "ZAF": "+++- ---+"},
    "CHL filter 0": {"CHL": "--++ --++", "NZL": "++++ ++++", "ZAF": "---- ----"},
    "CHL weight 0": {"CHL": "++-- ++--", "NZL": "++++ ++++", "ZAF": "+++- ---+"},
    "ZAF full 0": {"CHL": "++-- ++--", "NZL": "++++ ++++", "ZAF": "++++ +++-"},
}
"""``+`` where a model ranks a test pair as its user did."""


def _gap(pattern: dict[str, str]) -> np.ndarray:
    marks = "".join(pattern[country] for country in COUNTRIES).replace(" ", "")
    sizes = np.linspace(0.5, 2.0, len(marks))
    return np.where(np.array(list(marks)) == "+", sizes, -sizes)


def hand_scored() -> Scored:
    """Build the data set; the global model's rewards give the gaps of ``PATTERNS["global"]`` on the test pairs."""
    people = [(f"{c}-{kind}", c, kind.rstrip("12")) for c in COUNTRIES for kind in ("test1", "test2", "train")]
    people.append(("nobody", None, "test"))
    return _scored(people, _gap(PATTERNS["global"]))


CROWD = {"AUS": 12, "CHL": 14, "NZL": 11, "ZAF": 12, "MEX": 4}
"""Test users of each country of `crowd`, with four pairs each."""


def crowd(*, seed: int = 0) -> tuple[Scored, list[FinishedRun]]:
    """Build a data set with enough test users for verdicts, in all countries but MEX, and runs that gain at home.

    `full` gains a little, `scpo` more; both lose some pairs of the other countries. Two seeds each.
    """
    rng = np.random.default_rng(seed)
    people = [(f"{c}-{i:02d}", c, "test") for c, n in CROWD.items() for i in range(n)]
    people += [(f"{c}-train", c, "train") for c in CROWD]
    scored = _scored(people, rng.normal(0.3, 1.0, size=4 * sum(CROWD.values())))
    gap, country = scored.test_pairs["gap"].to_numpy(), scored.test_pairs["country"].to_numpy()
    runs = []
    for home in CROWD:
        for method, won in (("full", 0.3), ("scpo", 0.6)):
            for number in (0, 1):
                chance = np.where(country == home, np.where(gap < 0, won, 0.05), 0.05)
                after = np.where(rng.random(gap.size) < chance, -gap, gap)
                config = run_config(
                    number, dataset="hand", dataset_key=scored.info.key, model="rm", country=home,
                    objective=ObjectiveConfig.model_validate({"method": method}),
                )  # fmt: skip
                runs.append(FinishedRun(config.run_id, config, 4, 3, after))
    return scored, runs


def _scored(people: list[tuple[str, str | None, str]], gaps: np.ndarray) -> Scored:
    """Build a data set with four pairs per person and the gaps of the test pairs."""
    users = pd.DataFrame(people, columns=["user_id", "country", "split"]).astype({"country": "str"})
    pairs = pd.DataFrame(
        [(user, country, split) for user, country, split in people for _ in range(4)],
        columns=["user_id", "country", "split"],
    ).astype({"country": "str"})
    n = len(pairs)
    pairs = pairs.assign(
        pair_id=[f"p{i}" for i in range(n)],
        interaction_id=[f"i{i}" for i in range(n)],
        chosen=np.arange(0, 2 * n, 2, dtype=np.int32),
        rejected=np.arange(1, 2 * n, 2, dtype=np.int32),
        margin=np.nan,
    )
    reward = np.zeros(2 * n, dtype=np.float32)
    reward[::2] = 0.25  # pairs outside the test: a small positive gap
    test = (pairs["country"].notna() & (pairs["split"] == "test")).to_numpy()
    reward[::2][test] = gaps
    info = DatasetInfo(
        name="hand",
        source="pairs",
        location="by hand",
        licence="CC0",
        split=SplitConfig(),
        sha256={"utterances": "u"},
        key="d",
        report=LoadReport(),
    )
    about = ScoresInfo(
        dataset="hand",
        utterances_sha256="u",
        model="rm",
        model_key="k",
        model_location=str(Path("nowhere")),
        encoding={},
        n_responses=2 * n,
        n_features=1,
        rewards_sha256="r",
        seconds=0.0,
        device="cpu",
        created_at="2026-01-01T00:00:00+00:00",
    )
    features = np.zeros((2 * n, 1), dtype=np.float32)
    scores = StoredScores("s", about, reward, features, np.zeros(1, dtype=np.float32), 0.0)
    utterances = pd.DataFrame({"response": [f"text {i}" for i in range(2 * n)]})
    return Scored(Dataset(info, users, utterances, pairs), scores)


def finished_runs(scored: Scored) -> list[FinishedRun]:
    """Build the finished runs of `PATTERNS`."""
    runs = []
    for name, pattern in PATTERNS.items():
        if name == "global":
            continue
        country, method, seed = name.split()
        objective = ObjectiveConfig.model_validate({"method": method})
        config = run_config(
            int(seed), dataset="hand", dataset_key=scored.info.key, model="rm", country=country, objective=objective
        )
        runs.append(FinishedRun(config.run_id, config, 4, 3, _gap(pattern)))
    return runs
