"""The figure that leads from what was asked for to what came out, and from a line to its setting everywhere."""

from __future__ import annotations

from functools import partial

import pandas as pd

from dashboard.frame import components, sidebar
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.kit.figure import Figure, show
from dashboard.kit.table import Column
from dashboard.tradeoff import controls, external, parallel_marks, words
from dashboard.tradeoff.columns import SETTINGS

COLUMNS = [
    *(one for one in SETTINGS if one.source in ("name", "setting_label", "training")),
    Column("tau", "τ", "number"),
    Column("beta", "β", "number"),
    Column("kept_share", "Pairs kept, %", "percent"),
    *(one for one in SETTINGS if one.source.partition("_")[0] in ("all", "true", "excess", "blind")),
    *(one for one in SETTINGS if one.source in ("n_seeds", "chosen", "too_few_users")),
]

HOW = {
    "lines": "**Lines**: each axis goes from the lowest to the highest value there is. A line that passes below an "
    "axis has no value there, or none that is known. A click on a line, or on a row of the table, selects its setting "
    "on every page.",
}
"""What only this chart explains; the rest stands in `scpo.definitions`."""

LEAST = 2
"""Fewer lines say nothing."""


def show_parallel(selection: Selection, rows: pd.DataFrame, *, setting: str) -> None:
    """Show every setting of one country, or of the mean, as a line.

    Nothing where there are fewer than `LEAST`, and while presenting: nobody is told of tau and beta then.
    """
    table = parallel_marks.with_kept_share(rows)
    if len(table) < LEAST or glossary.is_plain():
        return
    ids = table["setting"].tolist()
    show(
        parallel_figure(selection, table, setting=setting),
        on_click=partial(controls.after_point_click, shown=""),
        on_row=lambda i: {sidebar.SETTING: ids[i]},
    )


def parallel_figure(selection: Selection, table: pd.DataFrame, *, setting: str) -> Figure:
    """Draw the rows of `parallel_marks.with_kept_share`."""
    row = table.iloc[0]
    return Figure(
        name="parallel",
        draw=lambda dark: parallel_marks.parallel_chart(table, dark=dark, selected=setting),
        draw_fitted=lambda room, dark: parallel_marks.parallel_chart(
            table, dark=dark, selected=setting, narrow=room.narrow
        ),
        short_names=parallel_marks.SHORT_NAMES,
        title="From the settings to what came out",
        subtitle=f"{row['name']}, {text.sample_text(row, 'all_')}; seed means, intervals in the table. One line per "
        "setting in the colour of its method; strong: the selected one. Excess in points."
        f"{external.stars(table).replace('Stars', 'Purple')}",
        caption=components.caption(selection, text.all_runs(table)),
        alt=f"Parallel coordinates of {text.count(len(table), 'setting')}: method, tau, beta, pairs kept, both "
        "accuracies, excess.",
        how=text.how(
            "filter", "weights", "all_country", "true_country", "excess", "lines", *external.explained(table), own=HOW
        ),
        table=table,
        columns=COLUMNS,
        finding=words.lines_finding(table),
    )
