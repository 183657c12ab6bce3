"""What a country's model knows of it against what it costs the same country."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text, theme
from scpo.methods import EXTERNAL


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
    across = marks.in_points(scales.points_domain(shown["excess_value"]), ticks=8)
    x = alt.X("excess_value:Q", title="Excess: recovered beyond label-blind flips, points", **across)
    y = alt.Y("gain_value:Q", title="Change in all-country accuracy, points", **marks.in_points((-end, end)))
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
    encoding = marks.point_encoding(shown, alt.Legend(title="Method", symbolSize=100))
    encoding["opacity"] = alt.condition("datum.faded", alt.value(0.55), alt.value(1.0))
    encoding["tooltip"] = marks.tooltip(
        name="country",
        setting_label="setting",
        true_words="recovered share",
        blind_words="label-blind change of the same size",
        excess_words="excess",
        full_words="excess against all pairs",
        gain_words="change, all pairs",
        sample="on",
        flag="over-steering",
    )
    dots = alt.Chart(shown).mark_point(filled=True, size=95, strokeWidth=1.5).encode(x=x, y=y, **encoding)
    dots = dots.add_params(alt.selection_point(name="pick", fields=["point"]))
    marked = alt.Chart(shown[shown["over_steering"].fillna(False).astype(bool)])
    rings = marked.mark_point(shape="circle", filled=False, size=260, strokeWidth=1.8, color=theme.RING).encode(
        x=x, y=y
    )
    return alt.layer(below, note, marks.rule_at(y, 0.0), rings, dots).properties(height=420, width="container")
