"""Tests of the tables behind charts: what is written once is what Altair writes for every layer."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import pytest
from altair.utils.schemapi import SchemaValidationError

from dashboard.kit import datasets
from dashboard.kit.datasets import rows, whole_spec

TABLE = pd.DataFrame(
    {
        "name": ["Chile", "Perú", None],
        "said": pd.Series(["a", "b", "c"], dtype=object),
        "n": [3, 2, 1],
        "few": [True, False, True],
        "share": [0.25, np.nan, np.inf],
        "single": np.array([0.1, np.nan, 2.0], dtype=np.float32),
        "runs": pd.Series([np.array([1, 2]), ["x"], ()], dtype=object),
        "at": pd.to_datetime(["2026-01-02", "2026-01-03", None]),
        "kind": pd.Categorical(["x", None, "y"]),
        "count": pd.array([1, None, 3], dtype="Int64"),
        "unknown": [np.nan, np.nan, np.nan],
    }
)


def by_altair(chart: alt.TopLevelMixin) -> dict[str, object]:
    with alt.data_transformers.enable("default", max_rows=None):
        return dict(chart.to_dict())


def layered(table: pd.DataFrame) -> alt.LayerChart:
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule().encode(x="zero:Q")
    base = alt.Chart(table).encode(x="share:Q", y="name")
    return alt.layer(zero, base.mark_point(), base.mark_rule(), alt.Chart(table.head(1)).mark_text(text="1"))


@pytest.mark.parametrize(
    "table", [TABLE, TABLE.drop(columns=["at", "kind", "count"]), TABLE.head(0)], ids=["any", "plain", "empty"]
)
def test_a_chart_is_written_as_altair_writes_it(table):
    chart = layered(table)
    assert whole_spec(chart, validate=True) == by_altair(chart)


@pytest.mark.parametrize("column", list(TABLE))
def test_each_kind_of_column_has_the_values_that_altair_writes(column):
    assert rows(TABLE[[column]]) == alt.to_values(TABLE[[column]])["values"]


def test_what_is_not_known_among_texts_is_null_and_no_nan():
    table = pd.DataFrame({"said": pd.Series(["a", None, np.nan], dtype=object)})
    assert rows(table) == [{"said": "a"}, {"said": None}, {"said": None}]


def test_a_table_is_written_once_however_many_layers_draw_it(monkeypatch):
    asked = []
    monkeypatch.setattr(datasets, "rows", lambda table: asked.append(len(table)) or rows(table))
    whole_spec(layered(TABLE.drop(columns=["at", "kind", "count"])), validate=False)
    assert sorted(asked) == [1, 1, 3]


def test_many_rows_are_no_error_and_a_chart_by_itself_keeps_its_rows():
    many = pd.DataFrame({"x": range(6_000)})
    chart = alt.Chart(many).mark_point().encode(x="x:Q")
    (kept,) = whole_spec(chart, validate=False)["datasets"].values()
    assert len(kept) == 6_000
    (kept,) = chart.to_dict()["datasets"].values()
    assert len(kept) == 6_000


def test_a_chart_that_vega_lite_does_not_know_is_refused_where_it_is_to_be():
    wrong = alt.Chart(TABLE[["n"]]).mark_point().encode(x="n:Q").properties(height=alt.Step(3))
    wrong.mark = "blob"
    with pytest.raises(SchemaValidationError):
        whole_spec(wrong, validate=True)
    assert whole_spec(wrong, validate=False)["mark"] == {"type": "blob"}
