"""Who gains and who pays: the matrix trained-for x tested-on, and excess against change."""

from __future__ import annotations

from typing import NamedTuple

import altair as alt
import pandas as pd

from dashboard.kit import clicks, marks, scales, text, theme
from dashboard.kit.exports import Room
from dashboard.kit.shortnames import short_names
from scpo.methods import EXTERNAL

HEAD = 110
"""Width of the names of rows that answer to a click, in pixels."""


def matrix_chart(
    table: pd.DataFrame, *, end: float, dark: bool, selected: str | None = None, room: Room | None = None
) -> alt.TopLevelMixin:
    """Draw the paired difference to the global model for every model (row) and every country (column).

    Parameters
    ----------
    table : DataFrame
        Rows of one setting from `results.bias_table`, with the words of `frame.load.load_bias`.
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
        labelExpr="replace(format(datum.value * 100, '+.0f'), '+0', '0')",
        values=[end, end / 2, 0, -end / 2, -end],
    )
    base = alt.Chart(shown)
    cells = base.mark_rect(stroke=colours.background, strokeWidth=2).encode(
        x=x,
        y=y,
        fill=alt.condition("datum.blank", alt.value(colours.blank), alt.Fill("shown:Q", scale=ramp, legend=legend)),
        tooltip=[
            alt.Tooltip("trained_name:N", title="trained for"),
            alt.Tooltip("tested_name:N", title="tested on"),
            alt.Tooltip("words:N", title="difference to the global model"),
            alt.Tooltip("sample:N", title="on"),
            alt.Tooltip("holm_words:N", title="p, corrected"),
            alt.Tooltip("visible_words:N", title="smallest change that would be seen"),
        ],
    )
    numbers = (
        alt.Chart(shown)
        .mark_text(fontSize=look.type)
        .encode(x=x, y=y, text="label:N", color=alt.Color("ink:N", scale=None))
    )
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
    chart = alt.layer(cells.add_params(pick), own, picked, numbers, *([_heads(shown, y)] if room is None else []))
    return chart.properties(height=alt.Step(look.step), width="container")


def _heads(shown: pd.DataFrame, y: alt.Y) -> alt.Chart:
    """Lay an unseen mark over the name of each row, so that a click on the name reports it."""
    rows = shown.drop_duplicates("trained_for")[["trained_for", "trained_label"]]
    rows = rows.assign(cell=[clicks.head_id(trained) for trained in rows["trained_for"]], act="its model card")
    tooltip = [alt.Tooltip("trained_label:N", title="model of"), alt.Tooltip("act:N", title="a click shows")]
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
    return dict(sorted(pairs, key=lambda pair: pair[::-1]))


def _look(table: pd.DataFrame, room: Room | None) -> _Look:
    names = names_of(table)
    n_rows, n_columns = table["trained_for"].nunique(), table["tested_on"].nunique()
    if room is None:
        return _Look(names, names, 0 if n_columns <= 8 else -40, 12, 40)
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
    labels: list[str] = shown.sort_values(f"{which}_name")[f"{which}_label"].drop_duplicates().tolist()
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


def over_steering_chart(table: pd.DataFrame, *, dark: bool, selected: str | None = None) -> alt.TopLevelMixin:
    """Draw what a country's model knows of it against what it costs the same country over all its pairs.

    Parameters
    ----------
    table : DataFrame
        Rows of `frame.load.load_steering`: excess, change of all-country accuracy, `over_steering`.
    selected : str, optional
        Setting whose points are drawn strongly; the others fade.
    """
    colours = theme.surface(dark=dark)
    shown = table.dropna(subset=["excess_value", "gain_value"])
    shown = shown.assign(
        true_words=[text.share_estimate(row, "true") for _, row in shown.iterrows()],
        excess_words=[text.difference_estimate(row, "excess") for _, row in shown.iterrows()],
        full_words=[text.difference_estimate(row, "excess_full") for _, row in shown.iterrows()],
        blind_words=[text.percent(value) for value in shown["blind_value"]],
        gain_words=[text.difference_estimate(row, "gain") for _, row in shown.iterrows()],
        sample=[text.sample_text(row, "all_") for _, row in shown.iterrows()],
        flag=[
            "no verdict, training unknown" if method == EXTERNAL else "yes" if flag else "no"
            for method, flag in zip(shown["method"], shown["over_steering"].fillna(False), strict=True)
        ],
        ink=marks.inks(shown),
        faded=shown["setting"] != selected if selected else False,
    )
    end = scales.symmetric_end(shown["gain_value"])
    x = alt.X(
        "excess_value:Q",
        title="Excess: recovered beyond label-blind flips, points",
        scale=alt.Scale(domain=scales.points_domain(shown["excess_value"]), nice=False),
        axis=alt.Axis(labelExpr="replace(format(datum.value * 100, '+.0f'), '+0', '0')"),
    )
    y = alt.Y(
        "gain_value:Q",
        title="Change in all-country accuracy, points",
        scale=alt.Scale(domain=[-end, end], nice=False),
        axis=alt.Axis(labelExpr="replace(format(datum.value * 100, '+.0f'), '+0', '0')"),
    )
    below = alt.Chart(pd.DataFrame({"low": [-end], "high": [0.0]})).mark_rect(color=theme.LOSS, opacity=0.07)
    below = below.encode(y=marks.moved(y, "low"), y2="high:Q")
    note = alt.Chart(pd.DataFrame({"low": [-end]})).mark_text(
        align="right", dx=-6, dy=-8, fontSize=12, color=colours.muted
    )
    note = note.encode(
        x=alt.value("width"),
        y=marks.moved(y, "low"),
        text=alt.value("below the global model"),
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=theme.RULE, strokeDash=[4, 3])
    zero = zero.encode(y=marks.moved(y, "zero"))
    encoding = marks.point_encoding(shown, alt.Legend(title="Method", symbolSize=100))
    encoding["opacity"] = alt.condition("datum.faded", alt.value(0.55), alt.value(1.0))
    encoding["tooltip"] = [
        alt.Tooltip("name:N", title="country"),
        alt.Tooltip("setting_label:N", title="setting"),
        alt.Tooltip("true_words:N", title="recovered share"),
        alt.Tooltip("blind_words:N", title="label-blind change of the same size"),
        alt.Tooltip("excess_words:N", title="excess"),
        alt.Tooltip("full_words:N", title="excess against all pairs"),
        alt.Tooltip("gain_words:N", title="change, all pairs"),
        alt.Tooltip("sample:N", title="on"),
        alt.Tooltip("flag:N", title="over-steering"),
    ]
    dots = alt.Chart(shown).mark_point(filled=True, size=95, strokeWidth=1.5).encode(x=x, y=y, **encoding)
    dots = dots.add_params(alt.selection_point(name="pick", fields=["point"]))
    marked = alt.Chart(shown[shown["over_steering"].fillna(False).astype(bool)])
    rings = marked.mark_point(shape="circle", filled=False, size=260, strokeWidth=1.8, color=theme.RING).encode(
        x=x, y=y
    )
    return alt.layer(below, note, zero, rings, dots).properties(height=420, width="container")
