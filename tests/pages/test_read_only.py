"""A cache that cannot be written: every page shows what is there, computes without keeping, and starts nothing."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from read_only import read_only
from reading import words

from dashboard.frame.actions import NOTICE
from dashboard.frame.people import READ_ONLY
from dashboard.runs import actions

PAGES = (
    "brief", "divergence", "pairs", "workbench", "runs", "tradeoff", "bias", "compare", "behaviour", "report", "slides",
    "data",
)  # fmt: skip
DERIVED = ("divergences", "calibrations", "checks", "budgets", "digests")


def bytes_of(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_page_shows_what_is_there_and_writes_nothing(open_page, own_cache):
    store = own_cache("many")
    for kind in DERIVED:
        shutil.rmtree(store.root / kind, ignore_errors=True)
    before = bytes_of(store.root)
    with read_only(store.root):
        for page in PAGES:
            at = open_page(page, store)
            assert not at.exception, page
            assert [error.value for error in at.error] == [], page
            assert "Its id is" not in words(at), page
            if page == "workbench":
                assert at.button(key="workbench_start").disabled
    assert bytes_of(store.root) == before


def test_a_button_on_a_disk_that_became_unwritable_is_answered_in_one_sentence(open_page, own_cache, monkeypatch):
    store = own_cache("many")
    monkeypatch.setenv("SCPO_CACHE_DIR", str(store.root))
    with read_only(store.root):
        session: dict[str, object] = {}
        monkeypatch.setattr("streamlit.session_state", session)
        actions.remove(store.names("runs")[0])
        assert session[NOTICE] == ("error", READ_ONLY)
