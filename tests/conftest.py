"""Shared by all tests: helper modules beside this file, and one small real cache."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

os.environ["OMP_NUM_THREADS"] = "1"  # small matrices: on several threads they take many times the processor's time
sys.path.insert(0, str(Path(__file__).parent))

from world import FEW_PEOPLE, World, built, rows

from scpo.store.cache import Store

# The gate tries the same examples each time, and a slow machine is no failure. To look for new counterexamples:
# pytest --hypothesis-profile=explore
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=4000, deadline=None)
settings.load_profile("gate")


def group_of(nodeid: str) -> str:
    """Return what a test shares a worker with: its file, or all browsers (two that draw at once measure each other)."""
    return "tests/browser" if nodeid.startswith("tests/browser/") else nodeid.split("::")[0]


class ByGroup(LoadScopeScheduling):
    """Hand whole groups to the workers, so that what a file's tests share is built once."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByGroup:
    """Schedule by group; xdist's own groups are marked in node ids that pytest makes anew."""
    return ByGroup(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what takes longest, so that no worker waits for another's last file."""
    slow = {group_of(item.nodeid) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (group_of(item.nodeid) != "tests/browser", group_of(item.nodeid) not in slow))


@pytest.fixture(scope="session")
def world_folder(request: pytest.FixtureRequest) -> Path:
    """Return the folder of the real cache, built once for all tests and workers; tests work on copies."""
    return built(request.config.cache.mkdir("world"))


@pytest.fixture(scope="session")
def world(world_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Copy the cache with the data set ``small`` and its ``rm``; tests add to it and never change what is there."""
    root = shutil.copytree(world_folder / "small", tmp_path_factory.mktemp("world") / "small")
    return World(Store(root / "cache"), root / "pairs.csv", rows(FEW_PEOPLE))
