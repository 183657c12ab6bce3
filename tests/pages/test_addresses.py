"""Whatever stands in an address, a page shows the rest and names what is not here.

Which parameters a page has is asked of Streamlit while the page is drawn: those its widgets are bound to, and those
that its code reads.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from reading import check_page, words
from streamlit.runtime.state.query_params import QueryParams
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy

from dashboard.frame import lost, places, state
from dashboard.pairs import filters
from dashboard.report import view as report
from scpo.store.cache import Store
from scpo.store.stars import PairStar, change

FREE = {filters.SEARCH}
"""Parameters that take every text."""

RUN, PAIR = "a run", "a pair"
"""In `MORE`: ids of the cache."""

MORE = (
    ("tradeoff", {"rule": "Max true-country"}),
    ("bias", {"inside": "Groups"}),
    ("bias", {"inside": "Calibration"}),
    ("divergence", {"section": "What differs"}),
    ("divergence", {"view": "Survey answers"}),
    ("runs", {"run": RUN}),
    ("pairs", {"pair": PAIR}),
    ("slides", {"present": "true"}),
)
"""Addresses that open widgets which a page does not show at first."""

NASTY = (
    ("", "nan", ["", ""]),
    ("-1", "inf", "2"),
    ("9" * 40, "-inf", "TRUE"),
    ("<b>x</b> **y** :red[z] Ω\u202e🌍\x00\n", "1e400", "yes"),
    (["x" * 3000, "x" * 3000], "9" * 400, ["true", "false"]),
)
"""For texts, for numbers and for switches."""


@pytest.fixture
def parameters(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the parameters of the pages that are opened, with the type of their widget; empty without a widget."""
    found: dict[str, str] = {}
    bind, read = QueryParams.bind_widget, QueryParamsProxy.__getitem__

    def bind_widget(self, param_key, widget_id, value_type, script_hash):
        found[param_key] = value_type
        bind(self, param_key, widget_id, value_type, script_hash)

    def get_item(self, key):
        found.setdefault(key, "")
        return read(self, key)

    monkeypatch.setattr(QueryParams, "bind_widget", bind_widget)
    monkeypatch.setattr(QueryParamsProxy, "__getitem__", get_item)
    return found


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the preview of the report, which takes seconds, and name every value instead of counting some."""
    monkeypatch.setattr(report, "_preview", lambda *_: None)
    monkeypatch.setattr(lost, "sentence", "; ".join)


@pytest.fixture(scope="session")
def starred(cache_of: Callable[[str], Store], many, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return the finished study with a starred pair."""
    store = Store(shutil.copytree(cache_of("many").root, tmp_path_factory.mktemp("starred") / "cache"))
    pair_id = many.scored.pairs["pair_id"].iloc[0]
    change(store, "tastes", lambda stars: [PairStar(pair_id=pair_id, note="see")])
    return store


def value_for(kind: str, values: tuple) -> object:
    """Return the value for a parameter whose widget has a type."""
    text, number, switch = values
    return {"bool_value": switch, "double_value": number, "int_value": number}.get(kind, text)


@pytest.mark.parametrize(("page", "query"), [*((page, {}) for page in places.names()), *MORE])
def test_a_value_that_does_not_exist_is_named_and_the_page_is_shown(open_page, starred, many, parameters, page, query):
    ids = {
        RUN: next(run.run_id for run in many.runs if run.config.training.steps),
        PAIR: many.scored.pairs["pair_id"].iloc[0],
    }
    query = {name: ids.get(value, value) for name, value in query.items()}
    open_page(page, starred, query=query)
    elsewhere = FREE if page == "runs" else {*FREE, state.RUN}
    asked = {name: f"Atlantis-{name}" for name in parameters.keys() - query.keys() - elsewhere}
    at = open_page(page, starred, query=query | asked)
    check_page(at)
    said = "\n".join(one.value for kind in (at.warning, at.caption, at.info) for one in kind).replace("\\", "")
    assert [value for value in asked.values() if value not in said] == []
    assert len(asked) >= 5 and at.title


@pytest.mark.parametrize("page", places.names())
def test_no_value_stops_a_page(open_page, starred, parameters, page):
    open_page(page, starred)
    kinds = dict(parameters)
    for values in NASTY:
        at = open_page(page, starred, query={name: value_for(kind, values) for name, kind in kinds.items()})
        assert not at.exception and [error.value for error in at.error] == [], values
        assert at.title


def test_an_infinite_end_of_a_range_is_open_and_named(open_page, many):
    at = open_page("pairs", "many", query={"gap_from": "-inf", "gap_below": "inf", "order": "Best"})
    check_page(at)
    assert "order Best; gap from -inf; gap below inf" in words(at)
    assert f"{len(many.scored.pairs)} pairs of" in at.header[0].value


def test_what_has_no_value_asks_for_nothing(open_page):
    at = open_page("pairs", "many", query={"interval": "", "agreement": "", "order": "", "countries": "Chile"})
    check_page(at)
    assert at.segmented_control(key="agreement").value == "All" and at.segmented_control(key="interval").value == "95 %"
    assert at.multiselect(key="countries").value == ["CHL"]
    assert not any(one.proto.icon == ":material/link_off:" for one in at.warning)


def test_a_long_value_is_cut(open_page):
    at = open_page("pairs", "many", query={"order": "x" * 3000})
    (said,) = [one.value for one in at.warning]
    assert said == f"order {'x' * (lost.LONGEST - 1)}…"
