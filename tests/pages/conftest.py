"""Page tests: the whole app over the real cache in one of its states, or over a store written by hand."""

from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import streamlit as st
import world
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard.tradeoff import previews
from scpo import results
from scpo.config import EvaluationConfig
from scpo.jobs import control
from scpo.store.cache import Store

sys.path.insert(0, str(Path(__file__).parent))

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


@dataclass(frozen=True, eq=False)
class Found:
    """What the engine finds in a cache, for tests to compare the pages with."""

    store: Store
    scored: results.Scored
    runs: list[results.FinishedRun]
    settings: pd.DataFrame
    """Of `results.setting_table`."""

    def setting(self, country: str, method: str, tau: float | None = None) -> pd.Series:
        """Return the row of a setting."""
        table = self.settings
        wanted = table["country"].eq(country) & table["method"].eq(method)
        (found,) = table.index[wanted & (table["tau"].isna() if tau is None else table["tau"].eq(tau))]
        return table.loc[found]


@pytest.fixture(scope="session")
def many(cache_of: Callable[[str], Store]) -> Found:
    """Return what the engine finds in the scenario ``many``."""
    store = cache_of("many")
    scored = results.load_scored(store, "tastes", "rm")
    runs = results.runs_of(store, scored)
    return Found(store, scored, runs, results.setting_table(scored, runs, EvaluationConfig()))


@pytest.fixture(scope="session", autouse=True)
def searched_once() -> Iterator[None]:
    """Search the installed packages for components once, and the process for garbage only when Python does.

    Each app does the first as it starts, a new bench the second: here that is each test, and nothing changes between.
    """
    collector = SimpleNamespace(unfreeze=int, collect=int, freeze=int)
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        patch.setattr(previews, "gc", collector)
        yield


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what a page learns from the environment; the cache is set where a page is opened."""
    monkeypatch.setenv("SCPO_DEVICE", "cpu")
    for name in ("SCPO_READ_ONLY", "SCPO_LOGIN", "SCPO_ROLES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def ensured(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the list of caches a worker was wanted for; none is started."""
    wanted: list[Path] = []
    monkeypatch.setattr(control, "ensure_supervisor", lambda store, settings: wanted.append(store.root) or True)
    return wanted


@pytest.fixture(scope="session")
def remembered() -> list[Path]:
    """Return the cache whose tables Streamlit has kept, if any."""
    return []


@pytest.fixture
def open_page(
    monkeypatch: pytest.MonkeyPatch, cache_of: Callable[[str], Store], remembered: list[Path]
) -> Callable[..., AppTest]:
    """Return a function that opens a page of the app over a scenario or over a cache of the test's own.

    What Streamlit has kept of a scenario serves the next test too: one that replaces a function opens a cache of its
    own.
    """

    def open_(page: str, cache: str | Store, *, query: dict[str, str] | None = None, user: Any = None) -> AppTest:
        store = cache_of(cache) if isinstance(cache, str) else cache
        if remembered != [store.root]:
            st.cache_data.clear()
            st.cache_resource.clear()
            remembered[:] = [store.root]
        monkeypatch.setenv("SCPO_CACHE_DIR", str(store.root))
        at = AppTest.from_file(str(APP), default_timeout=120)
        for name, value in (query or {}).items():
            at.query_params[name] = value
        if user is not None:
            at.user = user
            at.secrets["auth"] = {"client_id": "scpo"}
        return (at if page == "brief" else at.switch_page(f"../pages/{page}.py")).run()

    return open_
