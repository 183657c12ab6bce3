"""Groups inside countries: the paired difference to the global model, one row per group."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text, theme
from dashboard.kit.marks import ROW


def groups_chart(rows: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw what the countries' own models gain or lose in each group: dot, thick 80 % and thin 95 % bar.

    Parameters
    ----------
    rows : DataFrame
        Of one scope from `results.group_table`, at most `figure.MOST_ROWS`.
    """
    few = rows["too_few_users"].astype(bool)
    shown = rows.assign(
        label=[
            f"{name} · {text.count(n, 'user')}{' (too few)' if f else ''}"
            for name, n, f in zip(rows["group"], rows["n_users"], few, strict=True)
        ],
        sure=(rows["holm"] < text.ALPHA) & ~few,
        ink=[
            theme.FEW if f else theme.GAIN if value >= 0 else theme.LOSS
            for value, f in zip(rows["diff_value"], few, strict=True)
        ],
        words=[text.difference_estimate(row, "diff") for _, row in rows.iterrows()],
        before_words=[text.share_estimate(row, "before") for _, row in rows.iterrows()],
        after_words=[text.share_estimate(row, "after") for _, row in rows.iterrows()],
        counts=[text.lost_and_won(row) for _, row in rows.iterrows()],
        sample=[text.sample_text(row) for _, row in rows.iterrows()],
        holm_words=[text.p_value(v) for v in rows["holm"]],
    )
    solid = shown[~few] if (~few).any() else shown
    end = scales.symmetric_end(solid[["diff_low", "diff_high"]].to_numpy(dtype=float).ravel())
    x = alt.X(
        "diff_value:Q",
        title="Difference to the global model, points",
        scale=alt.Scale(domain=[-end, end], nice=False),
        axis=alt.Axis(labelExpr="replace(format(datum.value * 100, '+.0f'), '+0', '0')", tickCount=8),
    )
    order = shown["label"].tolist()
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=280, ticks=False, domain=False, grid=False))
    tooltip = [
        alt.Tooltip("group:N", title="group"),
        alt.Tooltip("words:N", title="difference to the global model"),
        alt.Tooltip("before_words:N", title="global model"),
        alt.Tooltip("after_words:N", title="own country's model"),
        alt.Tooltip("counts:N", title="pairs"),
        alt.Tooltip("sample:N", title="on"),
        alt.Tooltip("holm_words:N", title="p, corrected"),
    ]
    return marks.difference_dots(shown, x, y, tooltip, prefix="diff_", row=ROW, dark=dark)
