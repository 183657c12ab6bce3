"""One run while it trains: a quantity against the step, and both accuracies with their bands."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text, theme


def _steps(table: pd.DataFrame) -> alt.X:
    axis = alt.Axis(format=",d", tickMinStep=1, tickCount=8, labelFlush=False)
    domain = [float(table["step"].min()), float(table["step"].max())]
    if domain[0] == domain[1]:
        domain = [domain[0] - 1, domain[1] + 1]
    return alt.X("step:Q", title="Step", axis=axis, scale=alt.Scale(domain=domain, nice=False))


def curve_chart(
    curve: pd.DataFrame,
    *,
    value: str,
    title: str,
    smooth: str | None = None,
    log: bool = False,
    unit: float = 1.0,
    height: int = 300,
) -> alt.TopLevelMixin:
    """Draw a quantity against the step.

    Parameters
    ----------
    curve : DataFrame
        Rows of `RunDetail.curve`.
    value : str
        Its column.
    smooth : str, optional
        Column that is drawn strongly over it; every step is then a thin line.
    log : bool
        Logarithmic y axis; values that are not positive are left out.
    unit : float
        What one unit of the axis is, for example 2**30 bytes.
    """
    shown = curve.dropna(subset=[value])
    names = [value] if smooth is None else [value, smooth]
    shown = shown.assign(**{name: shown[name] / unit for name in names})
    if log:
        shown = shown[(shown[names] > 0).all(axis="columns")]
    x = _steps(shown if len(shown) else curve)
    scale = alt.Scale(type="log" if log else "linear", zero=False, nice=True)
    y = alt.Y(f"{value}:Q", title=title, scale=scale, axis=alt.Axis(tickCount=5))
    tooltip = [alt.Tooltip("step:Q", title="step", format=",d"), alt.Tooltip(f"{value}:Q", title=title, format=".4~g")]
    base = alt.Chart(shown)
    thin = base.mark_line(color=theme.GAIN, strokeWidth=1.8 if smooth is None else 1, clip=True)
    layers = [thin.encode(x=x, y=y, opacity=alt.value(1.0 if smooth is None else 0.4))]
    if smooth is not None:
        strong = base.mark_line(color=theme.GAIN, strokeWidth=2.4, clip=True)
        layers.append(strong.encode(x=x, y=marks.moved(y, smooth)))
        tooltip.append(alt.Tooltip(f"{smooth}:Q", title=f"{title}, smoothed", format=".4~g"))
    alone = 1.0 if len(shown) == 1 else 0.0  # a line of one point is not seen
    layers.append(
        base.mark_point(size=60, opacity=alone, color=theme.GAIN, filled=True).encode(x=x, y=y, tooltip=tooltip)
    )
    return alt.layer(*layers).properties(height=height, width="container")


def accuracy_chart(evaluations: pd.DataFrame) -> alt.TopLevelMixin:
    """Draw both accuracies with their intervals against the step; too few users: grey and open.

    Parameters
    ----------
    evaluations : DataFrame
        Rows of `RunDetail.evaluations` with `subset_label` and `too_few_users`.
    """
    known = evaluations.dropna(subset=["value"])
    few = known["too_few_users"].astype(bool)
    looks = theme.SUBSETS
    shown = known.assign(
        ink=[theme.FEW if f else looks[s].colour for s, f in zip(known["subset"], few, strict=True)],
        words=[text.share_estimate(r) for _, r in known.iterrows()],
        sample=[text.sample_text(r) for _, r in known.iterrows()],
    )
    domain = scales.share_domain([*shown["value"], *shown["low"], *shown["high"]], log=False)
    domain = min(domain[0], *shown.loc[shown["subset"] == "excess", ["value", "low"]].min()), domain[1]
    x = _steps(shown if len(shown) else evaluations)
    y = alt.Y(
        "value:Q",
        title="Accuracy, excess" if (shown["subset"] == "excess").any() else "Accuracy",
        **marks.in_shares(domain, most=6),
    )
    ink = alt.Color("ink:N", scale=None)
    base = alt.Chart(shown)
    alone = len(set(shown["step"])) == 1  # an area of one step is not seen
    ranges = base.mark_rule(strokeWidth=1.5) if alone else base.mark_area(opacity=0.16, clip=True)
    band = ranges.encode(x=x, y=marks.moved(y, "low"), y2="high:Q", color=ink, detail="subset:N")
    line = base.mark_line(strokeWidth=2, clip=True).encode(x=x, y=y, color=ink, detail="subset:N")
    present = [subset for subset in looks if subset in set(shown["subset"])]
    labels = [shown.loc[shown["subset"] == subset, "subset_label"].iloc[0] for subset in present]
    inks = [shown.loc[shown["subset"] == subset, "ink"].iloc[-1] for subset in present]
    legend = alt.Legend(title=None, orient="top", labelLimit=320, symbolSize=90)
    points = base.mark_point(size=55, strokeWidth=1.5, opacity=1).encode(
        x=x,
        y=y,
        stroke=alt.Stroke("subset_label:N", scale=alt.Scale(domain=labels, range=inks), legend=legend),
        shape=alt.Shape(
            "subset_label:N", scale=alt.Scale(domain=labels, range=[looks[s].shape for s in present]), legend=legend
        ),
        fill=alt.condition("datum.too_few_users", alt.value("transparent"), ink),
        tooltip=marks.tooltip({"step": ",d"}, step="step", subset_label="accuracy", words="value", sample="on"),
    )
    return alt.layer(band, line, points).properties(height=300, width="container")
