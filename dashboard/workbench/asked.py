"""What the address asks of the Workbench and no slider can show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st

from dashboard.frame import lost, state
from dashboard.workbench.position import BETAS, TAUS, from_query
from scpo.results import MEAN


def name_lost(countries: Sequence[str]) -> None:
    """Name on arrival what the address asks for and is not here: values outside the sliders, unknown countries."""
    if not state.just_arrived():
        return
    for name, ends in (("tau", TAUS), ("beta", BETAS)):
        lost.note(name, (value for value in st.query_params.get_all(name) if not _is_inside(value, ends)))
    lost.note("country", (one for one in st.query_params.get_all("of") if one not in (*countries, MEAN)))
    lost.note("own values", _unread(st.query_params.get("own", ""), countries))


def _is_inside(value: str, ends: tuple[float, float]) -> bool:
    return lost.is_number(value) and ends[0] <= float(value) <= ends[1]


def _unread(own: str, countries: Sequence[str]) -> Iterator[str]:
    """Return the parts of own values that name no country here, or that no slider can show."""
    for part in filter(None, own.split(";")):
        read = from_query({"own": part}).own
        values = part.split(":")[1:]
        ends = zip(values, (TAUS, BETAS), strict=False)
        if not read or read[0][0] not in countries or not all(_is_inside(value, two) for value, two in ends):
            yield part
