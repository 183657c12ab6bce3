"""How sure the choice of the ring is: the band of fronts, how often a setting is chosen, what choosing has added."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from dashboard.kit import marks, text, theme

LEAST_SAID = 0.0005
"""An optimism that would be written as 0.0 points is not said."""


def band_layer(band: pd.DataFrame | None, x: alt.X, y: alt.Y, *, log: bool) -> list[alt.Chart]:
    """Return the band of fronts as a light area; nothing where there is none.

    Parameters
    ----------
    band : DataFrame or None
        `true_value`, `band_low`, `band_high`, by rising `true_value`.
    x, y
        The axes of the points.
    """
    shown = band if band is None or not log else band[band["true_value"] > 0]
    if shown is None or shown.empty:
        return []
    # A value, not a scale: the legend of the methods stays as it is.
    area = alt.Chart(shown).mark_area(color=theme.RULE, opacity=0.16, clip=True, interpolate="linear")
    return [area.encode(x=x, y=marks.moved(y, "band_low"), y2="band_high:Q")]


def with_words(table: pd.DataFrame) -> pd.DataFrame:
    """Add what tooltips say of the choice; the table as it is where nothing is known of it."""
    if "selection_frequency" not in table:
        return table
    return table.assign(
        chosen_words=[frequency(one) for one in table["selection_frequency"]],
        front_words=[frequency(one) for one in table["front_frequency"]],
        luck_words=[luck(row) for _, row in table.iterrows()],
    )


def tooltips(table: pd.DataFrame, *, ring: bool = False) -> list[alt.Tooltip]:
    """Return the lines of a tooltip on the choice: of a point, or of the ring around it."""
    if "chosen_words" not in table:
        return []
    lines = marks.tooltip(chosen_words="chosen in", front_words="on the front in")
    return [*marks.tooltip(luck_words="chosen setting"), *lines] if ring else lines


def frequency(share: float) -> str:
    """Write in how many of the resamples something holds."""
    return text.UNKNOWN if math.isnan(share) else f"{100 * share:.0f}{text.NBSP}% of the resamples of users"


def luck(row: pd.Series) -> str:
    """Write the all-country accuracy of the chosen setting with what the choice has added to it."""
    return f"{text.percent(row['all_value'])} all-country{of_which(row)}"


def of_which(row: pd.Series) -> str:
    """Write what the choice has added, after a comma; nothing where it is unknown or would be written as 0."""
    optimism = float(row.get("all_optimism", math.nan))
    if not optimism >= LEAST_SAID:
        return ""
    return f", of which about {100 * optimism:.1f} points are the choice"


def explained(rows: pd.DataFrame, band: pd.DataFrame | None, level: float) -> str:
    """Say what the light area is and how often the ring would be where it is."""
    chosen = rows[rows["chosen"].fillna(False).astype(bool)]
    shares = chosen["selection_frequency"] if "selection_frequency" in chosen else pd.Series(dtype=float)
    often = f" The ring is there in {frequency(float(shares.iloc[0]))}." if shares.notna().any() else ""
    area = "" if band is None or band.empty else f" Light area: {text.level_name(level)} band of fronts over resamples."
    return f"{area}{often}"


def facts(row: pd.Series) -> dict[str, str]:
    """Return how sure the choice is, for the selected point; nothing where it is unknown."""
    if "selection_frequency" not in row or math.isnan(row["selection_frequency"]):
        return {}
    found = {"Chosen in": frequency(row["selection_frequency"]), "On the front in": frequency(row["front_frequency"])}
    if math.isnan(row["all_optimism"]):
        return found
    corrected = f"{text.percent(row['all_corrected'])} all-country, {text.percent(row['true_corrected'])} recovered"
    return found | {"Without what the choice adds": corrected}
