"""A small registered data set and its scores, made by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from scpo.config import EncodingConfig, SplitConfig
from scpo.data.tables import DatasetInfo, LoadReport, Tables
from scpo.store.cache import Store
from scpo.store.datasets import register
from scpo.store.files import unsealed, write_sealed
from scpo.store.scores import scores_key, write_scores

ENCODING = EncodingConfig()
SPLIT = SplitConfig(kind="stratified", test_fraction=0.5)
COUNTRIES = ("CHL", "ZAF", None)


def small_tables(*, answer: str = "yes", n_users: int = 12, origin: tuple[str | None, ...] = COUNTRIES) -> Tables:
    """Build `n_users` people with two pairs each, countries in turn; response 2k is preferred to 2k + 1."""
    people = [f"u{i:02d}" for i in range(n_users)]
    country = pd.Series([origin[i % len(origin)] for i in range(n_users)], dtype="str")
    utterances = plain_utterances(np.repeat(people, 4), answer=answer)
    n = len(utterances)
    pairs = pd.DataFrame(
        {
            "pair_id": [f"p{i:03d}" for i in range(n // 2)],
            "user_id": utterances["user_id"][::2].to_numpy(),
            "country": np.repeat(country.to_numpy(dtype=object), 2),
            "interaction_id": utterances["interaction_id"][::2].to_numpy(),
            "chosen": np.arange(0, n, 2, dtype=np.int32),
            "rejected": np.arange(1, n, 2, dtype=np.int32),
            "margin": np.full(n // 2, np.nan),
        }
    ).astype({"country": "str"})
    report = LoadReport(files={"a.csv": n // 2}, kept={"a.csv": n // 2}, pairs=n // 2)
    return Tables(pd.DataFrame({"user_id": people, "country": country}), utterances, pairs, report)


def plain_utterances(owner: np.ndarray, *, answer: str = "answer") -> pd.DataFrame:
    """Build numbered responses of some people; 2k and 2k + 1 answer one question."""
    n = len(owner)
    return pd.DataFrame(
        {
            "utterance_id": [f"r{row:03d}" for row in range(n)],
            "interaction_id": [f"i{row // 2:03d}" for row in range(n)],
            "conversation_id": pd.Series([None] * n, dtype="str"),
            "user_id": owner,
            "turn": pd.Series([None] * n, dtype="Int32"),
            "prompt": [f"question {row // 2}" for row in range(n)],
            "response": [f"{answer} {row}" for row in range(n)],
            "score": np.full(n, np.nan),
            "is_partner": pd.Series([None] * n, dtype="boolean"),
            "model_name": pd.Series([None] * n, dtype="str"),
            "flagged": pd.Series([None] * n, dtype="boolean"),
        }
    )


def add(store: Store, name: str = "small", **options: object) -> DatasetInfo:
    """Register the small tables."""
    tables = small_tables(**options)  # type: ignore[arg-type]
    return register(store, name, tables, source="pairs", location="a.csv", split=SPLIT, licence="CC0")


def flip_a_byte(path: Path) -> None:
    """Break a file without changing its length."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def rewrite(path: Path, drop: tuple[str, ...] = (), **changes: object) -> None:
    """Write a JSON file of the cache with other values, as another version would have."""
    values, _ = unsealed(json.loads(path.read_text()))
    write_sealed(path, {key: value for key, value in values.items() if key not in drop} | changes)


def score(
    store: Store,
    info: DatasetInfo,
    reward: np.ndarray,
    *,
    model: str = "rm",
    model_key: str = "k",
    encoding: EncodingConfig = ENCODING,
    features: np.ndarray | None = None,
    head: tuple[float, ...] = (1.0,),
    bias: float = 0.0,
) -> str:
    """Let a model score a data set and return the key; without features the reward itself is the only one."""
    key = scores_key(info, model_key, encoding)
    about = {
        "dataset": info.name,
        "utterances_sha256": info.sha256["utterances"],
        "model": model,
        "model_key": model_key,
        "model_location": "nowhere",
        "encoding": encoding,
        "seconds": 1.0,
        "device": "cpu",
    }
    write_scores(
        store,
        key,
        reward=reward.astype(np.float32),
        features=(reward[:, None] if features is None else features).astype(np.float32),
        head_weight=np.array(head, dtype=np.float32),
        head_bias=bias,
        about=about,
    )
    return key
