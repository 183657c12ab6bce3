"""Charts of the Workbench. Each picture is made once per look and axes; a move of a slider fills in other tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dashboard.kit import marks, scales, text, theme
from dashboard.kit.live import Live, by_column, named, with_domains
from dashboard.tradeoff.charts import X_TITLE, Y_TITLE, drawable
from scpo.methods import METHODS

PREVIEW, FINISHED = "Preview: last-layer estimate, not a finetune", "Finished finetune"
KINDS = ["Hollow: preview,", "last-layer estimate,", "not a finetune", "Filled: finished", "finetune", " "]
"""What the legend of methods is headed with."""

PARTS = {
    "disagreement": ("Disagreement, kept", theme.LOSS),
    "agreement": ("Mild agreement, kept", theme.GAIN),
    "dropped": ("Dropped", None),
}
"""Parts of the histogram in the order of stacking, with their colours; what is dropped has that of a blank cell."""

Domain = tuple[float, float]
Rows = Sequence[Mapping[str, Any]]
_POINT = ("name", "setting_label", "method_label", "kind", "ink", "too_few_users", "all_value", "all_low", "all_high",
          "true_value", "true_low", "true_high", "all_words", "true_words", "gain_words", "all_sample", "true_sample",
          "seed_words")  # fmt: skip
"""What a point needs; less data moves faster."""
_FINISHED = tuple(column for column in _POINT if column != "kind")


_ENDS = ("method", "too_few_users", "true_value", "true_high", "all_value", "all_low", "all_high")


def preview_domains(
    corners: pd.DataFrame, previews: pd.DataFrame, finished: pd.DataFrame, *, log: bool
) -> tuple[Domain, Domain]:
    """Return axes that hold what is drawn and the points at the ends of the sliders: they stay while sliders move.

    Intervals count only where they are drawn; those at the ends of the sliders would squeeze all else.
    """
    tuned = [row for table in (previews, finished) for row in marks.records(table, _ENDS) if row["method"] != "global"]
    sure = [row for row in tuned if not row["too_few_users"]]
    ends = marks.records(corners, ("method", "true_value", "all_value"))
    x = [row["true_value"] for row in (*ends, *tuned) if row["method"] != "global"]
    x += [] if log else [0.0, *(row["true_high"] for row in sure)]
    y = [row["all_value"] for row in (*ends, *tuned)] + [row[end] for row in sure for end in ("all_low", "all_high")]
    first, second = (scales.coarse(scales.share_domain(values, log=log), log=log) for values in (x, y))
    return first, second


def preview_chart(
    previews: pd.DataFrame, finished: pd.DataFrame, *, x: Domain, y: Domain, log: bool, dark: bool
) -> Live:
    """Draw the previews of one country, or of the mean, hollow, and finished runs of the same budget filled over them.

    Parameters
    ----------
    previews, finished : DataFrame
        Rows of `previews.load_previews`, and of `previews.load_finished_points` with the words of `marks.with_words`.
    x, y : tuple of float
        From `preview_domains`.
    """
    drawn = marks.with_words(previews).assign(kind=PREVIEW, seed_words="a preview has none")
    columns = (*_POINT, "setting")
    mine = marks.records(drawable(drawn[drawn["method"] != "global"], log=log), columns)
    known = drawable(finished, log=log) if len(finished) else finished
    done = [row | {"kind": FINISHED} for row in marks.records(known, (*_FINISHED, "setting"))]
    ends = {"x": (x, scales.ticks(x, log=log)), "y": (y, scales.ticks(y, log=log))}
    return Live(
        with_domains(_preview_frame(log=log, dark=dark), ends),
        {
            "points": _by_column([*mine, *done], _POINT),
            "links": _by_column(_links(mine, done), _LINK),
            "reference": by_column(drawn.loc[drawn["method"] == "global", ["all_value", "all_words"]]),
        },
    )


def _by_column(rows: Rows, columns: Sequence[str]) -> dict[str, list]:
    return {column: [row[column] for row in rows] for column in columns}


_LINK = ("true_value", "all_value", "true_value_done", "all_value_done", "ink")


def _links(previews: Rows, finished: Rows) -> list[dict[str, Any]]:
    """Return the lines from previews to the finished runs of the same setting, with the columns `_LINK`."""
    place = {row["setting"]: {f"{end}_done": row[end] for end in ("true_value", "all_value")} for row in finished}
    return [{**row, **place[row["setting"]]} for row in previews if row["setting"] in place]


@cache
def _preview_frame(*, log: bool, dark: bool) -> dict[str, Any]:
    axis = alt.Axis(format=".0%", labelFlush=False, labelOverlap=True)
    scale = alt.Scale(type="log" if log else "linear", nice=False)
    x = alt.X("true_value:Q", title=X_TITLE, axis=axis, scale=scale)
    y = alt.Y("all_value:Q", title=Y_TITLE, axis=axis, scale=scale)
    ink = alt.Stroke("ink:N", scale=None)
    preview = f"datum.kind == '{PREVIEW}'"
    labels = [theme.METHODS[method].label for method in METHODS]
    look = alt.Scale(domain=labels, range=[theme.METHODS[method].colour for method in METHODS])
    shapes = alt.Scale(domain=labels, range=[theme.METHODS[method].shape for method in METHODS])
    legend = alt.Legend(title=KINDS, titleFontWeight="normal", orient="right", symbolSize=110, symbolOpacity=1)
    colour = alt.Color("method_label:N", scale=look, legend=legend)
    line = named("reference").mark_rule(strokeDash=[5, 4], color=theme.RULE, strokeWidth=1.4)
    label = named("reference").mark_text(align="right", dx=-4, dy=-7, color=theme.RULE, fontSize=12)
    cross = named("points").mark_rule(clip=True)
    width = {
        "strokeWidth": alt.condition(preview, alt.value(1.6), alt.value(1.0)),
        "opacity": alt.condition(preview, alt.value(0.7), alt.value(0.3)),
    }
    low = alt.expr.max(alt.datum.true_low, scales.SMALLEST_ON_LOG if log else 0)
    dots = (
        named("points")
        .mark_point(filled=True, strokeWidth=2.2, opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.condition("datum.too_few_users", alt.value(theme.FEW), colour),
            shape=alt.Shape("method_label:N", scale=shapes, legend=legend),
            stroke=ink,
            size=alt.condition(preview, alt.value(190), alt.value(80)),
            fillOpacity=alt.condition(f"datum.too_few_users || {preview}", alt.value(0), alt.value(1)),
            tooltip=[alt.Tooltip("kind:N", title="kind"), *marks.point_tooltip()],
        )
    )
    layers = [
        line.encode(y=marks.moved(y, "all_value"), tooltip=[alt.Tooltip("all_words:N", title="global model")]),
        label.encode(x=alt.value("width"), y=marks.moved(y, "all_value"), text=alt.value("global model")),
        cross.transform_calculate(true_from=low).encode(
            x=marks.moved(x, "true_from"), x2="true_high:Q", y=y, stroke=ink, **width
        ),
        cross.encode(x=x, y=marks.moved(y, "all_low"), y2="all_high:Q", stroke=ink, **width),
        named("links")
        .mark_rule(strokeDash=[2, 2], strokeWidth=1.3, clip=True)
        .encode(x=x, y=y, x2="true_value_done:Q", y2="all_value_done:Q", stroke=ink),
        dots,
    ]
    return alt.layer(*layers).properties(height=430, width="container").to_dict()


def histogram_chart(bins: pd.DataFrame, taus: Mapping[str, float], *, top: float, dark: bool) -> Live:
    """Draw the training pairs by p_glo, stacked: disagreement and mild agreement that are kept, and what is dropped.

    Parameters
    ----------
    bins : DataFrame
        From `kept_pairs.histogram`.
    taus : mapping
        Label of each tau line, and where it stands.
    top : float
        End of the axis of counts.
    """
    counts = np.array([bins[part] for part in PARTS])
    ends = counts.cumsum(axis=0)
    part, place = np.nonzero(counts)
    labels = np.array([label for label, _ in PARTS.values()])
    bars = {
        "p_low": bins["p_low"].to_numpy()[place],
        "p_high": bins["p_high"].to_numpy()[place],
        "part": labels[part].tolist(),
        "n_pairs": counts[part, place],
        "start": (ends - counts)[part, place],
        "end": ends[part, place],
    }
    lines = {"label": list(taus), "tau": list(taus.values())}
    return Live(_histogram_frame(top, dark=dark), {"bars": bars, "lines": lines})


@lru_cache(maxsize=64)
def _histogram_frame(top: float, *, dark: bool) -> dict[str, Any]:
    colours = theme.surface(dark=dark)
    ranges = [colour or colours.blank for _, colour in PARTS.values()]
    fill = alt.Fill(
        "part:N",
        scale=alt.Scale(domain=[label for label, _ in PARTS.values()], range=ranges),
        legend=alt.Legend(title=None, orient="top", symbolType="square", symbolSize=110, symbolStrokeWidth=0),
    )
    x = alt.X(
        "p_low:Q",
        title="p_glo: how surely the global model prefers what the person chose",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(values=[i / 10 for i in range(11)], format=".1f", grid=False),
    )
    y = alt.Y(
        "start:Q",
        title="Training pairs",
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=alt.Axis(tickCount=5, format=",d"),
    )
    bars = (
        named("bars")
        .mark_rect(stroke=colours.background, strokeWidth=0.6, clip=True)
        .encode(
            x=x,
            x2="p_high:Q",
            y=y,
            y2="end:Q",
            fill=fill,
            tooltip=[
                alt.Tooltip("part:N", title="part"),
                alt.Tooltip("n_pairs:Q", title="training pairs", format=",d"),
                alt.Tooltip("p_low:Q", title="p_glo from", format=".3f"),
                alt.Tooltip("p_high:Q", title="to", format=".3f"),
            ],
        )
    )
    line = named("lines").mark_rule(strokeWidth=2, color=colours.text).encode(x=marks.moved(x, "tau"))
    name = named("lines").mark_text(align="right", dx=-5, dy=8, fontSize=12, fontWeight="bold", color=colours.text)
    half = alt.Chart(alt.InlineData([{"half": 0.5}])).mark_rule(strokeDash=[4, 3], color=theme.RULE)
    half = half.encode(x=marks.moved(x, "half"))
    name = name.encode(x=marks.moved(x, "tau"), y=alt.value(0), text="label:N")
    return alt.layer(bars, half, line, name).properties(height=250, width="container").to_dict()


def weight_chart(
    curves: pd.DataFrame, density: pd.DataFrame, cuts: Sequence[float], *, ends: Domain, dark: bool
) -> Live:
    """Draw the weight of a training pair over its gap, the paper's for comparison, and where the pairs lie.

    Parameters
    ----------
    curves : DataFrame
        `gap`, `weight`, `label`, `rank` (0: present position, 1: own values of a country, 2: the paper's).
    density : DataFrame
        From `kept_pairs.density`.
    cuts : sequence of float
        Gap at tau, if it lies inside the ends: what lies right of it is dropped.
    """
    cut = [one for one in cuts if ends[0] < one < ends[1]]
    tables = {"curves": by_column(curves), "density": by_column(density), "dropped": {"low": cut}}
    return Live(_weight_frame(ends, dark=dark), tables)


@lru_cache(maxsize=64)
def _weight_frame(ends: Domain, *, dark: bool) -> dict[str, Any]:
    colours = theme.surface(dark=dark)
    x = alt.X(
        "gap:Q",
        title="Gap of the global model, logits (below 0: it disagrees)",
        scale=alt.Scale(domain=ends, nice=False),
        axis=alt.Axis(tickCount=8, format="+~g", grid=False),
    )
    y = alt.Y(
        "weight:Q",
        title="Weight of the pair",
        scale=alt.Scale(domain=[0, 1.18], nice=False),
        axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f"),
    )
    pairs = named("density").mark_rect(color=colours.blank, clip=True)
    pairs = pairs.encode(
        x=x,
        x2="gap_high:Q",
        y=marks.moved(y, "height"),
        y2=alt.datum(0),
        tooltip=[
            alt.Tooltip("n_pairs:Q", title="training pairs", format=",d"),
            alt.Tooltip("gap:Q", title="gap from", format="+.2f"),
            alt.Tooltip("gap_high:Q", title="to", format="+.2f"),
        ],
    )
    zero = alt.Chart(alt.InlineData([{"zero": 0.0}])).mark_rule(strokeDash=[4, 3], color=theme.RULE)
    zero = zero.encode(x=marks.moved(x, "zero"))
    gone = named("dropped").mark_text(align="left", dx=6, dy=8, fontSize=12, color=colours.muted)
    gone = gone.encode(x=marks.moved(x, "low"), y=alt.value(0), text=alt.value("dropped →"))
    ranks = [theme.METHODS["scpo"].colour, theme.METHODS["weight"].colour, colours.muted]
    lines = (
        named("curves")
        .mark_line(clip=True)
        .encode(
            x=x,
            y=y,
            detail="label:N",
            order="gap:Q",
            strokeWidth=alt.StrokeWidth(
                "rank:O", scale=alt.Scale(domain=[0, 1, 2], range=[2.8, 1.4, 1.6]), legend=None
            ),
            strokeDash=alt.StrokeDash(
                "rank:O", scale=alt.Scale(domain=[0, 1, 2], range=[[1, 0], [1, 0], [5, 4]]), legend=None
            ),
            color=alt.Color(
                "rank:O",
                scale=alt.Scale(
                    domain=[0, 1, 2],
                    range=ranks,
                ),
                legend=None,
            ),
            tooltip=[alt.Tooltip("label:N", title="setting")],
        )
    )
    return alt.layer(pairs, zero, lines, gone).properties(height=250, width="container").to_dict()


def kept_chart(kept: pd.DataFrame, *, dark: bool) -> Live:
    """Draw how many training pairs of each country are kept, and how many unweighted pairs they are worth."""
    parts = (
        _amount(kept, "kept_share", "n_kept", "Kept pairs"),
        _amount(kept, "effective_share", "effective", "Effective sample size"),
    )
    amounts = {column: [value for part in parts for value in part[column]] for column in parts[0]}
    rows = parts[0]["row"]
    spans = {"row": rows, "low": parts[1]["share"], "high": parts[0]["share"]}
    return Live(_kept_frame(tuple(rows), dark=dark), {"amounts": amounts, "spans": spans})


def _amount(kept: pd.DataFrame, share: str, number: str, label: str) -> dict[str, list]:
    rows = marks.records(kept, ("name", "n_pairs", "train_users", "tau", "beta", share, number))
    return {
        "row": [f"{row['name']} · {text.count(row['n_pairs'], 'pair')}" for row in rows],
        "share": [row[share] for row in rows],
        "what": [label] * len(rows),
        "words": [f"{row[number]:,.0f} of {row['n_pairs']:,}" for row in rows],
        "users": [text.count(row["train_users"], "training user") for row in rows],
        "setting": [text.setting_label("scpo", row["tau"], row["beta"]) for row in rows],
    }


@lru_cache(maxsize=64)
def _kept_frame(rows: tuple[str, ...], *, dark: bool) -> dict[str, Any]:
    colours = theme.surface(dark=dark)
    names = ["Kept pairs", "Effective sample size"]
    x = alt.X(
        "share:Q",
        title="Share of the country's training pairs",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1]),
    )
    y = alt.Y(
        "row:N", sort=list(rows), title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False, grid=False)
    )
    legend = alt.Legend(title=None, orient="top", symbolSize=100)
    inks = alt.Scale(domain=names, range=[theme.METHODS["scpo"].colour, colours.muted])
    span = named("spans").mark_rule(strokeWidth=1.4, color=theme.RULE)
    span = span.encode(x=marks.moved(x, "low"), x2="high:Q", y=y)
    dots = (
        named("amounts")
        .mark_point(filled=True, size=90, opacity=1, strokeWidth=2)
        .encode(
            x=x,
            y=y,
            color=alt.Color("what:N", scale=inks, legend=legend),
            shape=alt.Shape("what:N", scale=alt.Scale(domain=names, range=["circle", "square"]), legend=legend),
            tooltip=[
                alt.Tooltip("row:N", title="country"),
                alt.Tooltip("what:N", title="what"),
                alt.Tooltip("words:N", title="pairs"),
                alt.Tooltip("users:N", title="from"),
                alt.Tooltip("setting:N", title="setting"),
            ],
        )
    )
    return alt.layer(span, dots).properties(height=alt.Step(26), width="container").to_dict()
