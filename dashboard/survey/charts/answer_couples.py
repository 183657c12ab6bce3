"""Distances between the answers of countries as a triangle."""

from __future__ import annotations

from collections.abc import Collection

import altair as alt
import pandas as pd

from dashboard.kit import clicks, marks, matrix, text, theme
from dashboard.survey import words

ROOM = 512
"""Width that the cells of the triangle share, in pixels: there is no tree beside them."""

BELOW = 6
"""Height under the cells of the triangle, in pixels: there is no axis."""

FARTHEST = 0.5
"""Upper end of the colours, whatever is shown: half of what a distance can be. What lies beyond has the last colour."""


def couples_chart(
    couples: pd.DataFrame,
    countries: pd.DataFrame,
    *,
    chosen: Collection[str],
    offered: Collection[str],
    couple: str | None,
    dark: bool,
) -> alt.TopLevelMixin:
    """Draw the mean distances of all couples as the lower triangle of a matrix.

    Parameters
    ----------
    couples, countries : DataFrame
        From `load.placed` and `load.ordered`.
    chosen : collection of str
        Countries of the sidebar; their names are bold, with a filled mark.
    offered : collection of str
        Countries that the sidebar offers.
    couple : str or None
        Couple whose cell is outlined.
    """
    where = plan(countries)
    few = couples["too_few_questions"].astype(bool)
    end = FARTHEST
    drawn = matrix.canvas(where, below=BELOW)
    tooltip = marks.tooltip(pair="couple", words="mean distance", sample="on")
    cells = _cells(couples, where, few, end=end, dark=dark)
    layers = [
        *matrix.diagonal(
            countries.assign(label=countries["n_questions"].astype(str)),
            where,
            drawn,
            marks.tooltip({"n_questions": ""}, name="country", n_questions="questions answered"),
            dark=dark,
        ),
        *matrix.squares(
            cells,
            where,
            drawn,
            title="Jensen-Shannon distance",
            end=end,
            percent=False,
            tooltip=tooltip,
            picked=cells["couple"] == couple,
            dark=dark,
        ),
        *matrix.names(
            countries.assign(
                sample=[text.count(n, "question") for n in countries["n_questions"]],
                few=countries["too_few_questions"],
            ),
            where,
            drawn,
            chosen=chosen,
            offered=offered,
            dark=dark,
        ),
    ]
    return alt.layer(*layers).properties(width=where.width, height=where.height + BELOW)


def plan(countries: pd.DataFrame) -> matrix.Plan:
    """Return where everything of the triangle stands."""
    return matrix.plan(countries["name"].tolist(), tree=False, room=ROOM)


def _cells(couples: pd.DataFrame, where: matrix.Plan, few: pd.Series, *, end: float, dark: bool) -> pd.DataFrame:
    colours = theme.surface(dark=dark)
    estimates = [
        "too few shared questions" if one else words.estimate(row)
        for one, (_, row) in zip(few, couples.iterrows(), strict=True)
    ]
    pair = couples["first_name"] + " and " + couples["second_name"]
    return matrix.in_cells(couples, where, row=couples["row"], column=couples["column"]).assign(
        shown=couples["value"],
        blank=few,
        strength=1.0,
        ink=matrix.number_ink(couples["value"], end, colours).where(~few, colours.muted),
        weight="normal",
        label=["–" if one else f"{v:.2f}" for v, one in zip(couples["value"], few, strict=True)],
        words=estimates,
        sample=[words.questions(row) for _, row in couples.iterrows()],
        pair=pair,
        said=[f"{names}: {one}" for names, one in zip(pair, estimates, strict=True)],
        pick=couples["couple"].map(clicks.cell_place),
    )
