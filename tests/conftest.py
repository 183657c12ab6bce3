"""Shared by all tests: helper modules beside this file, and one small real cache."""

import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from world import FEW_PEOPLE, World, built, rows

from scpo.store.cache import Store

# The gate tries the same examples each time, and a slow machine is no failure. To look for new counterexamples:
# pytest --hypothesis-profile=explore
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=4000, deadline=None)
settings.load_profile("gate")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests on one worker, and all browsers on one: two that draw at once measure each other.

    What takes longest comes first, so that no worker waits for another's last file.
    """
    groups = ["browser" if item.get_closest_marker("browser") else item.path.as_posix() for item in items]
    for item, group in zip(items, groups, strict=True):
        item.add_marker(pytest.mark.xdist_group(group))
    slow = {group for item, group in zip(items, groups, strict=True) if item.get_closest_marker("slow")}
    rank = {id(item): (group != "browser", group not in slow) for item, group in zip(items, groups, strict=True)}
    items.sort(key=lambda item: rank[id(item)])


@pytest.fixture(scope="session")
def world_folder(request: pytest.FixtureRequest) -> Path:
    """Return the folder of the real cache, built once for all tests and workers; tests work on copies."""
    return built(request.config.cache.mkdir("world"))


@pytest.fixture(scope="session")
def world(world_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Copy the cache with the data set ``small`` and its ``rm``; tests add to it and never change what is there."""
    root = shutil.copytree(world_folder / "small", tmp_path_factory.mktemp("world") / "small")
    return World(Store(root / "cache"), root / "pairs.csv", rows(FEW_PEOPLE))
