"""Pages over a cache made by the version before, opened by links of that version."""

from __future__ import annotations

import pytest
import streamlit as st
from golden_cache import printed, unpack
from streamlit.testing.v1 import AppTest

from scpo.settings import PROJECT_ROOT

LINK = {
    "data": "small",
    "model": "rm",
    "interval": "80 %",
    "countries": ["Chile", "South Africa"],
    "setting": "Filter + weight (τ 0.7, β 1.1)",
}


@pytest.fixture
def opened(tmp_path, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(unpack(tmp_path / "cache")))
    monkeypatch.setenv("SCPO_DEVICE", "cpu")
    monkeypatch.setenv("SCPO_READ_ONLY", "true")

    def open_(page: str, **more: str) -> AppTest:
        at = AppTest.from_file(str(PROJECT_ROOT / "dashboard" / "app.py"), default_timeout=120)
        for name, value in (LINK | more).items():
            at.query_params[name] = value
        at.run()
        return at if page == "brief" else at.switch_page(str(PROJECT_ROOT / "pages" / f"{page}.py")).run()

    st.cache_data.clear()
    st.cache_resource.clear()
    yield open_
    st.cache_data.clear()
    st.cache_resource.clear()


def test_a_link_of_the_version_before_chooses_what_it_chose(opened):
    at = opened("tradeoff", country="Chile", rule="Knee", scale="Linear")
    assert not at.exception and not at.error
    assert at.selectbox(key="data").value == "small" and at.selectbox(key="model").value == "rm"
    assert at.multiselect(key="countries").value == ["CHL", "ZAF"]
    assert at.selectbox(key="setting").value == "scpo|0.7|1.1"
    assert at.selectbox(key="country").value == "CHL" and at.radio(key="rule").value == "Knee"


@pytest.mark.parametrize("page", ["brief", "bias", "divergence", "pairs", "workbench", "runs", "data"])
def test_every_page_opens(opened, page):
    at = opened(page)
    assert not at.exception and not at.error


def test_a_run_is_opened_by_its_link_and_stars_are_there(opened):
    run_id = printed("runs")[0]["run_id"]
    at = opened("runs", run=run_id)
    assert any(run_id in one.value for one in at.code)
    at = opened("pairs", starred="true")
    assert at.header[0].value.startswith("2 ")
