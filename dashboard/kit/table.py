"""The table twin of a chart: the same numbers as text, in percent and points, with the unit in the heading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import pandas as pd

from dashboard.kit import glossary, text

Kind = Literal["text", "percent", "points", "count", "p", "flag", "runs", "number", "memory", "quote"]
"""What a column holds; a quote is other people's words."""


class Column(NamedTuple):
    """A column of a twin."""

    source: str
    heading: str
    kind: Kind = "text"


def estimate(name: str, heading: str, kind: Kind) -> list[Column]:
    """Return the columns of a number and the ends of its interval: ``<name>_value``, ``_low``, ``_high``."""
    unit = {"percent": ", %", "points": ", points"}.get(kind, "")
    ends = (("value", f"{heading}{unit}"), ("low", f"{heading}, low"), ("high", f"{heading}, high"))
    return [Column(f"{name}_{end}" if name else end, words, kind) for end, words in ends]


def sample(pairs: str, users: str) -> list[Column]:
    """Return the columns of what a number rests on, with a flag for too few users."""
    counted = [Column("n_pairs", pairs, "count"), Column("n_users", users, "count")]
    return [*counted, Column("too_few_users", "Too few users", "flag")]


P_VALUES = [Column("p", "p", "p"), Column("holm", "p, corrected", "p")]

NAMED_UNITS = ("logits", "nats", "SD")
"""Units that the heading of a plain number ends with."""

ENDS = ("value", "low", "high")


def units(table: pd.DataFrame, columns: Sequence[Column]) -> str:
    """Say in which unit the columns of a table are kept: ``all_value, all_low: fraction of 1; n_users: count``.

    Parameters
    ----------
    table : DataFrame
        As it is kept, before `twin` makes percent and points of fractions.
    columns : sequence of Column
        Those of its twin; the inner ends of an interval, which a twin leaves out, have the unit of the outer ones.
    """
    found: dict[str, list[str]] = {}
    for column in columns:
        unit = _unit(column)
        if unit:
            found.setdefault(unit, []).append(column.source)
            stem, _, end = column.source.rpartition("_")
            inner = f"{stem}_inner_{end}".removeprefix("_")
            if column.source != inner and end in ENDS and inner in table.columns:
                found[unit].append(inner)
    return "; ".join(f"{', '.join(dict.fromkeys(names))}: {unit}" for unit, names in found.items())


def _unit(column: Column) -> str:
    """Return the unit that a column is kept in; empty for what has none or names none."""
    if column.kind == "number":
        last = column.heading.rpartition(", ")[2]
        return last if last in NAMED_UNITS else ""
    return KEPT_IN.get(column.kind, "")


KEPT_IN: dict[Kind, str] = {
    "percent": "fraction of 1",
    "points": "difference of fractions of 1",
    "count": "count",
    "p": "p-value",
    "memory": "bytes",
}


def twin(table: pd.DataFrame, columns: list[Column]) -> pd.DataFrame:
    """Return a table as it is shown: fractions times 100, one decimal; unknown stays empty.

    In plain words, columns on how something was made are left out.
    """
    if glossary.is_plain():
        columns = [one for one in columns if one.kind not in ("p", "runs") and one.heading not in glossary.HIDDEN]
    shown = {glossary.said(column.heading): _shown(table[column.source], column.kind) for column in columns}
    return pd.DataFrame(shown, index=range(len(table)))


def _shown(values: pd.Series, kind: Kind) -> list[Any]:
    if kind in ("percent", "points"):
        return [None if pd.isna(v) else round(100 * float(v), 1) for v in values]
    if kind == "count":
        return [None if pd.isna(v) else round(v) for v in values]
    if kind == "p":
        return [None if pd.isna(v) else round(float(v), 4) for v in values]
    if kind == "number":
        return [None if pd.isna(v) else float(f"{v:.4g}") for v in values]
    if kind == "memory":
        return [None if pd.isna(v) else round(float(v) / 2**30, 2) for v in values]
    if kind == "flag":
        return [None if pd.isna(v) else "yes" if v else "no" for v in values]
    if kind == "runs":
        return [text.short_ids(text.as_list(v), most=5) for v in values]
    say = str if kind == "quote" else lambda value: glossary.said(str(value))
    return ["" if v is None else say(v) for v in values]
