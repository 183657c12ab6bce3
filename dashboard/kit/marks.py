"""Encodings that several charts share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import altair as alt
import pandas as pd

from dashboard.kit import scales, text, theme
from scpo.methods import EXTERNAL, TRAINING_UNKNOWN

POINTS = "datum.value == 0 ? '0' : format(datum.value * 100, '+.3~g')"
"""Expression that writes a tick of differences of fractions in points: 0 without a sign, no two ticks alike."""

ROW = 30
"""Height of a row of a dot plot in pixels."""


def method_scales(table: pd.DataFrame) -> tuple[alt.Scale, alt.Scale]:
    """Return colour and shape scale over the methods that occur in `table`."""
    present = [look for name, look in theme.METHODS.items() if name in set(table["method"])]
    labels = [look.label for look in present]
    colours = alt.Scale(domain=labels, range=[look.colour for look in present])
    return colours, alt.Scale(domain=labels, range=[look.shape for look in present])


_NUMBERS = tuple(f"{name}_{end}" for name in ("all", "true", "gain", "excess") for end in ("value", "low", "high"))
_SAMPLES = tuple(f"{name}_{what}" for name in ("all", "true") for what in ("n_pairs", "n_users"))


def records(table: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return some columns row by row: on a wide table this is ten times as fast as `to_dict` or `iterrows`."""
    if table.empty:
        return []
    return [dict(zip(columns, row, strict=True)) for row in zip(*(table[c].tolist() for c in columns), strict=True)]


def with_words(table: pd.DataFrame) -> pd.DataFrame:
    """Add what tooltips say: every number with its interval, its pairs and its users."""
    rows = records(table, ("method", "n_seeds", "seeds_expected", "blind_value", *_NUMBERS, *_SAMPLES))
    words = {
        "all_words": [text.share_estimate(row, "all") for row in rows],
        "true_words": [text.share_estimate(row, "true") for row in rows],
        "excess_words": [text.difference_estimate(row, "excess") for row in rows],
        "blind_words": [text.percent(row["blind_value"]) for row in rows],
        "gain_words": [text.difference_estimate(row, "gain") for row in rows],
        "all_sample": [text.sample_text(row, "all_") for row in rows],
        "true_sample": [text.sample_text(row, "true_") for row in rows],
        "seed_words": [seeds(row) for row in rows],
    }
    return pd.concat([table, pd.DataFrame({"ink": inks(table), **words}, index=table.index)], axis=1)


def seeds(row: Mapping[str, Any] | pd.Series) -> str:
    """Write how many of the expected seeds a point rests on."""
    if row["method"] == "global":
        return "no training"
    if row["method"] == EXTERNAL:
        return TRAINING_UNKNOWN
    return f"{int(row['n_seeds'])} of {int(row['seeds_expected'])}"


def tooltip(numbers: Mapping[str, str] = MappingProxyType({}), /, **titles: str) -> list[alt.Tooltip]:
    """Return a tooltip that says columns, each after its title: ``tooltip({"n": ",d"}, name="country", n="pairs")``.

    Parameters
    ----------
    numbers : mapping
        The columns that hold no words, with the format of each; empty for that of the chart.
    """
    return [
        alt.Tooltip(f"{column}:Q", title=title, format=numbers[column] or alt.Undefined)
        if column in numbers
        else alt.Tooltip(f"{column}:N", title=title)
        for column, title in titles.items()
    ]


def point_tooltip() -> list[alt.Tooltip]:
    """Return the tooltip of a point of the trade-off."""
    return tooltip(
        name="country",
        setting_label="setting",
        all_words="all-country",
        all_sample="on",
        true_words="recovered share",
        true_sample="on",
        blind_words="label-blind change of the same size",
        excess_words="excess",
        gain_words="difference to the global model",
        seed_words="seeds",
    )


def point_encoding(table: pd.DataFrame, legend: alt.Legend | None) -> dict[str, Any]:
    """Return colour, stroke, shape and fill of the points of a trade-off; too few users: grey and open.

    Only one layer of a chart may ask for a legend, and no other may forbid it; other layers use the column `ink`.
    """
    colours, shapes = method_scales(table)
    colour = alt.Color("method_label:N", scale=colours, legend=legend)
    return {
        "color": alt.condition("datum.too_few_users", alt.value(theme.FEW), colour),
        "stroke": alt.Stroke("ink:N", scale=None),
        "shape": alt.Shape("method_label:N", scale=shapes, legend=legend),
        "fillOpacity": alt.condition("datum.too_few_users", alt.value(0), alt.value(1)),
        "tooltip": point_tooltip(),
    }


def in_points(domain: tuple[float, float], *, ticks: int | None = None) -> dict[str, Any]:
    """Return scale and axis of differences of fractions, written in points; `ticks` is about how many there are."""
    return {
        "scale": alt.Scale(domain=list(domain), nice=False),
        "axis": alt.Axis(labelExpr=POINTS, tickCount=ticks or alt.Undefined),
    }


def in_shares(domain: tuple[float, float], *, most: int = scales.MOST_TICKS) -> dict[str, Any]:
    """Return scale and axis of fractions, written in percent with at most so many ticks."""
    return {
        "scale": alt.Scale(domain=domain, nice=False),
        "axis": alt.Axis(values=scales.ticks(domain, log=False, most=most), format=".0%"),
    }


def rows_y(column: str, order: Iterable[str], *, limit: int = 260, **more: Any) -> alt.Y:
    """Return the axis of the names of rows, in their order; `limit` is the longest name in pixels."""
    axis = alt.Axis(labelLimit=limit, ticks=False, domain=False, grid=False)
    return alt.Y(f"{column}:N", sort=list(order), title=None, axis=axis, **more)


def rule_at(axis: alt.X | alt.Y, place: float, name: str = "zero", *, dash: Sequence[int] = (4, 3)) -> alt.Chart:
    """Draw a dashed line across a chart at a place of an axis; `name` is its column."""
    line = alt.Chart(pd.DataFrame({name: [place]})).mark_rule(color=theme.RULE, strokeDash=list(dash))
    return line.encode(**{"x" if isinstance(axis, alt.X) else "y": moved(axis, name)})


def intervals(base: alt.Chart, x: alt.X, y: alt.Y, *, prefix: str = "", **look: Any) -> list[alt.Chart]:
    """Draw a thin line for the 95 % interval and a thick one for the 80 % interval (`inner_`) of each row."""
    thin, thick = base.mark_rule(strokeWidth=1.6, clip=True), base.mark_rule(strokeWidth=5, opacity=0.55, clip=True)
    return [
        thin.encode(x=moved(x, f"{prefix}low"), x2=f"{prefix}high:Q", y=y, **look),
        thick.encode(x=moved(x, f"{prefix}inner_low"), x2=f"{prefix}inner_high:Q", y=y, **look),
    ]


def row_labels(table: pd.DataFrame, *, name: str = "name", users: str = "n_users") -> list[str]:
    """Name each row with its number of users, and where they are too few."""
    rows = zip(table[name], table[users], table["too_few_users"], strict=True)
    return [f"{one} · {text.count(n, 'user')}{' (too few)' if few else ''}" for one, n, few in rows]


def sign_inks(values: pd.Series, few: pd.Series) -> list[str]:
    """Return the colour of each difference: a gain, a loss, or grey for too few users."""
    return [theme.FEW if f else theme.GAIN if v >= 0 else theme.LOSS for v, f in zip(values, few, strict=True)]


def interval_dots(
    table: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    tooltip: list[alt.Tooltip],
    *,
    prefix: str = "",
    row: int,
    dark: bool,
    against: float | None = 0.0,
    filled: str = "datum.sure",
    shape: Any = "circle",
    pick: str | None = None,
) -> alt.TopLevelMixin:
    """Draw numbers with a thin and a thick interval against a line, by default differences against zero.

    Parameters
    ----------
    table : DataFrame
        With `ink`, and `low`, `high`, `inner_low`, `inner_high` after the prefix.
    x, y
        The value and its row.
    row : int
        Height of a row in pixels.
    against : float, optional
        Where the line stands; None: there is none.
    filled : str
        Expression that tells which dots are filled; by default those that are `sure`.
    shape
        Of all dots, or a condition.
    pick : str, optional
        Column that a click on a dot reports.
    """
    ink, base = alt.Stroke("ink:N", scale=None), alt.Chart(table)
    ground = alt.value(theme.surface(dark=dark).background)
    dots = base.mark_point(filled=True, size=110, opacity=1, strokeWidth=2).encode(
        x=x,
        y=y,
        stroke=ink,
        color=alt.condition(filled, alt.Color("ink:N", scale=None), ground),
        shape=alt.value(shape) if isinstance(shape, str) else shape,
        tooltip=tooltip,
    )
    if pick is not None:
        dots = dots.add_params(alt.selection_point(name="pick", fields=[pick]))
        dots.mark.cursor = "pointer"
    line = [] if against is None else [rule_at(x, against)]
    layers = [*line, *intervals(base, x, y, prefix=prefix, stroke=ink), dots]
    return alt.layer(*layers).properties(height=alt.Step(row), width="container")


def text_on_ground(base: alt.Chart, look: Mapping[str, Any], *, dark: bool) -> list[alt.Chart]:
    """Return two layers that write a text so that lines below it do not cross its letters."""
    colours = theme.surface(dark=dark)
    ground = base.mark_text(**look, color=colours.background, stroke=colours.background, strokeWidth=4)
    return [ground, base.mark_text(**look, color=colours.muted)]


def inks(table: pd.DataFrame) -> list[str]:
    """Return the colour of each row: its method's, grey for too few users."""
    few = table["too_few_users"].astype(bool)
    return [theme.FEW if f else theme.METHODS[m].colour for m, f in zip(table["method"], few, strict=True)]


def moved(axis: alt.X | alt.Y, column: str) -> alt.X | alt.Y:
    """Return an axis that reads another column: one title, scale and ticks for all layers."""
    other = axis.copy()
    other["shorthand"] = f"{column}:Q"
    return other
