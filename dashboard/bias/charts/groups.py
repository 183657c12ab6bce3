"""Groups inside countries: the paired difference to the global model, one row per group."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text
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
        label=marks.row_labels(rows, name="group"),
        sure=(rows["holm"] < text.ALPHA) & ~few,
        ink=marks.sign_inks(rows["diff_value"], few),
        words=[text.difference_estimate(row, "diff") for _, row in rows.iterrows()],
        before_words=[text.share_estimate(row, "before") for _, row in rows.iterrows()],
        after_words=[text.share_estimate(row, "after") for _, row in rows.iterrows()],
        counts=[text.lost_and_won(row) for _, row in rows.iterrows()],
        sample=[text.sample_text(row) for _, row in rows.iterrows()],
        holm_words=[text.p_value(v) for v in rows["holm"]],
    )
    solid = shown[~few] if (~few).any() else shown
    end = scales.symmetric_end(solid[["diff_low", "diff_high"]].to_numpy(dtype=float).ravel())
    x = alt.X("diff_value:Q", title="Difference to the global model, points", **marks.in_points((-end, end), ticks=8))
    y = marks.rows_y("label", shown["label"], limit=280)
    tooltip = marks.tooltip(
        group="group",
        words="difference to the global model",
        before_words="global model",
        after_words="own country's model",
        counts="pairs",
        sample="on",
        holm_words="p, corrected",
    )
    return marks.interval_dots(shown, x, y, tooltip, prefix="diff_", row=ROW, dark=dark)
