"""The world map: where the communities are. A locator, no evidence: it shows no number.

Plotly is loaded only here, and only when the map is drawn; its borders come from this server, so it works offline.
"""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.divergence import columns, pickers, tables, words
from dashboard.divergence.load import Distances
from dashboard.frame import components, load
from dashboard.frame.places import STATIC
from dashboard.frame.state import Selection
from dashboard.kit import exports, figure, glossary, text, theme
from dashboard.kit.table import twin
from scpo.data.countries import display_name

BORDERS = STATIC / "world_110m.json"
CIRCLE = 9
"""Diameter of a community's circle in pixels: small countries are seen too."""

KINDS = ("chosen", "with distances", "too few users")
"""What a community can be on the map, strongest first; everything else is without data."""

NOT_IN_BORDERS = {
    "AND": (1.52, 42.55),
    "ATG": (-61.8, 17.08),
    "BHR": (50.55, 26.07),
    "BRB": (-59.55, 13.18),
    "GRD": (-61.68, 12.11),
    "HKG": (114.17, 22.32),
    "LCA": (-60.98, 13.9),
    "LIE": (9.55, 47.16),
    "MAC": (113.54, 22.19),
    "MCO": (7.42, 43.74),
    "MDV": (73.22, 3.2),
    "MLT": (14.4, 35.92),
    "SGP": (103.82, 1.35),
    "SMR": (12.46, 43.94),
    "SYC": (55.45, -4.68),
}
"""Longitude and latitude of places that the borders are too coarse for."""


LARGER_SECOND = {"PSE": (35.27, 31.95)}
"""Where the second shape of the borders is the larger one; of Spain, Portugal and Ecuador the second are islands."""


@cache
def centres() -> dict[str, tuple[float, float]]:
    """Return longitude and latitude of each country of the borders, from the borders' file."""
    shapes = json.loads(BORDERS.read_text(encoding="utf-8"))["objects"]["countries"]["geometries"]
    known: dict[str, tuple[float, float]] = {}
    for shape in shapes:
        if place := shape.get("properties", {}).get("ct"):
            known.setdefault(shape["id"], tuple(place))
    return {**NOT_IN_BORDERS, **known, **LARGER_SECOND}


def placed(users: dict[str, int], *, with_distance: set[str], chosen: set[str]) -> pd.DataFrame:
    """Return one row per community that has a place: `country`, `name`, `kind`, `users`, `longitude`, `latitude`."""
    rows = []
    for country, n_users in users.items():
        if country not in centres():
            continue
        kind = "chosen" if country in chosen else "with distances" if country in with_distance else "too few users"
        longitude, latitude = centres()[country]
        rows.append(
            {
                "country": country,
                "name": display_name(country),
                "kind": kind,
                "users": n_users,
                "longitude": longitude,
                "latitude": latitude,
            }
        )
    return pd.DataFrame(rows, columns=["country", "name", "kind", "users", "longitude", "latitude"])


def show_world(selection: Selection, found: Distances) -> None:
    """Show the world map; nothing where communities are no countries."""
    info = load.info_of(selection)
    if info.group != "country":
        st.caption("No world map: the communities of this data set are not countries.")
        return
    users = dict(info.users_per_country)
    people = tables.communities(found)
    enough = set(people.loc[~people["too_few_users"].astype(bool), "country"])
    table = placed(users, with_distance=enough, chosen=set(selection.countries))
    st.subheader("Where the communities are")
    st.caption(
        text.plain(
            "A locator, no evidence: large countries look important and are not. Colour says only who is in the data; "
            "every community has a circle. A click chooses the country on every page."
        )
    )
    key = "world_chart"
    st.plotly_chart(
        world_figure(table, dark=figure.is_dark()),
        key=key,
        theme=None,
        width="stretch",
        config={"topojsonURL": "/app/static/", "displayModeBar": False, "scrollZoom": False},
        on_select=lambda: _apply(key, selection.countries, set(found.names)),
        selection_mode="points",
        alt=f"World map with circles at {text.count(len(table), 'country', 'countries')}.",
    )
    missing = sorted(display_name(country) for country in users if country not in centres())
    if missing:
        st.caption(text.plain(f"Without a place on this map: {text.listed(missing)}."))
    _footer(table, components.caption(selection, []))


def _footer(table: pd.DataFrame, caption: str) -> None:
    """Show the explanation, the file and the table, as `figure.show` does for charts."""
    source = text.plain(caption.removeprefix(text.SAMPLE_BANNER).strip())
    if glossary.is_plain():
        st.caption(source)
        return
    with figure.footer("world"):
        with figure.word("How", "function", key="world_how"):
            st.markdown(text.how("world", own=words.HOW))
            st.caption(source)
        st.download_button(
            "CSV",
            data=partial(exports.csv, table, caption, columns.PLACES),
            file_name="world.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
            key="world_csv",
        )
        with figure.word("Table", "table", key="world_box"):
            shown = twin(table.sort_values("name"), columns.PLACES)
            st.dataframe(shown, key="world_table", hide_index=True, alt="Table of the world map")
        st.button(
            "Star",
            icon=":material/star:",
            type="tertiary",
            key="world_star",
            disabled=True,
            help="The map is a locator and shows no number: star the distances beside it.",
        )


def _apply(key: str, chosen: tuple[str, ...], known: set[str]) -> None:
    for widget, value in after_click(st.session_state[key], chosen=chosen, known=known).items():
        st.session_state[widget] = value


def after_click(event: Any, *, chosen: tuple[str, ...], known: set[str]) -> dict[str, Any]:
    """Return the widgets to change after a click on the map; only communities with distances can be looked at."""
    marks = event.get("selection", {}).get("points", [])
    country = str(marks[-1].get("location") or (marks[-1].get("customdata") or [""])[0]) if marks else ""
    changes = pickers.after_row(country, chosen=chosen) if country else {}
    return {widget: value for widget, value in changes.items() if widget != pickers.WHO or value in known}


def world_figure(table: pd.DataFrame, *, dark: bool) -> Any:
    """Draw the map with plotly."""
    import plotly.graph_objects as go

    colours = theme.surface(dark=dark)
    strong = theme.distance(dark=dark)
    some_chosen = bool((table["kind"] == "chosen").any())
    rest = theme.FEW if some_chosen else strong
    looks = {
        "chosen": (strong, strong),
        "with distances": (rest, rest),
        "too few users": (colours.background, theme.FEW),
    }
    chart = go.Figure()
    for kind in KINDS[::-1]:
        rows = table[table["kind"] == kind]
        if rows.empty:
            continue
        fill, line = looks[kind]
        labels = [f"{name}<br>{text.count(n, 'user')}" for name, n in zip(rows["name"], rows["users"], strict=True)]
        shared = {"text": labels, "hoverinfo": "text", "customdata": rows[["country"]].to_numpy()}
        chart.add_choropleth(
            locations=rows["country"],
            z=[1] * len(rows),
            colorscale=[[0, fill], [1, fill]],
            showscale=False,
            marker={"line": {"color": line, "width": 0.8}, "opacity": 0.55},
            **shared,
        )
        chart.add_scattergeo(
            lon=rows["longitude"],
            lat=rows["latitude"],
            name=f"{kind} ({len(rows)})",
            marker={"size": CIRCLE, "color": fill, "opacity": 1, "line": {"color": colours.text, "width": 1}},
            mode="markers",
            **shared,
        )
    chart.update_geos(
        projection_type="natural earth",
        showland=True,
        landcolor=colours.blank,
        showcountries=True,
        countrycolor=colours.background,
        countrywidth=0.5,
        showcoastlines=False,
        showocean=False,
        showlakes=False,
        showframe=False,
        bgcolor="rgba(0,0,0,0)",
        lataxis_range=[-57, 80],
    )
    chart.add_scattergeo(
        lon=[None],
        lat=[None],
        name="no data",
        mode="markers",
        marker={"size": CIRCLE, "color": colours.blank, "symbol": "square"},
    )
    chart.update_layout(
        height=300,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        font={"color": colours.text, "size": 12},
        legend={"orientation": "h", "y": 0, "x": 0, "itemclick": False, "itemdoubleclick": False},
        dragmode=False,
        clickmode="event+select",
    )
    return chart
