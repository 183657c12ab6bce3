"""The figures of the Brief: the global model, what a setting changes, and the trade-off in small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.brief import charts, columns, words
from dashboard.frame import components, load, places, sidebar
from dashboard.frame.state import Selection
from dashboard.kit import clicks, glossary, text
from dashboard.kit.figure import MOST_ROWS, Figure, show
from dashboard.kit.table import twin
from dashboard.tradeoff import charts as tradeoff_charts
from dashboard.tradeoff import columns as tradeoff_columns
from dashboard.tradeoff.load import load_noise
from dashboard.tradeoff.words import RULES, tradeoff_title
from scpo.results import MEAN


def show_large(numbers: Sequence[words.Large]) -> None:
    """Show the large numbers of the first screen, each with its interval in words."""
    for column, one in zip(st.columns(len(numbers), gap="small"), numbers, strict=True):
        with column, st.container(border=True, height="stretch", gap="xsmall"):
            st.metric(text.plain(one.label), glossary.said(one.value))
            for sentence in one.sentences:
                st.caption(text.plain(sentence))


def show_ways(every: pd.DataFrame) -> None:
    """Offer the three ways on from the finding."""
    flips = {places.FLIPS: places.FLIPPED, places.SECOND: text.own_model_label(every["setting_label"].iloc[0])}
    with st.container(horizontal=True, gap="medium", key="ways_on"):
        st.page_link(places.page("bias"), label="Who pays", icon=":material/grid_on:")
        st.page_link(places.page("workbench"), label="Try other weights", icon=":material/tune:")
        st.page_link(
            places.page("pairs"), label=glossary.said("Read the pairs"), icon=":material/compare:", query_params=flips
        )


def show_losers(rows: pd.DataFrame) -> None:
    """Show every comparison with another country that loses, in a box; nothing where none does."""
    if rows.empty:
        return
    label = f"Who pays: {text.count(len(rows), 'comparison loses', 'comparisons lose')}"
    with st.expander(label, icon=":material/trending_down:", key="brief_losers"):
        components.table(twin(rows, columns.LOSERS), "losers_table", "Comparisons that lose, corrected")


def show_global_model(selection: Selection) -> None:
    """Show accuracy and disagreement of the global model per country, as soon as scores exist."""
    rows = _flagged(load.load_countries(replace(selection, level=0.95)))
    rows = rows[rows["n_pairs"] > 0]
    shown = rows if len(rows) <= MOST_ROWS else rows.sort_values("n_users", ascending=False).head(MOST_ROWS)
    left_out = len(rows) - len(shown)
    few = int(rows["too_few_users"].sum())
    known = text.count(len(rows), "country", "countries")
    subtitle = f"Test pairs of {known}; dot with 80 % (thick) and 95 % (thin) intervals."
    if few:
        subtitle += f" Grey: {few} with fewer than ten test users."
    if left_out:
        subtitle += f" In the table only: the {text.count(left_out, 'country', 'countries')} with fewest users."
    show(
        Figure(
            name="global_model",
            draw=lambda dark: charts.global_chart(shown, dark=dark),
            title="Where the global model agrees with people, and where it disagrees",
            subtitle=subtitle,
            caption=components.caption(selection, []),
            alt="Dot plot of the global model's accuracy and disagreement for "
            f"{text.count(len(shown), 'country', 'countries')}.",
            how=text.how("all_country", "disagreement", "interval", "few"),
            table=rows,
            columns=columns.COUNTRIES,
            finding=words.agreement_finding(rows),
        )
    )


def _flagged(countries: pd.DataFrame) -> pd.DataFrame:
    return countries.assign(too_few_users=countries["n_users"] < text.FEW_USERS)


def show_gain(selection: Selection, setting: str) -> None:
    """Show the paired difference to the global model per country for one setting."""
    rows = load.load_settings(replace(selection, level=0.95))
    rows = rows[rows["setting"] == setting]
    ids, names = rows["country"].tolist(), dict(zip(rows["country"], rows["name"], strict=True))
    show(
        gain_figure(selection, rows),
        on_click=lambda selected: country_change(clicks.clicked(selected, "country"), names),
        on_row=lambda i: country_change(ids[i], names),
    )


def gain_figure(selection: Selection, rows: pd.DataFrame) -> Figure:
    """Draw the rows of one setting in `results.setting_table` at 95 %."""
    return Figure(
        name="gain",
        draw=lambda dark: charts.gain_chart(rows, dark=dark),
        title=words.by_country(rows),
        subtitle=f"Change against the global model: {rows['setting_label'].iloc[0]}, all test pairs, paired by "
        f"user. Bars: 80 % (thick) and 95 % (thin). {words.corrected(rows)}{words.missed_losses(rows)}",
        caption=components.caption(selection, text.all_runs(rows)),
        alt=f"Dot plot with intervals: difference to the global model in {text.count(len(rows), 'row')}.",
        how=text.how("paired", "interval", "holm", "visible", "excess", "mean", "few"),
        table=rows,
        columns=tradeoff_columns.SETTINGS,
    )


def country_change(country: str | None, names: Mapping[str, str]) -> dict[str, Any]:
    """Return what a click on a country changes: it leads to its divergence. The mean has none."""
    if country is None or country == MEAN:
        return {}
    return {places.NEXT: ("divergence", {places.WHO: names[country]})}


def point_change(place: tuple[str, str] | None) -> dict[str, Any]:
    """Return what a click on a point of the small trade-off changes: it leads to the large one, with its setting."""
    if place is None or place[1].startswith("global|"):
        return {}
    return {sidebar.SETTING: place[1], places.NEXT: ("tradeoff", {})}


def show_small_tradeoff(selection: Selection, settings: pd.DataFrame, *, country: str, setting: str) -> None:
    """Show the trade-off in small, with the way to the page."""
    rows = settings[settings["country"] == country]
    if rows[rows["method"] != "global"].empty and len(set(settings["country"])) == 1:
        rows = settings
    if rows[rows["method"] != "global"].empty:
        st.caption(
            "The trade-off of the mean is drawn as soon as settings share two countries; that of each country stands "
            "on the page Trade-off."
        )
        return
    noise = load_noise(selection, rows)
    points = list(zip(rows["country"], rows["setting"], strict=True))
    show(
        Figure(
            name="small_tradeoff",
            draw=lambda dark: tradeoff_charts.tradeoff_chart(
                rows, log=True, dark=dark, selected=setting, small=True, height=300, noise=noise
            ),
            title="The trade-off behind it",
            finding=tradeoff_title(rows, "max_all_country"),
            subtitle=f"{rows['name'].iloc[0]}; ring: {RULES['max_all_country']}; dashed: global model; grey curve: "
            "noise.",
            caption=components.caption(selection, text.all_runs(rows)),
            alt=f"Small scatter plot of {text.count(len(rows), 'setting')}, recovered share against all-country "
            "accuracy.",
            how=text.how("all_country", "true_country", "excess", "noise", "front", "mean"),
            table=rows,
            columns=tradeoff_columns.SETTINGS,
        ),
        on_click=lambda selected: point_change(clicks.clicked_point(selected)),
        on_row=lambda i: point_change(points[i]),
    )
