"""The trade-off: true-country against all-country accuracy, one point per setting (the paper's Figure 3)."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from dashboard.kit import marks, scales, text, theme
from dashboard.kit.exports import Room
from dashboard.tradeoff import chosen, control_marks, preview_marks, setting_labels
from dashboard.tradeoff.reference import noise_layers, reference_layers

X_TITLE = "True-country accuracy (recovered share)"
Y_TITLE = "All-country accuracy"


def _axes(
    table: pd.DataFrame,
    *,
    log: bool,
    small: bool,
    selected: str | None = None,
    beside: Sequence[pd.DataFrame] = (),
    band: pd.DataFrame | None = None,
) -> tuple[alt.X, alt.Y]:
    """Return both axes: domains from the values and the ends of intervals and band as drawn.

    What is drawn beside the settings has a place too. Small charts draw the intervals of the selected setting only;
    with too few users an interval may leave the panel.
    """
    tuned = table[table["method"] != "global"]
    drawn = table[(table["setting"] == selected) & ~table["too_few_users"].astype(bool)] if small else table
    x_ends = _ends(tuned["true_value"], drawn[drawn["method"] != "global"], "true")
    y_ends = _ends(table["all_value"], drawn, "all")
    for more in beside:
        x_ends, y_ends = np.append(x_ends, more["true_value"]), np.append(y_ends, more["all_value"])

    if band is not None:
        y_ends = np.concatenate([y_ends, band["band_low"], band["band_high"]])

    def drawn_as(ends: np.ndarray) -> dict[str, Any]:
        domain = scales.share_domain(ends, log=log)
        values = scales.ticks(domain, log=log, most=5 if small else scales.MOST_TICKS)
        return {
            "axis": alt.Axis(values=values, format=".0%", labelFlush=False, labelOverlap=True, labelSeparation=5),
            "scale": alt.Scale(type="log" if log else "linear", domain=domain, nice=False),
        }

    x = alt.X("true_value:Q", title=X_TITLE, **drawn_as(x_ends if log else np.append(x_ends, 0.0)))
    return x, alt.Y("all_value:Q", title=Y_TITLE, **drawn_as(y_ends))


def _ends(values: pd.Series, drawn: pd.DataFrame, name: str) -> np.ndarray:
    intervals = drawn[[f"{name}_low", f"{name}_high"]].to_numpy(dtype=float).ravel()
    return np.concatenate([values.to_numpy(dtype=float), intervals])


def drawable(table: pd.DataFrame, *, log: bool) -> pd.DataFrame:
    """Return the rows that have a place in the plane; with log axes a value of 0 has none."""
    known = table["true_value"].notna() & table["all_value"].notna()
    return table[known & (table["true_value"] > 0)] if log else table[known]


def tradeoff_chart(
    table: pd.DataFrame,
    *,
    log: bool,
    dark: bool,
    selected: str | None = None,
    small: bool = False,
    height: int = 460,
    previews: pd.DataFrame | None = None,
    noise: pd.DataFrame | None = None,
    band: pd.DataFrame | None = None,
    controls: pd.DataFrame | None = None,
) -> alt.TopLevelMixin:
    """Draw the settings of one country, or of the mean over countries.

    Parameters
    ----------
    table : DataFrame
        Rows of `results.setting_table` for one country, with the words of `frame.load.load_settings`.
    log : bool
        Log-log axes, as in the paper.
    selected : str, optional
        Setting that is marked.
    small : bool
        Without crosshairs and with its legend below, for a small picture.
    previews : DataFrame, optional
        Rows of `previews.load_grid` of the same country: drawn hollow and faint, and a click on an empty spot means the
        nearest of those that filter and weight.
    noise : DataFrame, optional
        Rows of `results.noise_table`.
    band : DataFrame, optional
        Of `load.load_band`: where the front lies over resamples of users.
    controls : DataFrame, optional
        Rows of `control_methods.load_controls` of the same country: drawn small and grey.
    """
    words = chosen.with_words(marks.with_words(table))
    shown = drawable(words[words["method"] != "global"], log=log)
    x, y = _axes(
        table,
        log=log,
        small=small,
        selected=selected,
        beside=[t for t in (previews, controls) if t is not None],
        band=band,
    )
    country = str(table["country"].iloc[0])
    layers = [
        *chosen.band_layer(band, x, y, log=log),
        *noise_layers(noise, x, y, country=country, log=log, label=not small),
        *reference_layers(words, x, y, label=not small),
    ]
    if previews is not None:
        layers = [
            *preview_marks.layers(drawable(previews[previews["method"] != "global"], log=log), x, y, log=log),
            *layers,
        ]
    if not small:
        layers += _crosshairs(shown, x, y)
    layers += [
        _front(shown, x, y),
        *_rings(shown, x, y, selected, dark=dark, small=small),
        _points(shown, x, y, small=small),
    ]
    if not small:
        reference = words.loc[words["method"] == "global", "all_value"].min()
        layers += setting_labels.layers(shown, x, y, log=log, selected=selected, dark=dark, reference=reference)
    if controls is not None and len(controls):
        layers += control_marks.layers(drawable(controls, log=log), x, y, dark=dark)
    return alt.layer(*layers).properties(height=height, width="container")


_SMALL_LEGEND = alt.Legend(title=None, orient="bottom", columns=3, symbolSize=60, labelFontSize=11)


def _front(shown: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    front = shown[shown["on_frontier"].astype(bool)].sort_values("true_value")
    line = alt.Chart(front).mark_line(interpolate="step-before", color=theme.RULE, strokeWidth=1.5, clip=True)
    return line.encode(x=x, y=y)


def _crosshairs(shown: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return the intervals of the points; drawn in the colour of the method, without a legend of their own."""
    stroke = alt.Stroke("ink:N", scale=None)
    base = alt.Chart(shown).mark_rule(opacity=0.45, strokeWidth=1.3, clip=True)
    across = shown.assign(true_low=shown["true_low"].clip(lower=scales.SMALLEST_ON_LOG))
    horizontal = base.properties(data=across).encode(x=marks.moved(x, "true_low"), x2="true_high:Q", y=y, stroke=stroke)
    vertical = base.encode(x=x, y=marks.moved(y, "all_low"), y2="all_high:Q", stroke=stroke)
    return [horizontal, vertical]


def _points(shown: pd.DataFrame, x: alt.X, y: alt.Y, *, small: bool) -> alt.Chart:
    legend = _SMALL_LEGEND if small else alt.Legend(title="Method", symbolSize=110)
    chart = alt.Chart(shown).mark_point(filled=True, opacity=1, strokeWidth=1.6, clip=True)
    size = alt.condition("datum.control", alt.value(control_marks.SIZE), alt.value(60 if small else 120))
    encoding = marks.point_encoding(shown, legend)
    encoding["tooltip"] = [*encoding["tooltip"], *chosen.tooltips(shown)]
    chart = chart.encode(x=x, y=y, size=size, **encoding)
    return chart.add_params(alt.selection_point(name="pick", fields=["point"]))


def _rings(
    shown: pd.DataFrame, x: alt.X, y: alt.Y, selected: str | None, *, dark: bool, small: bool
) -> list[alt.Chart]:
    """Return the ring around the chosen setting and a thin circle around the selected one."""
    best = alt.Chart(shown[shown["chosen"].astype(bool)])
    ring = best.mark_point(shape="circle", filled=False, size=210 if small else 420, strokeWidth=2.4, color=theme.RING)
    says = chosen.tooltips(shown, ring=True)
    rings = [ring.encode(x=x, y=y, **({"tooltip": says} if says else {}))]
    if not small:
        name = best.mark_text(dy=-24, fontSize=12, fontWeight="bold", color=theme.RING)
        rings.append(name.encode(x=x, y=y, text=alt.value("chosen")))
    picked = alt.Chart(shown[shown["setting"] == selected])
    mark = picked.mark_point(shape="circle", filled=False, size=900, strokeWidth=1.3, strokeDash=[3, 2])
    return [*rings, mark.encode(x=x, y=y, color=alt.value(theme.surface(dark=dark).text))] if not small else rings


class Panels(NamedTuple):
    """How the panels of `small_multiples` are laid out, in pixels."""

    columns: int = 3
    width: int = 268
    height: int = 170
    type: int | None = None
    """Size of the names over the panels; None: as the chart is configured."""


ON_SCREEN = Panels()
ON_A_SLIDE = 4
"""Panels that can be read from afar, side by side."""

BESIDE_PANEL, ABOVE_PANEL, BELOW_PANELS = 42, 58, 50
"""What axes, names and the legend take of a room, in pixels."""


def on_slides(names: Sequence[str]) -> list[list[str]]:
    """Share out panels over slides, few on each, as evenly as may be."""
    n_slides = -(-len(names) // ON_A_SLIDE)
    ends = [i * len(names) // n_slides for i in range(n_slides + 1)]
    return [list(names[low:high]) for low, high in itertools.pairwise(ends)]


def panels_for(room: Room, n_panels: int) -> Panels:
    """Return the layout of so many panels for a file."""
    columns = 2 if room.narrow else 4
    width = (room.width - 24) // columns - BESIDE_PANEL
    if room.height is None:
        return Panels(columns, width, width, 9 if room.narrow else 10)
    return Panels(columns, width, max(80, (room.height - BELOW_PANELS) // -(-n_panels // columns) - ABOVE_PANEL))


def small_multiples(
    table: pd.DataFrame,
    *,
    log: bool,
    dark: bool,
    selected: str | None = None,
    panels: Panels = ON_SCREEN,
    noise: pd.DataFrame | None = None,
    names: Collection[str] | None = None,
) -> alt.TopLevelMixin:
    """Draw one small trade-off per country on common axes; the selected setting is marked in every panel.

    Other settings fade when one is selected, so that the same setting can be followed across countries.

    Parameters
    ----------
    names : collection of str, optional
        Names of the countries to draw, on the axes of all; all if not given.
    """
    words = chosen.with_words(marks.with_words(table))
    x, y = _axes(words, log=log, small=True, selected=selected)
    tuned = words[words["method"] != "global"]
    drawn = []
    shown_names = sorted(set(words["name"]) if names is None else names)
    for number, name in enumerate(shown_names):
        rows = words[words["name"] == name]
        shown = drawable(rows[rows["method"] != "global"], log=log)
        px, py = x.copy(), y.copy()
        px["title"], py["title"] = None, Y_TITLE if number % panels.columns == 0 else None
        legend = alt.Legend(title="Method", orient="bottom", columns=3 if panels.columns < 3 else 6, symbolSize=80)
        faded = alt.condition(
            alt.datum.setting == (selected or ""), alt.value(1.0), alt.value(0.6 if selected else 1.0)
        )
        pick = alt.selection_point(name=f"pick_{number}", fields=["point"])
        dots = (
            alt.Chart(shown)
            .mark_point(filled=True, size=75, strokeWidth=1.4, clip=True)
            .encode(x=px, y=py, opacity=faded, **marks.point_encoding(tuned, legend))
            .add_params(pick)
        )
        cross = _crosshairs(shown[shown["setting"] == selected], px, py) if selected else []
        country = str(rows["country"].iloc[0])
        layers = noise_layers(noise, px, py, country=country, log=log, label=False)
        layers += [*reference_layers(rows, px, py, label=False), *cross, _front(shown, px, py)]
        layers += [*_rings(shown, px, py, selected, dark=dark, small=True), dots]
        users = rows["all_n_users"].max()
        few = " · too few users" if bool(rows["too_few_users"].any()) else ""
        said = f"{name} · {text.count(users, 'user')}{few}"
        title = (
            alt.Title(said)
            if panels.type is None
            else alt.Title(textwrap.wrap(said, int(2 * panels.width / panels.type)), fontSize=panels.type, offset=6)
        )
        drawn.append(alt.layer(*layers).properties(width=panels.width, height=panels.height, title=title))
    return alt.concat(*drawn, columns=panels.columns).resolve_scale(color="shared", shape="shared")
