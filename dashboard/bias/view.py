"""The figures of the page Bias, the picker of a cell and its details."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.bias import card, columns, words
from dashboard.bias.charts.matrix import MOST_COUNTED, matrix_chart, names_of
from dashboard.bias.charts.steering import over_steering_chart
from dashboard.frame import asking, components, load, sidebar
from dashboard.frame.state import Selection
from dashboard.kit import clicks, glossary, scales, text
from dashboard.kit.figure import Figure, show
from dashboard.kit.shortnames import explained, short_names
from dashboard.tradeoff import external
from dashboard.tradeoff.controls import after_point_click
from dashboard.tradeoff.details import flips_button

CELL = "cell"
"""Key of the picker = name of the URL parameter."""


def cell_picker(cells: pd.DataFrame) -> str | None:
    """Draw the picker of a cell; a click on the matrix chooses it too."""
    labels = {
        cell: f"{trained} on {tested}"
        for cell, trained, tested in zip(cells["cell"], cells["trained_name"], cells["tested_name"], strict=True)
    }
    return asking.choose(
        glossary.said("Cell: model of … on pairs of …"),
        CELL,
        labels,
        noun="cell",
        index=None,
        placeholder="Click a cell, or choose one",
    )


def cell_details(cells: pd.DataFrame, cell: str | None) -> None:
    """Show the selected cell: who, how much, how sure, on what."""
    found = cells[cells["cell"] == cell]
    with st.container(border=True, key="cell_details"):
        if found.empty:
            st.caption(text.plain("Nothing selected: click a cell to see its interval, its users and its runs."))
            return
        row = found.iloc[0]
        st.markdown(f"**Trained for {text.plain(row['trained_name'])}, tested on {text.plain(row['tested_name'])}**")
        if bool(row["too_few_users"]):
            st.caption("Too few users: the interval is shown, a verdict is not.")
        else:
            sure = row["holm"] < text.ALPHA
            st.caption(text.plain("Differs from 0 after correction." if sure else "May be chance after correction."))
        components.facts(
            {
                "Difference to global": text.difference_estimate(row, "diff"),
                "Pairs": text.lost_and_won(row),
                "p, and corrected": f"{text.p_value(row['p'])}, {text.p_value(row['holm'])}",
                "Smallest change that would be seen": text.points(row["visible"]).lstrip("+"),
                "Sample": text.sample_text(row),
                **external.cell_facts(row),
            }
        )
        second = text.model_label(row["trained_name"], row["setting_label"], text.as_list(row["runs"]))
        flips_button("cell_pairs", second=second, country=row["tested_on"])


def show_matrix(
    selection: Selection,
    cells: pd.DataFrame,
    every_cell: pd.DataFrame,
    *,
    cell: str | None,
    others: pd.DataFrame | None = None,
) -> None:
    """Show who gains and who pays for one setting; see `matrix_figure`."""
    table = with_others(cells, others)
    ids, trained_for = table["cell"].tolist(), table["trained_for"].tolist()
    heads = {} if glossary.is_plain() else {clicks.head_id(one): one for one in trained_for}
    show(
        matrix_figure(selection, cells, every_cell, cell=cell, others=others),
        on_click=lambda selected: click_change(clicks.clicked(selected, "cell"), heads),
        on_row=lambda i: click_change(ids[i], heads) | click_change(clicks.head_id(trained_for[i]), heads),
    )


def with_others(cells: pd.DataFrame, others: pd.DataFrame | None) -> pd.DataFrame:
    """Return the cells, and below them the means over other countries if there are any."""
    return cells if others is None or others.empty else pd.concat([cells, others], ignore_index=True)


def matrix_figure(
    selection: Selection,
    cells: pd.DataFrame,
    every_cell: pd.DataFrame,
    *,
    cell: str | None = None,
    others: pd.DataFrame | None = None,
) -> Figure:
    """Draw the cells of one setting.

    Parameters
    ----------
    every_cell : DataFrame
        Cells of all settings and countries: those with enough users make the scale, whatever is selected.
    others : DataFrame, optional
        `load.load_others`: the last column, the mean over the countries a model was not trained for.
    """
    end = scales.symmetric_end(text.solid(every_cell)["diff_value"])
    table = with_others(cells, others)
    further = ["below, where they fit: pairs lost and won"] if table["tested_on"].nunique() <= MOST_COUNTED else []
    further += ["grey: fewer than ten test users (n)", "dashed: the country's own model"]
    further += ["last column: the mean over other countries"] if len(table) > len(cells) else []
    names = names_of(table)
    return Figure(
        name="matrix",
        draw=lambda dark: matrix_chart(table, end=end, dark=dark, selected=cell),
        draw_fitted=lambda room, dark: matrix_chart(table, end=end, dark=dark, selected=cell, room=room),
        short_names=explained(short_names(names), names),
        title="Trained for one country, tested on every country",
        subtitle=f"{cells['setting_label'].iloc[0]}: paired difference to the global model over all test pairs, "
        f"points. ● differs from 0 after correction over all models, shown or not; {'; '.join(further)}."
        f"{external.unknown(cells)}",
        caption=components.caption(selection, text.all_runs(cells)),
        alt=f"Heat map of paired differences, {text.count(cells['trained_for'].nunique(), 'model')} by "
        f"{text.count(cells['tested_on'].nunique(), 'country', 'countries')}.",
        how=text.how(
            *("matrix", "lost_and_won", "others", "paired", "interval", "holm", "visible", "few"),
            *external.explained(cells),
            own=words.HOW,
        ),
        table=table,
        columns=columns.CELLS,
        finding=words.matrix_title(cells),
    )


def click_change(mark: str | None, heads: Mapping[str, str]) -> dict[str, str]:
    """Return the widgets to change after a click on a cell, or on the head of a row.

    Parameters
    ----------
    mark : str or None
        What was clicked.
    heads : mapping
        Head of a row -> community whose model has a card; none while presenting.
    """
    if not mark:  # the mean over other countries is no cell
        return {}
    if mark in heads:
        return {card.CARD: heads[mark]}
    return {} if mark.startswith(clicks.head_id("")) else {CELL: mark}


def show_over_steering(selection: Selection, settings: pd.DataFrame, *, setting: str) -> None:
    """Show what a model knows of its country against what it costs the same country."""
    points = load.load_steering(selection, settings)
    if points.empty:
        st.caption("Only controls are finished here: no setting can be judged for over-steering yet.")
        return
    ids = points["setting"].tolist()
    show(
        over_steering_figure(selection, points, setting=setting),
        on_click=partial(after_point_click, shown=""),
        on_row=lambda i: {sidebar.SETTING: ids[i]},
    )


def over_steering_figure(selection: Selection, points: pd.DataFrame, *, setting: str) -> Figure:
    """Draw the points of `results.steering_points`, those of one setting strongly."""
    return Figure(
        name="over_steering",
        draw=lambda dark: over_steering_chart(points, dark=dark, selected=setting),
        title=words.steering_title(points),
        subtitle="One point per country and setting, controls apart, seed means; up: gains over all pairs of the "
        "country; right: more excess, recovered pairs beyond label-blind flips. The selected setting is drawn "
        f"strongly; ringed: over-steering, corrected over all settings and countries.{external.stars(points)}",
        caption=components.caption(selection, text.all_runs(points)),
        alt=f"Scatter plot of {text.count(len(points), 'point')}: excess against change in all-country accuracy.",
        how=text.how(
            "over", "excess", "true_country", "paired", "interval", "few", *external.explained(points), own=words.HOW
        ),
        table=points,
        columns=columns.STEERING,
    )
