"""What stands on the page Compare: the differences of the sides, which interval to trust, and what was asked."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.compare import charts, columns, words
from dashboard.compare.asked import Asked
from dashboard.frame import asking, components, sides
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.kit.figure import MOST_ROWS, Figure, show
from scpo.results import MEAN
from scpo.results.compare import EVERY, FEWEST, config_differences

MEASURE = "measure"
"""Key of the widget = name of the URL parameter."""


def show_verdicts(asked: Asked, found: sides.Comparison) -> None:
    """Say who is ahead, per measure and other side, and what is not compared."""
    first = asked.sides[0]
    for other in asked.sides[1:]:
        said = words.verdicts(found.table, other.key, "A", asked.letter(other.key))
        heading = f"A against {asked.letter(other.key)}"
        with st.container(border=True, key=f"verdict_{asked.letter(other.key)}"):
            st.markdown(f"**{heading}**  \n{text.plain(f'{asked.names[first.key]} against {asked.names[other.key]}')}")
            st.markdown("\n".join(f"- {text.plain(one)}" for one in said))
            st.caption(text.plain(" ".join(words.cautions(first, other))))
    missing = words.missing(found.left_out, {key: asked.letter(key) for key in found.left_out})
    if missing:
        st.caption(text.plain(missing))


def show_differences(selection: Selection, asked: Asked, found: sides.Comparison) -> None:
    """Show the paired differences per community, for the measure that is chosen."""
    labels = {key: glossary.said(label) for key, label in words.MEASURES.items()}
    measure = st.radio("Measure", **asking.bound("measure", MEASURE, labels), horizontal=True)
    show(difference_figure(selection, asked, found, measure))


def difference_figure(selection: Selection, asked: Asked, found: sides.Comparison, measure: str) -> Figure:
    """Draw one measure of `results.compare.comparison_table`."""
    rows = found.table[found.table["subset"] == measure]
    several = len(asked.sides) > 2
    rows = rows.assign(
        letter=[asked.letter(key) for key in rows["second"]],
        away=~rows["home"],
        is_mean=rows["country"] == MEAN,
    ).dropna(subset=["diff_value"])
    shown = rows[rows["is_mean"] | rows["country"].isin(selection.countries)] if selection.countries else rows
    shown = shown.sort_values(["is_mean", "away", "too_few_users", "name", "letter"], kind="stable")
    shown = shown[~shown["is_mean"]].head(MOST_ROWS - 1).pipe(lambda t: pd.concat([t, shown[shown["is_mean"]]]))
    mixed = bool(rows["away"].any())
    shown = shown.assign(label=[_label(row, several=several, mixed=mixed) for _, row in shown.iterrows()])
    label = words.MEASURES[measure]
    others = text.listed([f"{asked.letter(one.key)}" for one in asked.sides[1:]])
    few = " Grey: fewer than ten test users." if bool(shown["too_few_users"].any()) else ""
    return Figure(
        name="compare_differences",
        draw=lambda dark: charts.difference_chart(shown, dark=dark, title=f"A minus {others}, {label.lower()}, points"),
        title=f"{label}: A minus {others} in each country",
        subtitle=f"Paired by user, seed means; right of 0: A is ahead. Bars: 80 % (thick) and "
        f"{text.level_name(selection.level)} (thin). {words.corrected(rows, chosen=bool(selection.countries))}{few}",
        caption=components.caption(selection, asked.runs),
        alt=f"Dot plot with intervals: A minus {others} in {text.count(len(shown), 'row')}.",
        how=text.how(
            measure, "sides", "paired", "interval", "families", "holm", "visible", "mean", "few", own=words.HOW
        ),
        table=shown,
        columns=columns.DIFFERENCES,
        finding=words.title(rows, asked.sides[1].key, "A", "B"),
    )


def _label(row: pd.Series, *, several: bool, mixed: bool) -> str:
    """Name a row: its community, whether it is home, its users, the other side."""
    parts = [row["name"], *(["home"] if mixed and row["home"] and row["country"] != MEAN else [])]
    parts += [text.count(row["n_users"], "user")] + ([f"A − {row['letter']}"] if several else [])
    return " · ".join(parts)


def show_trust(asked: Asked, found: sides.Comparison) -> None:
    """Say which interval to trust, with the numbers of the first two sides; not while presenting."""
    if glossary.is_plain():
        return
    first, other = asked.sides[:2]
    rows = words.headline_rows(found.table, other.key)
    rows = rows[rows["subset"] == "all_country"]
    if rows.empty:
        return
    row = rows.iloc[0]
    mean = row["country"] == MEAN
    place = EVERY if mean else row["country"]
    verdicts = found.verdicts
    counted = verdicts[
        (verdicts["second"] == other.key) & (verdicts["subset"] == "all_country") & (verdicts["country"] == place)
    ].iloc[0]
    st.subheader("Which interval to trust")
    st.caption(text.plain(f"A against B, all test pairs: {row['name']}"))
    said = words.trust(row, counted, words.seeds_sentence(first, other, mean=mean))
    st.markdown("\n".join(f"- {text.plain(one)}" for one in said))


def show_settings(asked: Asked) -> None:
    """Show what was asked differently, differences only; not while presenting."""
    if glossary.is_plain():
        return
    st.subheader("What was asked differently")
    trained = [side for side in asked.sides if side.models]
    if len(trained) < FEWEST:
        st.caption("At most one side was finetuned here, so no setting can differ.")
        return
    found = config_differences(trained)
    if not found:
        st.caption("Nothing: the sides differ in no setting.")
        return
    table = {"Setting": [words.field(name) for name in found]}
    for place, side in enumerate(trained):
        table[asked.letter(side.key)] = [words.value(values[place]) for values in found.values()]
    components.table(pd.DataFrame(table), "config_differences", "Settings that differ")
    if len(trained) < len(asked.sides):
        st.caption("A side that was not finetuned here has no settings.")
