"""The tables behind a chart, each written once, however many of its layers draw from it.

Altair writes a table anew for every layer, and most of the time that a chart takes goes there: a table has up to 130
columns, and each is looked at several times. What is written is what Altair writes, under the same names; only texts
that are not known, which it leaves NaN, are null.
"""

from __future__ import annotations

import hashlib
import json
import math
from contextvars import ContextVar
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd

_TRANSFORMER = "scpo_once"

Rows = list[dict[str, Any]]


class _Written(NamedTuple):
    """A table, which is held so that no other gets its place in memory; its name and rows."""

    table: pd.DataFrame
    name: str
    rows: Rows


_DRAWN: ContextVar[dict[int, _Written] | None] = ContextVar("_DRAWN", default=None)
"""What has been written for the chart that this thread draws, by the place of the table in memory."""


def whole_spec(chart: alt.TopLevelMixin, *, validate: bool) -> dict[str, Any]:
    """Return the specification of a chart with its data under ``datasets``, however many rows they have.

    Parameters
    ----------
    validate : bool
        Whether to check it against the schema of Vega-Lite, a fifth of the time.
    """
    if alt.data_transformers.active != _TRANSFORMER:
        alt.data_transformers.register(_TRANSFORMER, _once)
        alt.data_transformers.enable(_TRANSFORMER)
    tables: dict[int, _Written] = {}
    token = _DRAWN.set(tables)
    try:
        spec = dict(chart.to_dict(validate=validate))
    finally:
        _DRAWN.reset(token)
    written = {one.name: one.rows for one in tables.values()}
    return spec | ({"datasets": {**spec.get("datasets", {}), **written}} if written else {})


def _once(data: Any) -> Any:
    """Name a table that is drawn, and write it if that has not been done for this chart; else do as Altair does."""
    tables = _DRAWN.get()
    if tables is None or not isinstance(data, pd.DataFrame):
        return alt.to_values(data)
    if id(data) not in tables:
        found = rows(data)
        text = json.dumps(found, sort_keys=True, default=str)
        name = "empty" if found == [{}] else f"data-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        tables[id(data)] = _Written(data, name, found)
    return {"name": tables[id(data)].name}


def rows(table: pd.DataFrame) -> Rows:
    """Return the rows of a table as JSON values: None for what is not known and for infinity."""
    columns = [_values(column) for _, column in table.items()]
    if not columns or not table.columns.is_unique or any(one is None for one in columns):
        return list(alt.to_values(table)["values"])
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pd.Series) -> list[Any] | None:
    """Return the values of a column; None for a kind that Altair has to write, such as dates."""
    if not isinstance(column.name, str):
        return None
    if isinstance(column.dtype, np.dtype):
        kind, values = column.dtype.kind, column.to_numpy()
        if kind in "biu":
            return list(values.tolist())
        if kind == "f":
            return [one if math.isfinite(one) else None for one in values.tolist()]
        if kind == "O":
            known = zip(values, column.notna(), strict=True)
            return [None if not there else one.tolist() if isinstance(one, np.ndarray) else one for one, there in known]
    if isinstance(column.dtype, pd.StringDtype):
        return [one if isinstance(one, str) else None for one in column.tolist()]
    return None
