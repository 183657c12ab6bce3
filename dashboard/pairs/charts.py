"""The gaps of the listed pairs as a histogram: a bar is a range that can be chosen."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.kit import marks, theme
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


def gap_histogram(
    bins: pd.DataFrame, *, dark: bool, tau: float, chosen: float | None = None, turn: int = 0
) -> alt.TopLevelMixin:
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
    colours = theme.surface(dark=dark)
    looks = {AGREES: theme.METHODS["global"].colour, DISAGREES: theme.SUBSETS["true_country"].colour}
    shown = bins.assign(
        bar=[bar_id(low, high, turn) for low, high in zip(bins["low"], bins["high"], strict=True)],
        what=[AGREES if low >= 0 else DISAGREES for low in bins["low"]],
        words=[f"{low:g} to {high:g}".replace("-", "−") for low, high in zip(bins["low"], bins["high"], strict=True)],
    )
    domain = [float(bins["low"].min()), float(bins["high"].max())] if len(bins) else [-1.0, 1.0]
    scale = alt.Scale(domain=domain, nice=False)
    x = alt.X("low:Q", title="Gap of the global model", scale=scale, axis=alt.Axis(tickCount=8, grid=False))
    legend = alt.Legend(title=None, orient="top", direction="vertical", labelLimit=220)
    bars = (
        alt.Chart(shown)
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
    layers = [bars]
    if 0 < tau < 1:
        layers += _line(float(gap_at(tau)), f"τ {tau:g}", x, domain, colour=theme.RULE, dash=[4, 3], row=0)
    if chosen is not None:
        layers += _line(chosen, "this pair", x, domain, colour=colours.text, dash=[1, 0], row=1)
    return alt.layer(*layers).properties(height=250, width="container")


def _line(
    at: float, label: str, x: alt.X, domain: list[float], *, colour: str, dash: list[int], row: int
) -> list[alt.Chart]:
    """Return a line across the chart with its label, which stands on the side where there is room."""
    base = alt.Chart(pd.DataFrame({"low": [at]}))
    rule = base.mark_rule(color=colour, strokeWidth=1.8, strokeDash=dash, clip=True).encode(x=x)
    right = at < (domain[0] + domain[1]) / 2 or (row == 0 and at < domain[1] - (domain[1] - domain[0]) / 5)
    words = base.mark_text(
        text=label, align="left" if right else "right", dx=5 if right else -5, baseline="top", color=colour, fontSize=12
    )
    return [rule, words.encode(x=x, y=alt.value(2 + 15 * row))]
