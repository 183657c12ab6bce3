"""A small registered data set, made by hand."""

from pathlib import Path

import numpy as np
import pandas as pd

from scpo.config import SplitConfig
from scpo.data.tables import DatasetInfo, LoadReport, Tables
from scpo.store.cache import Store
from scpo.store.datasets import register

SPLIT = SplitConfig(kind="stratified", test_fraction=0.5)
COUNTRIES = ("CHL", "ZAF", None)


def small_tables(*, answer: str = "yes", n_users: int = 12, origin: tuple[str | None, ...] = COUNTRIES) -> Tables:
    """Build `n_users` people with two pairs each, countries in turn; response 2k is preferred to 2k + 1."""
    people = [f"u{i:02d}" for i in range(n_users)]
    country = pd.Series([origin[i % len(origin)] for i in range(n_users)], dtype="str")
    n = 4 * n_users
    owner = np.repeat(people, 4)
    interaction = [f"i{row // 2:03d}" for row in range(n)]
    utterances = pd.DataFrame(
        {
            "utterance_id": [f"r{row:03d}" for row in range(n)],
            "interaction_id": interaction,
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
    pairs = pd.DataFrame(
        {
            "pair_id": [f"p{i:03d}" for i in range(n // 2)],
            "user_id": owner[::2],
            "country": np.repeat(country.to_numpy(dtype=object), 2),
            "interaction_id": interaction[::2],
            "chosen": np.arange(0, n, 2, dtype=np.int32),
            "rejected": np.arange(1, n, 2, dtype=np.int32),
            "margin": np.full(n // 2, np.nan),
        }
    ).astype({"country": "str"})
    report = LoadReport(files={"a.csv": n // 2}, kept={"a.csv": n // 2}, pairs=n // 2)
    return Tables(pd.DataFrame({"user_id": people, "country": country}), utterances, pairs, report)


def add(store: Store, name: str = "small", **options: object) -> DatasetInfo:
    """Register the small tables."""
    tables = small_tables(**options)  # type: ignore[arg-type]
    return register(store, name, tables, source="pairs", location="a.csv", split=SPLIT, licence="CC0")


def flip_a_byte(path: Path) -> None:
    """Break a file without changing its length."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def write_pairs(path: Path) -> list[dict[str, str]]:
    """Write a pairs file of invented people and return its rows.

    Eight people each from Chile, South Africa and New Zealand with four rows, four people without a country with two;
    the first two of each country also have one row without a country.
    """
    words = {"CHL": "brief", "ZAF": "warm", "NZL": "funny", "": "plain"}
    rng = np.random.default_rng(0)
    filler = ["the", "answer", "is", "here", "and", "then", "we", "walk", "home", "slowly", "maybe", "today"]

    def text(word: str) -> str:
        return " ".join([*rng.choice(filler, 6), word, *rng.choice(filler, 3)])

    rows = []
    for country, n_people, n_rows in (("CHL", 8, 4), ("ZAF", 8, 4), ("NZL", 8, 4), ("", 4, 2)):
        for person in range(n_people):
            origins = [country] * n_rows + [""] * (bool(country) and person < 2)
            for number, origin in enumerate(origins):
                # Two of three rows follow the country's taste, the others a common one.
                liked, other = (words[country], "dull") if number % 3 else ("clear", words[country])
                rows.append(
                    {
                        "prompt": f"question {country} {person} {number}",
                        "chosen": text(liked),
                        "rejected": text(other),
                        "country": origin,
                        "user_id": f"{country or 'none'}-{person}",
                        "interaction_id": f"{country}-{person}-{number}",
                    }
                )
    pd.DataFrame(rows).to_csv(path, index=False)
    return rows
