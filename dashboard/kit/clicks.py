"""What marks are called, and what a click reports: names of settings, points, cells and couples, read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scpo.methods import point_id as point_id
from scpo.methods import setting_id as setting_id

PREVIEW_MARK = "preview:"
"""Beginning of the point id of a preview."""


def cell_id(trained_for: str, tested_on: str) -> str:
    """Name a cell of the matrix trained-for x tested-on."""
    return f"{trained_for}→{tested_on}"


def head_id(trained_for: str) -> str:
    """Name the head of a row of that matrix."""
    return f"card:{trained_for}"


def couple_id(one: str, other: str) -> str:
    """Name a couple of communities, whatever their order."""
    return "↔".join(sorted([one, other]))


def cell_place(couple: str) -> str:
    """Name what a click on a cell of the distances means."""
    return f"couple:{couple}"


def country_place(country: str, *, chosen: Sequence[str]) -> str:
    """Name what a click on a country means now: a second click on the same country takes it out again."""
    return f"{'remove' if country in chosen else 'add'}:{country}"


def clicked(selection: Mapping[str, Any], field: str) -> str | None:
    """Return the value of `field` at the clicked mark; None when the click cleared the selection."""
    for marks in selection.get("selection", {}).values():
        if isinstance(marks, list) and marks and marks[-1].get(field):
            return str(marks[-1][field])
    return None


def split_place(place: str | None) -> tuple[str, str]:
    """Return the two parts of what `cell_place` or `country_place` has named."""
    what, _, name = (place or "").partition(":")
    return what, name


def clicked_point(selection: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return country and setting of the clicked point of a trade-off; None for a click beside the points."""
    point = clicked(selection, "point")
    if point is None or point.startswith(PREVIEW_MARK):
        return None
    country, method, tau, beta = point.rsplit("|", 3)
    return country, "|".join([method, tau, beta])


def clicked_preview(selection: Mapping[str, Any]) -> str | None:
    """Return the point id of the preview whose spot was clicked; None for any other click."""
    point = clicked(selection, "point") or ""
    return point.removeprefix(PREVIEW_MARK) if point.startswith(PREVIEW_MARK) else None


def clicked_row(selection: Mapping[str, Any], ids: Sequence[str]) -> str | None:
    """Return the id of the chosen row of a table; None if no row is chosen or the table is shorter by now."""
    rows = selection.get("selection", {}).get("rows", [])
    return ids[rows[0]] if rows and rows[0] < len(ids) else None


def clicked_cell(selection: Mapping[str, Any], *, marked: bool, first: str) -> int | None:
    """Return the row of the cell that was clicked in a table; None if it was none.

    Where the box of the only marked row is clicked, the table leaps to its first cell and reports that as clicked.

    Parameters
    ----------
    selection : mapping
        What the table reports.
    marked : bool
        Whether a row was marked before.
    first : str
        The first column.
    """
    found = selection.get("selection", {})
    cells = [(int(row), column) for row, column in found.get("cells", [])]
    leapt = marked and not found.get("rows") and cells == [(0, first)]
    return cells[0][0] if cells and not leapt else None
