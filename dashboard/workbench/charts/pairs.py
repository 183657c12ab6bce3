"""The training pairs by p_glo, and their weight over the gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dashboard.kit import marks, theme
from dashboard.kit.live import Columns, Live, by_column, frame, named

PARTS = {
    "disagreement": ("Disagreement, kept", theme.LOSS),
    "agreement": ("Mild agreement, kept", theme.GAIN),
    "dropped": ("Dropped", None),
}
"""Parts of the histogram in the order of stacking, with their colours; what is dropped has that of a blank cell."""


def histogram_chart(bins: pd.DataFrame, taus: Mapping[str, float], *, top: float, dark: bool) -> Live:
    """Draw the training pairs by p_glo, stacked: disagreement and mild agreement that are kept, and what is dropped.

    Parameters
    ----------
    bins : DataFrame
        From `kept.histogram`.
    taus : mapping
        Label of each tau line, and where it stands.
    top : float
        End of the axis of counts.
    """
    counts = np.array([bins[part] for part in PARTS])
    ends = counts.cumsum(axis=0)
    part, place = np.nonzero(counts)
    labels = np.array([label for label, _ in PARTS.values()])
    bars: Columns = {
        "p_low": bins["p_low"].to_numpy()[place],
        "p_high": bins["p_high"].to_numpy()[place],
        "part": labels[part].tolist(),
        "n_pairs": counts[part, place],
        "start": (ends - counts)[part, place],
        "end": ends[part, place],
    }
    lines: Columns = {"label": list(taus), "tau": list(taus.values())}
    return Live(_histogram_frame(top, dark=dark), {"bars": bars, "lines": lines})


@frame
def _histogram_frame(top: float, *, dark: bool) -> dict[str, Any]:
    colours = theme.surface(dark=dark)
    ranges = [colour or colours.blank for _, colour in PARTS.values()]
    fill = alt.Fill(
        "part:N",
        scale=alt.Scale(domain=[label for label, _ in PARTS.values()], range=ranges),
        legend=alt.Legend(
            title=None, orient="top", symbolType="square", symbolSize=110, symbolStrokeWidth=0, columns=2
        ),
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
            tooltip=marks.tooltip(
                {"n_pairs": ",d", "p_low": ".3f", "p_high": ".3f"},
                part="part",
                n_pairs="training pairs",
                p_low="p_glo from",
                p_high="to",
            ),
        )
    )
    line = named("lines").mark_rule(strokeWidth=2, color=colours.text).encode(x=marks.moved(x, "tau"))
    name = named("lines").mark_text(align="right", dx=-5, dy=8, fontSize=12, fontWeight="bold", color=colours.text)
    half = alt.Chart(alt.InlineData([{"half": 0.5}])).mark_rule(strokeDash=[4, 3], color=theme.RULE)
    half = half.encode(x=marks.moved(x, "half"))
    name = name.encode(x=marks.moved(x, "tau"), y=alt.value(0), text="label:N")
    return alt.layer(bars, half, line, name).properties(height=250, width="container").to_dict()


def weight_chart(
    curves: pd.DataFrame, density: pd.DataFrame, cuts: Sequence[float], *, ends: tuple[float, float], dark: bool
) -> Live:
    """Draw the weight of a training pair over its gap, the paper's for comparison, and where the pairs lie.

    Parameters
    ----------
    curves : DataFrame
        `gap`, `weight`, `label`, `rank` (0: present position, 1: own values of a country, 2: the paper's).
    density : DataFrame
        From `kept.density`.
    cuts : sequence of float
        Gap at tau, if it lies inside the ends: what lies right of it is dropped.
    """
    cut = [one for one in cuts if ends[0] < one < ends[1]]
    tables: dict[str, Columns] = {"curves": by_column(curves), "density": by_column(density), "dropped": {"low": cut}}
    return Live(_weight_frame(ends, dark=dark), tables)


@frame
def _weight_frame(ends: tuple[float, float], *, dark: bool) -> dict[str, Any]:
    colours = theme.surface(dark=dark)
    x = alt.X(
        "gap:Q",
        title="Gap of the global model, logits (below 0: it disagrees)",
        scale=alt.Scale(domain=ends, nice=False),
        axis=alt.Axis(tickCount=8, labelExpr="datum.value == 0 ? '0' : format(datum.value, '+~g')", grid=False),
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
        tooltip=marks.tooltip(
            {"n_pairs": ",d", "gap": "+.2f", "gap_high": "+.2f"},
            n_pairs="training pairs",
            gap="gap from",
            gap_high="to",
        ),
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
            tooltip=marks.tooltip(label="setting"),
        )
    )
    return alt.layer(pairs, zero, lines, gone).properties(height=250, width="container").to_dict()
