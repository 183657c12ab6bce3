"""Page tests: the whole app over the real cache in one of its states, or over a store written by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
import world
from streamlit.testing.v1 import AppTest

from scpo.jobs import control
from scpo.store.cache import Store

APP = world.ROOT / "dashboard" / "app.py"


@pytest.fixture(scope="session")
def cache_of(world_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Store]:
    """Return a function from a scenario of `world` to its cache, which tests only look at."""
    made: dict[str, Store] = {}

    def cache_of(scenario: str) -> Store:
        if scenario not in made:
            made[scenario] = world.copy_of(world_folder, scenario, tmp_path_factory.mktemp(scenario) / "cache")
        return made[scenario]

    return cache_of


@pytest.fixture
def own_cache(cache_of: Callable[[str], Store], tmp_path: Path) -> Callable[[str], Store]:
    """Return a function from a scenario to a cache that the test may change."""

    def own_cache(scenario: str) -> Store:
        return Store(shutil.copytree(cache_of(scenario).root, tmp_path / scenario))

    return own_cache


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return the empty store that the pages read."""
    monkeypatch.setenv("SCPO_CACHE_DIR", str(tmp_path))
    return Store(tmp_path)


@pytest.fixture(autouse=True)
def ensured(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the list of caches a worker was wanted for; none is started."""
    wanted: list[Path] = []
    monkeypatch.setattr(control, "ensure_supervisor", lambda store, settings: wanted.append(store.root) or True)
    return wanted


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, cache_of: Callable[[str], Store]) -> Iterator[Callable[..., AppTest]]:
    """Return a function that opens a page of the app over a scenario or over a cache of the test's own."""
    monkeypatch.setenv("SCPO_DEVICE", "cpu")
    monkeypatch.delenv("SCPO_READ_ONLY", raising=False)

    def open_(page: str, cache: str | Store, *, query: dict[str, str] | None = None) -> AppTest:
        store = cache_of(cache) if isinstance(cache, str) else cache
        monkeypatch.setenv("SCPO_CACHE_DIR", str(store.root))
        at = AppTest.from_file(str(APP), default_timeout=30)
        for name, value in (query or {}).items():
            at.query_params[name] = value
        at.run()
        return at if page == "brief" else at.switch_page(f"../pages/{page}.py").run()

    st.cache_data.clear()
    st.cache_resource.clear()
    yield open_
    st.cache_data.clear()
    st.cache_resource.clear()
