"""Distances between the answers of countries as a triangle."""

from __future__ import annotations

from collections.abc import Collection

import altair as alt
import pandas as pd

from dashboard.kit import clicks, marks, matrix, scales, text, theme
from dashboard.survey import words

ROOM = 512
"""Width that the cells of the triangle share, in pixels: there is no tree beside them."""

BELOW = 6
"""Height under the cells of the triangle, in pixels: there is no axis."""


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
    end = scales.symmetric_end(couples.loc[~few, "value"])
    drawn = matrix.canvas(where, below=BELOW)
    tooltip = [
        alt.Tooltip("pair:N", title="couple"),
        alt.Tooltip("words:N", title="mean distance"),
        alt.Tooltip("sample:N", title="on"),
    ]
    cells = _cells(couples, where, few, end=end, dark=dark)
    layers = [
        *_diagonal(countries, where, drawn, dark=dark),
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
    x = where.left + where.cell * couples["column"]
    y = where.top + where.cell * couples["row"]
    estimates = [
        "too few shared questions" if one else words.estimate(row)
        for one, (_, row) in zip(few, couples.iterrows(), strict=True)
    ]
    pair = couples["first_name"] + " and " + couples["second_name"]
    return couples.assign(
        x=x,
        x2=x + where.cell,
        y=y,
        y2=y + where.cell,
        middle_x=x + where.cell / 2,
        middle_y=y + where.cell / 2,
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


def _diagonal(
    countries: pd.DataFrame, where: matrix.Plan, drawn: tuple[alt.X, alt.Y], *, dark: bool
) -> list[alt.Chart]:
    """Draw how many questions each country answered."""
    x, y = drawn
    colours = theme.surface(dark=dark)
    corner = where.left + where.cell * countries["place"], where.top + where.cell * countries["place"]
    inset = 1.5
    shown = countries.assign(
        x=corner[0] + inset,
        x2=corner[0] + where.cell - inset,
        y=corner[1] + inset,
        y2=corner[1] + where.cell - inset,
        middle_x=corner[0] + where.cell / 2,
        middle_y=corner[1] + where.cell / 2,
        label=[f"{n}" for n in countries["n_questions"]],
    )
    tooltip = [alt.Tooltip("name:N", title="country"), alt.Tooltip("n_questions:Q", title="questions answered")]
    boxes = alt.Chart(shown).mark_rect(fill=colours.background, stroke=colours.grid, strokeWidth=1, strokeDash=[2, 2])
    layers = [boxes.encode(x=x, x2="x2:Q", y=y, y2="y2:Q", tooltip=tooltip)]
    if where.cell >= matrix.SMALLEST_WITH_NUMBER:
        numbers = alt.Chart(shown).mark_text(fontSize=10, fontStyle="italic", color=colours.muted)
        layers.append(
            numbers.encode(x=marks.moved(x, "middle_x"), y=marks.moved(y, "middle_y"), text="label:N", tooltip=tooltip)
        )
    return layers
