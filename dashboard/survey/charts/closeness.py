"""Opinions of models against answers of countries: the global model per country, and runs against it."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, theme
from dashboard.survey import words

ROW = 30
"""Height of a row in pixels."""

LEAST_END = 0.01
"""Differences are drawn on an axis that reaches at least so far."""

MODEL = "Global model"

TICK = "M-0.14,-1H0.14V1H-0.14Z"
"""A short upright line as a filled symbol, so that the legend shows it too."""


def global_chart(table: pd.DataFrame, *, picked: str | None, dark: bool) -> alt.TopLevelMixin:
    """Draw how close the global model's opinions are to each country's answers, and how close equal shares are.

    Parameters
    ----------
    table : DataFrame
        From `closeness_load.load_of_global`.
    picked : str or None
        Country whose runs are shown beside; its row has a mark.
    """
    shown = table.assign(
        label=[
            f"{row['name']} · {words.questions(row)}{' (too few)' if row['too_few_questions'] else ''}"
            for _, row in table.iterrows()
        ],
        words=[words.estimate(row) for _, row in table.iterrows()],
        uniform_words=[words.number(v) for v in table["uniform"]],
        gain_words=[
            words.difference(row, "gain") for _, row in table.rename(columns={"gain": "gain_value"}).iterrows()
        ],
        sample=[words.questions(row) for _, row in table.iterrows()],
        decided_words=[words.number(v) for v in table["decided"]],
        ink=table["too_few_questions"].astype(bool).map({True: theme.FEW, False: theme.METHODS["global"].colour}),
        pick=[f"compare:{code}" for code in table["country"]],
    )
    domain = scales.share_domain(shown[["low", "high", "uniform"]].to_numpy(dtype=float).ravel(), log=False)
    x = alt.X(
        "value:Q",
        title="Closeness to the country's answers",
        scale=alt.Scale(domain=domain, nice=False),
        axis=alt.Axis(values=scales.ticks(domain, log=False, most=7), format=".2f"),
    )
    y = marks.rows_y("label", shown["label"], limit=280)
    colours = theme.surface(dark=dark)
    kinds = alt.Scale(domain=[MODEL, words.UNIFORM], range=[theme.METHODS["global"].colour, colours.text])
    shapes = alt.Scale(domain=[MODEL, words.UNIFORM], range=["circle", TICK])
    legend = alt.Legend(title=None, orient="top")
    tooltip = marks.tooltip(
        name="country",
        words="closeness of the global model",
        uniform_words="closeness of equal shares",
        gain_words="global model − equal shares",
        decided_words="its distance from equal shares",
        sample="on",
    )
    ink = alt.Stroke("ink:N", scale=None)
    base = alt.Chart(shown)
    band = alt.Chart(shown[shown["country"] == picked]).mark_bar(color=colours.neutral, height=ROW - 4)
    band = band.encode(x=alt.value(0), x2=alt.value("width"), y=y)
    ticks = base.transform_calculate(what=f"'{words.UNIFORM}'").mark_point(filled=True, size=130, opacity=1)
    ticks = ticks.encode(
        x=marks.moved(x, "uniform"),
        y=y,
        color=alt.Color("what:N", scale=kinds, legend=legend),
        shape=alt.Shape("what:N", scale=shapes, legend=legend),
        tooltip=tooltip,
    )
    dots = base.transform_calculate(what=f"'{MODEL}'").mark_point(
        filled=True, size=100, opacity=1, strokeWidth=2, cursor="pointer"
    )
    dots = dots.encode(
        x=x,
        y=y,
        stroke=ink,
        color=alt.condition(
            "datum.too_few_questions", alt.value(colours.background), alt.Color("what:N", scale=kinds, legend=legend)
        ),
        shape=alt.Shape("what:N", scale=shapes, legend=legend),
        tooltip=tooltip,
    )
    dots = dots.add_params(alt.selection_point(name="pick", fields=["pick"]))
    return alt.layer(band, *marks.intervals(base, x, y, stroke=ink), dots, ticks).properties(
        height=alt.Step(ROW), width="container"
    )


def runs_chart(table: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw how much closer to one country's answers than the global model each run is, paired over questions.

    Parameters
    ----------
    table : DataFrame
        From `closeness_load.load_of_runs`.
    """
    few = table["too_few_questions"].astype(bool)
    nobody = table["run"].isna()
    shown = table.assign(
        label=[words.run_label(row) for _, row in table.iterrows()],
        centre=table["diff_value"],
        words=[words.difference(row) for _, row in table.iterrows()],
        own=[words.estimate(row, "closeness") for _, row in table.iterrows()],
        decided=[words.number(v) for v in table["uniform_value"]],
        sample=[words.questions(row, "diff_n_questions") for _, row in table.iterrows()],
        holm_words=[f"{v:.3f}" if pd.notna(v) else "unknown" for v in table["holm"]],
        trained=[one if isinstance(one, str) else "nothing" for one in table["trained_on"]],
        ink=(table["diff_value"] >= 0)
        .map({True: theme.GAIN, False: theme.LOSS})
        .where(~nobody, theme.RULE)
        .where(~few, theme.FEW),
    )
    end = _end(shown[["diff_low", "diff_high"]].to_numpy(dtype=float).ravel())
    x = alt.X(
        "centre:Q",
        title="Closeness, difference to the global model",
        scale=alt.Scale(domain=[-end, end], nice=False),
        axis=alt.Axis(labelExpr="replace(format(datum.value, '+~g'), /^[+]0$/, '0')", tickCount=6),
    )
    y = marks.rows_y("label", shown["label"], limit=360)
    tooltip = marks.tooltip(
        label="model",
        trained="trained on",
        words="difference to the global model",
        own="its closeness",
        decided="its distance from equal shares",
        holm_words="p after Holm",
        sample="on",
    )
    return marks.interval_dots(shown, x, y, tooltip, prefix="diff_", row=ROW, dark=dark)


def _end(values: Iterable[float]) -> float:
    """Return the end of a symmetric axis of differences, rounded up to two digits."""
    largest = max((abs(v) for v in values if pd.notna(v)), default=0.0)
    return max(LEAST_END, float(f"{1.06 * largest:.2g}"))
