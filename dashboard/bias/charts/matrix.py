"""Who gains and who pays: the matrix trained-for x tested-on."""

from __future__ import annotations

from typing import NamedTuple

import altair as alt
import pandas as pd

from dashboard.kit import clicks, glossary, marks, text, theme
from dashboard.kit.exports import Room
from dashboard.kit.shortnames import short_names

HEAD = 110
"""Width of the names of rows that answer to a click, in pixels."""

OTHERS, OTHERS_CODE = "Other countries", "REST"
"""Name and code of the last column: the mean over the countries that a model was not trained for."""

MOST_COUNTED = 6
"""With more columns the cells have no room for the counts of pairs."""


def matrix_chart(
    table: pd.DataFrame, *, end: float, dark: bool, selected: str | None = None, room: Room | None = None
) -> alt.TopLevelMixin:
    """Draw the paired difference to the global model for every model (row) and every country (column).

    Parameters
    ----------
    table : DataFrame
        Rows of one setting from `results.bias_table`, with the words of `frame.load.load_bias`; rows tested on
        `OTHERS` are the last column.
    end : float
        End of the symmetric scale; the same for all settings, so that colours can be compared.
    selected : str, optional
        Cell that is outlined.
    room : Room, optional
        Of a file, which has short names over the columns, in a narrow one at the rows too.
    """
    colours = theme.surface(dark=dark)
    few = table["too_few_users"].astype(bool)
    look = _look(table, room)
    shown = table.assign(
        label=[
            _cell_label(row, few_users=f, decimals=look.decimals, gap=look.gap)
            for (_, row), f in zip(table.iterrows(), few, strict=True)
        ],
        trained_label=table["trained_for"].map(look.rows),
        tested_label=table["tested_on"].map(look.columns),
        words=[text.difference_estimate(row, "diff") for _, row in table.iterrows()],
        sample=[text.sample_text(row) for _, row in table.iterrows()],
        counts=[text.lost_and_won(row) for _, row in table.iterrows()],
        small=[_small_label(row) for _, row in table.iterrows()],
        holm_words=[text.p_value(v) for v in table["holm"]],
        visible_words=[text.points(v).lstrip("+") for v in table["visible"]],
        blank=few | table["diff_value"].isna(),
        sure=(table["holm"] < 0.05) & ~few,
        strong=table["diff_value"].abs() > 0.8 * end,
        shown=table["diff_value"].clip(-end, end),
    )
    shown["ink"] = shown["strong"].map({True: "#FFFFFF", False: colours.text}).where(~shown["blank"], colours.muted)
    x = alt.X(
        "tested_label:N",
        sort=_sorted(shown, "tested"),
        title="Tested on the pairs of",
        axis=alt.Axis(
            orient="top",
            labelAngle=look.angle,
            labelAlign="left" if look.angle == -90 else alt.Undefined,
            labelBaseline="middle" if look.angle == -90 else alt.Undefined,
            labelLimit=120,
            # Larger type has no place for two words in a line.
            labelExpr="split(datum.label, ' ')" if glossary.is_plain() and look.angle == 0 else alt.Undefined,
            ticks=False,
            domain=False,
        ),
    )
    y = alt.Y(
        "trained_label:N",
        sort=_sorted(shown, "trained"),
        title="Trained for",
        axis=alt.Axis(labelLimit=190, ticks=False, domain=False),
    )
    ramp = alt.Scale(
        domain=[-end, 0, end], range=[theme.LOSS, colours.neutral, theme.GAIN], interpolate="lab", clamp=True
    )
    below = bool(room and room.narrow) or shown["trained_for"].nunique() < 4  # beside few rows there is no place for it
    legend = alt.Legend(
        title="Difference, points",
        orient="bottom" if below else "right",
        columns=5 if below else 1,
        # Not a gradient: an SVG names it by the page's address, and loses it as soon as the address changes.
        type="symbol",
        symbolType="square",
        symbolSize=120 if room and room.narrow else 220,
        symbolStrokeWidth=0,
        labelExpr=marks.POINTS,
        values=[end, end / 2, 0, -end / 2, -end],
    )
    base = alt.Chart(shown)
    cells = base.mark_rect(stroke=colours.background, strokeWidth=2).encode(
        x=x,
        y=y,
        fill=alt.condition("datum.blank", alt.value(colours.blank), alt.Fill("shown:Q", scale=ramp, legend=legend)),
        tooltip=marks.tooltip(
            trained_name="trained for",
            tested_name="tested on",
            words="difference to the global model",
            counts="pairs",
            sample="on",
            holm_words="p, corrected",
            visible_words="smallest change that would be seen",
        ),
    )
    ink = alt.Color("ink:N", scale=None)
    counted = shown["tested_on"].nunique() <= MOST_COUNTED and look.step >= 40 and look.type >= 12
    numbers = base.mark_text(fontSize=look.type, dy=-6 if counted else 0)
    numbers = numbers.encode(x=x, y=y, text="label:N", color=ink)
    small = alt.Chart(shown[~shown["blank"]] if counted else shown.iloc[:0])
    small = small.mark_text(fontSize=10, dy=9).encode(x=x, y=y, text="small:N", color=ink)
    own = (
        alt.Chart(shown[shown["trained_for"] == shown["tested_on"]])
        .mark_rect(fill=None, filled=False, strokeWidth=1.2, strokeDash=[3, 2], stroke=colours.muted)
        .encode(x=x, y=y)
    )
    picked = (
        alt.Chart(shown[shown["cell"] == selected])
        .mark_rect(fill=None, filled=False, strokeWidth=2.6, stroke=colours.text)
        .encode(x=x, y=y)
    )
    pick = alt.selection_point(name="pick", fields=["cell"])
    chart = alt.layer(
        cells.add_params(pick), own, picked, numbers, small, *([_heads(shown, y)] if room is None else [])
    )
    return chart.properties(height=alt.Step(look.step), width="container")


def _heads(shown: pd.DataFrame, y: alt.Y) -> alt.Chart:
    """Lay an unseen mark over the name of each row, so that a click on the name reports it."""
    rows = shown.drop_duplicates("trained_for")[["trained_for", "trained_label"]]
    rows = rows.assign(cell=[clicks.head_id(trained) for trained in rows["trained_for"]], act="its model card")
    tooltip = marks.tooltip(trained_label="model of", act="a click shows")
    over = alt.Chart(rows).mark_rect(opacity=0, cursor="pointer")
    return over.encode(x=alt.value(-HEAD), x2=alt.value(0), y=y, tooltip=tooltip)


class _Look(NamedTuple):
    """Names, sizes in pixels and numbers of a matrix."""

    rows: dict[str, str]
    columns: dict[str, str]
    angle: int
    type: float
    step: int
    decimals: int | None = 1
    """None: cells carry a colour only."""
    gap: str = " "
    """Between a number and its mark."""


def names_of(cells: pd.DataFrame) -> dict[str, str]:
    """Return the names of all communities of a matrix by code, in the order of the names."""
    pairs = {
        *zip(cells["trained_for"], cells["trained_name"], strict=True),
        *zip(cells["tested_on"], cells["tested_name"], strict=True),
    }
    return dict(sorted(pairs, key=lambda pair: (pair[0] == OTHERS_CODE, *pair[::-1])))


def _look(table: pd.DataFrame, room: Room | None) -> _Look:
    names = names_of(table)
    n_rows, n_columns = table["trained_for"].nunique(), table["tested_on"].nunique()
    if room is None:
        return _Look(names, names, 0 if n_columns <= 6 else -40, 12, 40)
    short = short_names(names)
    long = {code: f"{name} ({short[code]})" for code, name in names.items()}
    labels = max(map(len, short.values())) * 6 + 45 if room.narrow else min(190, max(map(len, long.values())) * 6) + 135
    cell = (room.width - labels) / n_columns
    high = 40 if room.height is None else (room.height - 50) // n_rows
    step = int(max(16, min(40, high, cell)))
    rows = short if room.narrow else long
    if cell >= 38 and step >= 18:
        return _Look(rows, short, 0, 12 if cell >= 46 else 10, step)
    decimals, angle = 1 if cell >= 26 else 0 if cell >= 19 else None, 0 if cell >= 24 else -90
    return _Look(rows, short, angle, 8, step, decimals, gap="")


def _sorted(shown: pd.DataFrame, which: str) -> list[str]:
    """Return the labels of the rows or columns by name."""
    ordered = shown.sort_values(f"{which}_name", key=lambda names: names.where(names != OTHERS, "\uffff"))
    labels: list[str] = ordered[f"{which}_label"].drop_duplicates().tolist()
    return labels


def _cell_label(row: pd.Series, *, few_users: bool, decimals: int | None = 1, gap: str = " ") -> str:
    """Write what a cell says: the difference with a filled dot if Holm keeps it, or why there is none."""
    if pd.isna(row["diff_value"]):
        return "–"
    if few_users:
        return "" if decimals is None else f"n{gap}={gap}{int(row['n_users'])}"
    mark = "●" if row["holm"] < text.ALPHA else ""
    if decimals is None:
        return mark
    return f"{text.signed(row['diff_value'], decimals=decimals)}{gap if mark else ''}{mark}"


def _small_label(row: pd.Series) -> str:
    """Write below the difference how many pairs were lost and won; of a mean how many countries it is over."""
    if row["tested_on"] == OTHERS_CODE:
        return f"mean of {row['n_countries']:.0f}" if row["n_countries"] else ""
    if pd.isna(row["lost"]) or pd.isna(row["won"]):
        return ""
    return f"−{row['lost']:.0f}  +{row['won']:.0f}"
