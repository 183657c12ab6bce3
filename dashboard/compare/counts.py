"""Who is right on which pairs: counts with the ways to those pairs, and the margins behind them."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.compare import charts, columns, load, words
from dashboard.compare.asked import Asked
from dashboard.frame import asking, components, places, sides
from dashboard.frame.state import Selection
from dashboard.kit import clicks, glossary, text
from dashboard.kit.figure import Changes, Figure, Selected, show
from scpo.results.compare import EVERY, OUTCOMES
from scpo.results.sides import Side

SUBSET, PLACE, OTHER = "counted", "where", "other"
"""Keys of the widgets = names of the URL parameters."""

SUBSETS = {"All test pairs": "all_country", "Mistakes of the global model": "true_country"}

Way = partial[dict[str, str | list[str]]]
"""What leads to the page Pairs, with some of its arguments given."""


def other_picker(asked: Asked) -> Side:
    """Draw which other side is counted against, where there are several; return it."""
    if len(asked.sides) == 2:
        return asked.sides[1]
    labels = {side.key: f"A against {asked.letter(side.key)}" for side in asked.sides[1:]}
    key = asking.segments("Counted", OTHER, labels, default=asked.sides[1].key)
    return next(side for side in asked.sides if side.key == key)


def show_counts(selection: Selection, asked: Asked, found: sides.Comparison) -> None:
    """Show who is right on which pairs, with the ways to those pairs, and the margins behind them."""
    first = asked.sides[0]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        other = other_picker(asked)
        offered = {one: glossary.said(one) for one in SUBSETS}
        subset = SUBSETS[asking.segments("Pairs counted", SUBSET, offered, default=next(iter(SUBSETS)))]
        verdicts = found.verdicts[(found.verdicts["second"] == other.key) & (found.verdicts["subset"] == subset)]
        named = dict(zip(verdicts["country"], verdicts["name"], strict=True))
        place = asking.choose("Whose pairs", PLACE, {EVERY: named[EVERY]} | named, width=235)
    wrong = subset == "true_country"
    row = verdicts[verdicts["country"] == place].iloc[0]
    whole = not found.left_out[other.key]
    way = partial(load.way_to_pairs, selection, first, other, wrong=wrong)
    letter = asked.letter(other.key)
    labels = words.outcome_labels("A", letter)
    communities = load.communities_of(verdicts, place)
    _count_buttons(row, labels, partial(way, communities=communities, every=place == EVERY and whole))

    def clicked(selected: Selected) -> Changes:
        spot = clicks.clicked(selected, "place")
        if spot is None:
            return {}
        country, _, outcome = spot.rpartition(":")
        of = load.communities_of(verdicts, country)
        query = way(way=load.WAYS[outcome], communities=of, every=country == EVERY and whole)
        return {places.NEXT: ("pairs", query)}

    countries = verdicts["country"].tolist()
    chart, beside = st.columns([3, 2], gap="large")
    with chart:
        show(
            outcome_figure(selection, asked, verdicts, letter, wrong=wrong),
            on_click=clicked,
            on_row=lambda i: {PLACE: countries[i]},
        )
    with beside:
        points = load.load_margins(selection, first.key, other.key, communities, wrong=wrong)
        if points.empty:
            st.caption("No such pair.")
            return
        show(
            margin_figure(selection, asked, points, letter, place=named[place], wrong=wrong),
            on_click=lambda selected: _to_pair(clicks.clicked(selected, "pair"), points, way, communities),
        )


def _to_pair(pair: str | None, points: pd.DataFrame, way: Way, communities: list[str]) -> Changes:
    """Return the way to a pair, among all that go as it does."""
    outcome = points.loc[points["pair"] == pair, "outcome"]
    if outcome.empty:
        return {}
    query = way(way=load.WAYS[outcome.iloc[0]], communities=communities)
    return {places.NEXT: ("pairs", query | {places.PAIR: pair})}


def _count_buttons(row: pd.Series, labels: dict[str, str], way: Way) -> None:
    """Draw one button per count; each leads to exactly those pairs."""
    icons = {
        "both_right": "done_all",
        "only_first": "trending_up",
        "only_second": "trending_down",
        "both_wrong": "close",
    }
    pages = places.page("pairs")
    with st.container(horizontal=True, gap="small", key="count_buttons"):
        for outcome in OUTCOMES:
            pairs, users = int(row[outcome]), int(row[f"users_{outcome}"])
            said = f"{labels[outcome]}: {text.count(pairs, 'pair')} of {text.count(users, 'person', 'people')}"
            if st.button(
                text.plain(said), icon=f":material/{icons[outcome]}:", key=f"count_{outcome}", disabled=not pairs
            ):
                st.switch_page(pages, query_params=way(way=load.WAYS[outcome]))
        differing = int(row["only_first"] + row["only_second"])
        if st.button(
            text.plain(f"Read {text.count(differing, 'pair')} on which they differ"),
            icon=":material/compare_arrows:",
            key="count_flips",
            type="primary",
            disabled=not differing,
            help=glossary.said("Pairs that A has lost come first."),
        ):
            st.switch_page(pages, query_params=way(way=places.FLIPPED))


def outcome_figure(selection: Selection, asked: Asked, verdicts: pd.DataFrame, letter: str, *, wrong: bool) -> Figure:
    """Draw the counts of `results.compare.verdict_table`."""
    total = verdicts[verdicts["country"] == EVERY].iloc[0]
    shown = verdicts.assign(total=verdicts["country"] == EVERY).sort_values(["total", "name"])
    if selection.countries:
        shown = shown[shown["total"] | shown["country"].isin(selection.countries)]
    labels = words.outcome_labels("A", letter)
    subject = "pairs the global model gets wrong" if wrong else "test pairs"
    return Figure(
        name="compare_counts",
        draw=lambda dark: charts.outcome_chart(
            load.long_counts(shown, OUTCOMES),
            labels=labels,
            rows=[load.bar_name(row) for _, row in shown.iterrows()],
            dark=dark,
        ),
        title=f"Only A is right on {int(total['only_first']):,} pairs, only {letter} on {int(total['only_second']):,}",
        subtitle=f"Counts of {subject}, of all countries that both have a model for: {text.sample_text(total)}. "
        f"Beside each name: only A : only {letter}. A click opens these pairs.",
        caption=components.caption(selection, asked.runs),
        alt=f"Stacked bars: who is right on which pairs, in {text.count(len(shown), 'row')}.",
        how=text.how("outcomes", "mcnemar", own=words.HOW),
        table=shown,
        columns=columns.outcomes("A", letter),
    )


def margin_figure(
    selection: Selection, asked: Asked, points: pd.DataFrame, letter: str, *, place: str, wrong: bool
) -> Figure:
    """Draw the margins of pairs under both sides."""
    labels = words.outcome_labels("A", letter)
    drawn, step = load.thinned(points)
    alike = float(points["outcome"].isin(["both_right", "both_wrong"]).mean())
    thin = "" if step == 1 else f" One pair in {step} is drawn: {len(drawn):,} of {len(points):,}."
    subject = "pairs the global model gets wrong" if wrong else "test pairs"
    return Figure(
        name="compare_margins",
        draw=lambda dark: charts.margin_chart(drawn, labels=labels, first="A", second=letter, dark=dark),
        title=words.scatter_title(alike, "A", letter),
        subtitle=f"{place}, {subject}; above 0: A is right; right of 0: {letter} is.{thin} A click opens the pair.",
        caption=components.caption(selection, asked.runs),
        alt=f"Scatter plot of {text.count(len(drawn), 'pair')}: margin under A against margin under {letter}.",
        how=text.how("gap", "margin", "outcomes", own=words.HOW),
        table=drawn.assign(label=drawn["outcome"].map(labels)),
        columns=columns.margins("A", letter),
    )
