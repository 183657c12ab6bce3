"""Charts that move with a slider: the picture is made once, a move changes only the tables behind its named data."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd


@dataclass(frozen=True, eq=False)
class Live:
    """A specification whose layers name their data, and these data.

    Making an Altair chart takes some hundred milliseconds, most of it to check it against the schema; filling a
    specification that was made before takes a few. The browser, too, then moves the marks and draws nothing anew.
    """

    spec: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]

    def to_dict(self) -> dict[str, Any]:
        """Return the whole specification with its data as JSON values, for files."""
        datasets = {name: json.loads(table.to_json(orient="records")) for name, table in self.tables.items()}
        return {**copy.deepcopy(dict(self.spec)), "datasets": datasets}

    def on_screen(self, config: Mapping[str, Any], *, title: Any | None = None) -> dict[str, Any]:
        """Return the specification with its tables as they are, for Streamlit."""
        spec = {**copy.deepcopy(dict(self.spec)), "config": dict(config), "datasets": dict(self.tables)}
        return spec | ({} if title is None else {"title": title})


def named(name: str) -> alt.Chart:
    """Return a chart over the data of a name."""
    return alt.Chart(alt.NamedData(name=name))
