"""The pickers of the page Divergence, and what a click on a couple or a community changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.divergence.load import Distances, load_to_global
from dashboard.frame import asking, places, sidebar
from dashboard.frame.state import Selection
from dashboard.kit import clicks

COUPLE, WHO = "couple", places.WHO
"""Keys of the widgets = names of the URL parameters."""


def couple_picker(couples: pd.DataFrame) -> str | None:
    """Draw the picker of a couple; a click on a cell chooses it too."""
    ordered = couples.sort_values(["first_name", "second_name"])
    labels = {row["couple"]: f"{row['first_name']} and {row['second_name']}" for _, row in ordered.iterrows()}
    return asking.choose("Couple", COUPLE, labels, index=None, placeholder="Click a cell, or choose one")


def who_picker(selection: Selection, found: Distances) -> str:
    """Draw the picker of a community; unpicked it is a chosen country, or where the global model disagrees most.

    What is meant without a choice stands as the placeholder: a default that follows the sidebar would make another
    widget of it, and lose what was picked.
    """
    names = dict(sorted(found.names.items(), key=lambda item: item[1]))
    order = load_to_global(selection, found.order)["country"].tolist()
    first = next((code for code in selection.countries if code in names), order[0])
    picked = asking.choose(
        "Community",
        WHO,
        names,
        index=None,
        placeholder=names[first],
        width=260,
        help="A click on a country in a chart chooses it here too.",
    )
    return first if picked is None else picked


def after_place_click(selection: Mapping[str, Any], *, chosen: Sequence[str]) -> dict[str, Any]:
    """Return the widgets to change after a click on a cell of the distances, or on a country anywhere.

    Parameters
    ----------
    selection : mapping
        What the chart reports.
    chosen : sequence of str
        Countries of the sidebar; a click on a country puts it in, or takes it out.
    """
    return place_change(clicks.clicked(selection, "pick"), chosen=chosen)


def place_change(place: str | None, *, chosen: Sequence[str]) -> dict[str, Any]:
    """Return the widgets to change for a name of `clicks.cell_place` or `clicks.country_place`."""
    what, name = clicks.split_place(place)
    if what == "couple":
        return {COUPLE: name}
    others = [country for country in chosen if country != name]
    if what == "add":
        return {sidebar.COUNTRIES: [*others, name], WHO: name}
    return {sidebar.COUNTRIES: others} if what == "remove" else {}


def after_row(country: str, *, chosen: Sequence[str]) -> dict[str, Any]:
    """Return the widgets to change after a click on the row of a country."""
    return place_change(clicks.country_place(country, chosen=chosen), chosen=chosen)
