"""Shared by all tests: helper modules beside this file, and one small world from raw pairs to a global model."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from scpo.config import EncodingConfig, SplitConfig, TrainingConfig
from scpo.settings import Settings
from scpo.store.cache import Store

# The gate tries the same examples each time, and a slow machine is no failure. To look for new counterexamples:
# pytest --hypothesis-profile=explore
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=4000, deadline=None)
settings.load_profile("gate")


def quiet(stage: str, done: float, total: float, unit: str) -> None:
    """Take progress and say nothing."""


@dataclass(frozen=True)
class World:
    """A cache with the data set ``small`` and the global model ``rm``, trained on everybody but South Africa."""

    store: Store
    settings: Settings
    file: Path
    rows: list[dict[str, str]]
    """Of the pairs file, in its order."""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Build the small world once; tests add to it and never change what is there."""
    import torch
    from small_world import write_pairs

    from scpo.store.datasets import load_dataset
    from scpo.work.global_model import train_global
    from scpo.work.register import add_dataset

    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("world")
    store, settings = Store(root / "cache"), Settings(cache_dir=root / "cache", device="cpu", offline=True)
    rows = write_pairs(root / "pairs.csv")
    split = SplitConfig(kind="stratified", test_fraction=0.4)  # three test users per country
    add_dataset(store, "small", source="pairs", path=root / "pairs.csv", settings=settings, split=split)
    train_global(
        store,
        load_dataset(store, "small"),
        name="rm",
        backbone="tiny",
        exclude_countries=["ZAF"],
        training=TrainingConfig(steps=6, learning_rate=1e-3, batch_pairs=16),
        encoding=EncodingConfig(max_length=48),
        seed=0,
        settings=settings,
        on_progress=quiet,
    )
    return World(store, settings, root / "pairs.csv", rows)
