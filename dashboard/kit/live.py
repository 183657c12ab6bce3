"""Charts that move with a slider: the picture is made once, a move changes only the tables behind its named data."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa

from scpo.once import Once

Columns = Mapping[str, Sequence[Any] | np.ndarray]
"""A table by columns of equal length; a number that is not known is NaN or None."""


MOST_FRAMES = 64
"""Pictures that each function keeps."""

P = ParamSpec("P")
Frame = dict[str, Any]


def frame(build: Callable[P, Frame]) -> Callable[P, Frame]:
    """Keep the pictures without data that a function builds: whoever asks while one is built waits for it."""
    kept: Once[Frame] = Once(MOST_FRAMES)

    @wraps(build)
    def built(*args: P.args, **named: P.kwargs) -> Frame:
        return kept.get((args, tuple(named.items())), lambda: build(*args, **named))

    return built


@dataclass(frozen=True, eq=False)
class Live:
    """A specification whose layers name their data, and these data.

    Making an Altair chart takes some hundred milliseconds, most of it to check it against the schema; filling a
    specification that was made before takes a few. The browser, too, then moves the marks and draws nothing anew.
    """

    spec: Mapping[str, Any]
    tables: Mapping[str, Columns | pa.Table]

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Live:
        """Return a whole specification, whose rows stand under ``datasets``, so that it need not be made again."""
        tables = {
            name: {
                column: [row.get(column) for row in rows]
                for column in dict.fromkeys(key for row in rows for key in row)
            }
            for name, rows in spec.get("datasets", {}).items()
        }
        return cls({name: part for name, part in spec.items() if name != "datasets"}, tables)

    def packed(self) -> Live:
        """Return the same with tables that take less room and are not converted again for the screen; not for files."""
        return Live(self.spec, {name: _arrow(table) for name, table in self.tables.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return the whole specification with its data as JSON values, for files."""
        return {**copy.deepcopy(dict(self.spec)), "datasets": {name: _rows(one) for name, one in self.tables.items()}}

    def on_screen(self, config: Mapping[str, Any], *, title: Any | None = None) -> dict[str, Any]:
        """Return the specification with its tables in Arrow's format, for Streamlit, which changes its top level."""
        data = {name: _arrow(table) for name, table in self.tables.items()}
        spec = {**self.spec, "config": dict(config), "datasets": data}
        return spec | ({} if title is None else {"title": title})


def _arrow(table: Columns | pa.Table) -> pa.Table:
    """Return a table with nulls for NaN; a tenth of the time that a data frame takes."""
    if isinstance(table, pa.Table):
        return table
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in table.items()})


def _rows(table: Columns) -> list[dict[str, Any]]:
    columns = [[_plain(value) for value in np.asarray(values, dtype=object).tolist()] for values in table.values()]
    return [dict(zip(table, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and math.isnan(plain) else plain


def by_column(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the columns of a data frame."""
    return {str(name): column.to_numpy() for name, column in table.items()}


def named(name: str) -> alt.Chart:
    """Return a chart over the data of a name."""
    return alt.Chart(alt.NamedData(name=name))


def with_domains(
    spec: Mapping[str, Any], axes: Mapping[str, tuple[tuple[float, float], list[float]]]
) -> dict[str, Any]:
    """Return a layered specification with other ends and ticks of its axes: much faster than to make it anew.

    Parameters
    ----------
    axes : mapping of {"x", "y"} to (domain, ticks)
        Every layer that has such a channel gets them.
    """
    layers = []
    for layer in spec["layer"]:
        encoding = dict(layer["encoding"])
        for channel in axes.keys() & encoding.keys():
            domain, ticks = axes[channel]
            old = encoding[channel]
            if "scale" in old:
                encoding[channel] = {
                    **old,
                    "scale": {**old["scale"], "domain": list(domain)},
                    "axis": {**old["axis"], "values": ticks},
                }
        layers.append({**layer, "encoding": encoding})
    return {**spec, "layer": layers}
