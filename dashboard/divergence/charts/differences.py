"""What differs: coefficients of features, and differences between parts of the conversations."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text, theme

ROW = 34


def features_chart(table: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw the coefficients of `load.load_features`: dot, 80 % and 95 % bar; filled if Holm keeps it."""
    shown = table.dropna(subset=["coefficient"])
    shown = shown.assign(
        centre=shown["coefficient"],
        row=[f"{label} · per {per}" for label, per in zip(shown["label"], shown["per"], strict=True)],
        words=[logits_words(row) for _, row in shown.iterrows()],
        held=[logits(value) for value in shown["adjusted"]],
        sample=[
            f"{text.count(row['n_different'], 'pair that differs', 'pairs that differ')} of "
            f"{text.count(row['n_users_different'], 'user')}"
            for _, row in shown.iterrows()
        ],
        holm_words=[text.p_value(value) for value in shown["holm"]],
    )
    tooltip = marks.tooltip(
        row="feature", words="coefficient, logits", held="others held", holm_words="p after Holm", sample="on"
    )
    axis = alt.Axis(labelExpr="replace(format(datum.value, '+~g'), /^[+]0$/, '0')", tickCount=5)
    x = alt.X("centre:Q", title="Coefficient, logits per unit (0: as the global model)", axis=axis)
    return _dots(shown, x, tooltip, dark=dark)


def where_chart(table: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw the differences of `load.load_where`: dot, 80 % and 95 % bar; filled if Holm keeps it."""
    shown = table.dropna(subset=["difference"])
    shown = shown.assign(
        centre=shown["difference"],
        row=[f"{_part(row)} · {text.count(row['n_users'], 'user')}" for _, row in shown.iterrows()],
        kind=[name.replace("_", " ") for name in shown["facet"]],
        words=[f"{text.points(r['difference'])} {text.points_range(r['low'], r['high'])}" for _, r in shown.iterrows()],
        share=[text.percent(value) for value in shown["disagreement"]],
        sample=[text.sample_text(row) for _, row in shown.iterrows()],
        holm_words=[text.p_value(value) for value in shown["holm"]],
    )
    tooltip = marks.tooltip(
        kind="facet", row="part", share="disagreement", words="against the rest", holm_words="p after Holm", sample="on"
    )
    end = scales.symmetric_end(shown[["low", "high"]].to_numpy(dtype=float).ravel())
    x = alt.X("centre:Q", title="Disagreement against the rest, points", **marks.in_points((-end, end), ticks=6))
    return _dots(shown, x, tooltip, dark=dark)


def _part(row: pd.Series) -> str:
    """Name a part: the words of a topic are no name of a conversation."""
    return f"topic “{row['label']}”" if row["facet"] == "topic" else str(row["label"])


def _dots(shown: pd.DataFrame, x: alt.X, tooltip: list[alt.Tooltip], *, dark: bool) -> alt.TopLevelMixin:
    strong = theme.distance(dark=dark)
    shown = shown.assign(ink=shown["too_few_users"].map({True: theme.FEW, False: strong}))
    y = marks.rows_y("row", shown["row"], limit=300)
    return marks.interval_dots(shown, x, y, tooltip, row=ROW, dark=dark)


def logits(value: float) -> str:
    """Write a number of logits with its sign."""
    return text.UNKNOWN if pd.isna(value) else f"{value:+.2f}".replace("-", "−")


def logits_words(row: pd.Series) -> str:
    """Write a coefficient with its interval."""
    return f"{logits(row['coefficient'])} [{logits(row['low'])}, {logits(row['high'])}]"
