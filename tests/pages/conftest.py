"""Page tests: the whole app over fake findings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))

from fakes import FakeFindings  # noqa: E402

from scpo.store.cache import Store  # noqa: E402

APP = ROOT / "dashboard" / "app.py"


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Return a function that opens a page of the app in a scenario."""
    from dashboard.divergence import load as divergence
    from dashboard.frame import load
    from dashboard.tradeoff import previews
    from dashboard.workbench import load as workbench
    from dashboard.workbench import start

    def open_(page: str, findings: FakeFindings, *, query: dict[str, str] | None = None) -> AppTest:
        for module in (load, divergence, previews, workbench, start):
            monkeypatch.setattr(module, "results", findings)
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


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return the empty store that the pages read."""
    monkeypatch.setenv("SCPO_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("SCPO_DEVICE", "cpu")
    monkeypatch.delenv("SCPO_READ_ONLY", raising=False)
    return Store(tmp_path)
