"""The gaps of the listed pairs as a histogram: a bar is a range that can be chosen."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.kit import marks, theme
from dashboard.kit.live import Columns, Live, by_column, frame, named
from scpo.method.objective import gap_at

AGREES, DISAGREES = "Global model agrees", "It disagrees"


def bar_id(low: float, high: float, turn: int = 0) -> str:
    """Name a bar by its ends, and by how often the range has changed.

    A browser says nothing when the mark that was clicked last is clicked again; under a new name it does.
    """
    return f"{low:.9g}|{high:.9g}|{turn}"


def range_of(bar: str) -> tuple[float, float]:
    """Return the ends of a bar."""
    low, high, _ = bar.split("|")
    return float(low), float(high)


def gap_histogram(bins: pd.DataFrame, *, dark: bool, tau: float, chosen: float | None = None, turn: int = 0) -> Live:
    """Draw how many pairs have which gap.

    Parameters
    ----------
    bins : DataFrame
        From `gap_bins` of `scpo.results.pairs`, with `inside`: whether a bar is in the chosen range.
    tau : float
        Threshold of the training filter; its gap is a dashed line.
    chosen : float, optional
        Gap of the pair that is read.
    turn : int
        How often the chosen range has changed.
    """
    low, high = bins["low"], bins["high"]
    ends = (float(low.min()), float(high.max())) if len(bins) else (-1.0, 1.0)
    bars: Columns = {
        **by_column(bins),
        "bar": [bar_id(first, last, turn) for first, last in zip(low, high, strict=True)],
        "what": [AGREES if first >= 0 else DISAGREES for first in low],
        "words": [f"{first:g} to {last:g}".replace("-", "−") for first, last in zip(low, high, strict=True)],
    }
    lines = {"tau": float(gap_at(tau))} if 0 < tau < 1 else {}
    lines |= {} if chosen is None else {"pair": chosen}
    right = tuple(_is_right(at, ends, first=name == "tau") for name, at in lines.items())
    picture = _frame(ends, tuple(lines), right, f"τ {tau:g}", dark=dark)
    return Live(picture, {"bars": bars, **{name: {"low": [at]} for name, at in lines.items()}})


def _is_right(at: float, ends: tuple[float, float], *, first: bool) -> bool:
    """Tell whether the label of a line stands on its right: on the side where there is room."""
    low, high = ends
    return at < (low + high) / 2 or (first and at < high - (high - low) / 5)


@frame
def _frame(
    ends: tuple[float, float], lines: tuple[str, ...], right: tuple[bool, ...], at_tau: str, *, dark: bool
) -> dict[str, Any]:
    """Return the picture without its data: the lines that it has, and on which side of each its label stands."""
    looks = {AGREES: theme.METHODS["global"].colour, DISAGREES: theme.SUBSETS["true_country"].colour}
    scale = alt.Scale(domain=list(ends), nice=False)
    x = alt.X("low:Q", title="Gap of the global model", scale=scale, axis=alt.Axis(tickCount=8, grid=False))
    legend = alt.Legend(title=None, orient="top", direction="vertical", labelLimit=220)
    bars = (
        named("bars")
        .mark_bar(orient="vertical", binSpacing=1, cursor="pointer")
        .encode(
            x=x,
            x2="high:Q",
            y=alt.Y("n_pairs:Q", title="Pairs", axis=alt.Axis(tickCount=4, tickMinStep=1, format=",d")),
            color=alt.Color("what:N", scale=alt.Scale(domain=list(looks), range=list(looks.values())), legend=legend),
            opacity=alt.condition("datum.inside", alt.value(1.0), alt.value(0.3)),
            tooltip=marks.tooltip(
                {"n_pairs": ",d", "n_users": ",d"}, words="gap", n_pairs="pairs", n_users="people", what="verdict"
            ),
        )
        .add_params(alt.selection_point(name="pick", fields=["bar"]))
    )
    look = {"tau": (at_tau, theme.RULE, [4, 3], 0), "pair": ("this pair", theme.surface(dark=dark).text, [1, 0], 1)}
    layers = [bars]
    for name, on_right in zip(lines, right, strict=True):
        layers += _line(name, x, *look[name], right=on_right)
    return alt.layer(*layers).properties(height=250, width="container").to_dict()


def _line(name: str, x: alt.X, label: str, colour: str, dash: list[int], row: int, *, right: bool) -> list[alt.Chart]:
    """Return a line across the chart with its label."""
    rule = named(name).mark_rule(color=colour, strokeWidth=1.8, strokeDash=dash, clip=True).encode(x=x)
    words = named(name).mark_text(
        text=label, align="left" if right else "right", dx=5 if right else -5, baseline="top", color=colour, fontSize=12
    )
    return [rule, words.encode(x=x, y=alt.value(2 + 15 * row))]
