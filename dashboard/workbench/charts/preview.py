"""Previews of the shown country hollow, finished runs of the same budget filled over them, and faint where one was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, theme
from dashboard.kit.live import Live, by_column, frame, named, with_domains
from dashboard.tradeoff.charts import X_TITLE, Y_TITLE, drawable
from dashboard.tradeoff.reference import BREAK_EVEN
from scpo.methods import PREVIEWED

PREVIEW, FINISHED = "Preview: last-layer estimate, not a finetune", "Finished finetune"
BEFORE, PAPER, PROPOSED = "before", "paper", "proposed"
"""Labels of ghosts: before the last step of the sliders, at the paper's setting, and what is proposed."""

KINDS = ["Hollow: preview,", "last-layer estimate,", "not a finetune", "Filled: finished", "finetune", " "]
"""What the legend of methods is headed with."""

Domain = tuple[float, float]
Rows = Sequence[Mapping[str, Any]]

_POINT = ("name", "setting_label", "method_label", "kind", "ink", "too_few_users", "all_value", "all_low", "all_high",
          "true_value", "true_low", "true_high", "all_words", "true_words", "blind_words", "excess_words",
          "gain_words", "all_sample", "true_sample", "seed_words")  # fmt: skip
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
    previews: pd.DataFrame,
    finished: pd.DataFrame,
    noise: pd.DataFrame,
    ghosts: Rows,
    *,
    x: Domain,
    y: Domain,
    log: bool,
    dark: bool,
) -> Live:
    """Draw the previews of one country, or of the mean, hollow, and finished runs of the same budget filled over them.

    Parameters
    ----------
    previews, finished : DataFrame
        Rows of `load.load_previews`, and of `load.load_finished_points` with the words of `marks.with_words`.
    noise : DataFrame
        Rows of `results.noise_table` of the country that is drawn, or of the mean.
    ghosts : sequence of mapping
        From `load.load_ghost`; the one that is labelled `PROPOSED` gets the ring of what is chosen. No line joins one
        to anything.
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
            "noise": by_column(noise.loc[noise["true_value"] > 0, ["true_value", "all_value", "noise"]]),
            "ghosts": _by_column([_marked(row) for row in ghosts if row["true_value"] > 0 or not log], _GHOST),
            "reference": by_column(drawn.loc[drawn["method"] == "global", ["all_value", "all_words"]]),
        },
    )


def _by_column(rows: Rows, columns: Sequence[str]) -> dict[str, list[Any]]:
    return {column: [row[column] for row in rows] for column in columns}


def _marked(ghost: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a ghost is drawn: in the shape of its method, or as the ring of what is proposed."""
    ring = ghost["ghost"] == PROPOSED
    look = ("circle", theme.RING, 430, 2.4) if ring else (theme.METHODS[ghost["method"]].shape, theme.RULE, 150, 1.8)
    return {**ghost, **dict(zip(_GHOST[-4:], look, strict=True))}


_GHOST = ("ghost", "true_value", "all_value", "setting_label", "all_words", "true_words", "excess_words",
          "shape", "ink", "size", "width")  # fmt: skip
_LINK = ("true_value", "all_value", "true_value_done", "all_value_done", "ink")


def _links(previews: Rows, finished: Rows) -> list[dict[str, Any]]:
    """Return the lines from previews to the finished runs of the same setting, with the columns `_LINK`."""
    place = {row["setting"]: {f"{end}_done": row[end] for end in ("true_value", "all_value")} for row in finished}
    return [{**row, **place[row["setting"]]} for row in previews if row["setting"] in place]


@frame
def _preview_frame(*, log: bool, dark: bool) -> dict[str, Any]:
    axis = alt.Axis(format=".0%", labelFlush=False, labelOverlap=True)
    scale = alt.Scale(type="log" if log else "linear", nice=False)
    x = alt.X("true_value:Q", title=X_TITLE, axis=axis, scale=scale)
    y = alt.Y("all_value:Q", title=Y_TITLE, axis=axis, scale=scale)
    ink = alt.Stroke("ink:N", scale=None)
    preview = f"datum.kind == '{PREVIEW}'"
    labels = [theme.METHODS[method].label for method in PREVIEWED]
    look = alt.Scale(domain=labels, range=[theme.METHODS[method].colour for method in PREVIEWED])
    shapes = alt.Scale(domain=labels, range=[theme.METHODS[method].shape for method in PREVIEWED])
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
            tooltip=[*marks.tooltip(kind="kind"), *marks.point_tooltip()],
        )
    )
    ghost = named("ghosts").encode(x=x, y=y)
    own_shape, own_ink = alt.expr("datum.shape"), alt.expr("datum.ink")  # encodings of these would split the legend
    shadow = ghost.mark_point(filled=False, opacity=1, strokeDash=[3, 2], clip=True, shape=own_shape).encode(
        stroke=ink,
        size=alt.Size("size:Q", scale=None),
        strokeWidth=alt.StrokeWidth("width:Q", scale=None),
        tooltip=marks.tooltip(
            ghost="faint",
            setting_label="setting",
            all_words="all-country",
            true_words="recovered share",
            excess_words="excess",
        ),
    )
    word = ghost.mark_text(dy=18, fontSize=11, clip=True, color=own_ink).encode(text="ghost:N")
    layers = [
        named("noise")
        .mark_line(color=theme.RULE, strokeWidth=2.2, opacity=0.55, clip=True)
        .encode(x=x, y=y, order="noise:Q"),
        line.encode(y=marks.moved(y, "all_value"), tooltip=marks.tooltip(all_words="global model")),
        label.encode(x=alt.value("width"), y=marks.moved(y, "all_value"), text=alt.value(BREAK_EVEN)),
        cross.transform_calculate(true_from=low).encode(
            x=marks.moved(x, "true_from"), x2="true_high:Q", y=y, stroke=ink, **width
        ),
        cross.encode(x=x, y=marks.moved(y, "all_low"), y2="all_high:Q", stroke=ink, **width),
        named("links")
        .mark_rule(strokeDash=[2, 2], strokeWidth=1.3, clip=True)
        .encode(x=x, y=y, x2="true_value_done:Q", y2="all_value_done:Q", stroke=ink),
        shadow,
        word,
        dots,
    ]
    return alt.layer(*layers).properties(height=290, width="container").to_dict()
