"""Encodings that several charts share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.kit import text, theme
from scpo.methods import EXTERNAL, TRAINING_UNKNOWN

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


def point_tooltip() -> list[alt.Tooltip]:
    """Return the tooltip of a point of the trade-off."""
    return [
        alt.Tooltip("name:N", title="country"),
        alt.Tooltip("setting_label:N", title="setting"),
        alt.Tooltip("all_words:N", title="all-country"),
        alt.Tooltip("all_sample:N", title="on"),
        alt.Tooltip("true_words:N", title="recovered share"),
        alt.Tooltip("true_sample:N", title="on"),
        alt.Tooltip("blind_words:N", title="label-blind change of the same size"),
        alt.Tooltip("excess_words:N", title="excess"),
        alt.Tooltip("gain_words:N", title="difference to the global model"),
        alt.Tooltip("seed_words:N", title="seeds"),
    ]


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


def difference_dots(
    table: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    tooltip: list[alt.Tooltip],
    *,
    prefix: str = "",
    row: int,
    dark: bool,
) -> alt.TopLevelMixin:
    """Draw differences with a thin and a thick interval against a line at zero, filled where they are `sure`.

    Parameters
    ----------
    table : DataFrame
        With `ink`, `sure`, and `low`, `high`, `inner_low`, `inner_high` after the prefix.
    x, y
        The value and its row.
    row : int
        Height of a row in pixels.
    """
    ink, base = alt.Stroke("ink:N", scale=None), alt.Chart(table)
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=theme.RULE, strokeDash=[4, 3])
    thin = base.mark_rule(strokeWidth=1.6, clip=True)
    thick = base.mark_rule(strokeWidth=5, opacity=0.55, clip=True)
    ground = alt.value(theme.surface(dark=dark).background)
    dots = base.mark_point(filled=True, size=110, opacity=1, strokeWidth=2, shape="circle").encode(
        x=x, y=y, stroke=ink, color=alt.condition("datum.sure", alt.Color("ink:N", scale=None), ground), tooltip=tooltip
    )
    layers = [
        zero.encode(x=moved(x, "zero")),
        thin.encode(x=moved(x, f"{prefix}low"), x2=f"{prefix}high:Q", y=y, stroke=ink),
        thick.encode(x=moved(x, f"{prefix}inner_low"), x2=f"{prefix}inner_high:Q", y=y, stroke=ink),
        dots,
    ]
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
