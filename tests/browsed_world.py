"""A small cache from raw pairs to finished runs, built by the engine, for the pages in a browser. Texts by a rule."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from scpo.config import EncodingConfig, ObjectiveConfig, SplitConfig, TrainingConfig
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.run_record import RunRecord

TASTES = {"Chile": "brief", "South Africa": "warm", "New Zealand": "funny", "Mexico": "calm"}
PEOPLE, ROWS = 24, 3
"""Per country, and rows per person."""

TOPICS = ("food", "travel")
FILLER = ("the", "answer", "is", "here", "and", "then", "we", "walk", "home", "slowly", "maybe", "today")
ROUNDS = TrainingConfig(steps=4, learning_rate=1e-3, batch_pairs=8)


def rows() -> list[dict[str, str]]:
    """Return the preferences: two of three rows of a person follow the country's taste, the third a common one."""
    rng = np.random.default_rng(0)

    def text(word: str) -> str:
        return " ".join([*rng.choice(FILLER, 6), word, *rng.choice(FILLER, 3)])

    found = []
    for country, taste in TASTES.items():
        for person in range(PEOPLE):
            for number in range(ROWS):
                liked, other = (taste, "dull") if number else ("clear", taste)
                found.append(
                    {
                        "prompt": f"question {country} {person} {number}",
                        "chosen": text(liked),
                        "rejected": text(other),
                        "country": country,
                        "user_id": f"{country}-{person}",
                        "topic": TOPICS[number % 2],
                    }
                )
    return found


def write_rows(path: Path, lines: list[dict[str, str]]) -> None:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def build(root: Path) -> list[RunRecord]:
    """Build the cache under `root` with data set ``tastes``, global model ``rm`` and two finished runs of Chile."""
    import torch

    from scpo.store.datasets import load_dataset
    from scpo.work.global_model import train_global
    from scpo.work.register import add_dataset
    from scpo.work.requests import RunRequest
    from scpo.work.run import run_one

    torch.set_num_threads(1)
    store, settings = Store(root / "cache"), Settings(cache_dir=root / "cache", device="cpu", offline=True)
    write_rows(root / "tastes.csv", rows())
    split = SplitConfig(kind="stratified", test_fraction=0.5)
    add_dataset(store, "tastes", source="pairs", path=root / "tastes.csv", settings=settings, split=split)
    quiet = lambda *_: None  # noqa: E731
    train_global(
        store,
        load_dataset(store, "tastes"),
        name="rm",
        backbone="tiny",
        exclude_countries=["ZAF"],
        training=ROUNDS,
        encoding=EncodingConfig(max_length=48),
        seed=0,
        settings=settings,
        on_progress=quiet,
    )
    return [
        run_one(
            store,
            RunRequest(
                data="tastes", model="rm", country="CHL", objective=ObjectiveConfig(method=method), training=ROUNDS
            ),
            settings=settings,
            on_progress=quiet,
        )
        for method in ("full", "scpo")
    ]
