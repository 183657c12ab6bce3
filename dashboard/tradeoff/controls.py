"""What is shown on the Trade-off, and what a click there changes: rule of the ring, country, axes, previews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.frame import asking, sidebar
from dashboard.kit import clicks
from scpo.measures.frontier import Rule
from scpo.results import MEAN

COUNTRY, RULE, LOSS, SCALE, PREVIEWS = "country", "rule", "loss", "scale", "previews"
"""Keys of the widgets = names of the URL parameters."""

EVERY = "all"
"""What the country picker offers beside the countries and `MEAN`, the mean over them: small multiples."""

PROPOSED = "_proposed_setting"
"""The setting whose preview lies nearest to the clicked spot: a point id, or empty."""

RULE_LABELS: dict[str, Rule] = {
    "Max all-country": "max_all_country",
    "Max true-country": "max_true_country",
    "Knee": "knee",
}
LOSSES = {"0.5 points": 0.005, "1 point": 0.01, "2 points": 0.02, "5 points": 0.05}


def rule_picker() -> tuple[Rule, float]:
    """Draw the rule of choice and, where it needs one, the accepted loss."""
    label = st.radio(
        "Rule of the ring",
        **asking.bound("rule", RULE, list(RULE_LABELS)),
        horizontal=True,
        help="Max all-country: the paper's circle. Max true-country: the highest recovered share whose all-country "
        "accuracy is at most the accepted loss below the best. Knee: the point of the front furthest above the "
        "straight line between its ends.",
    )
    rule = RULE_LABELS[label]
    if rule != "max_true_country":
        return rule, LOSSES["1 point"]
    loss = asking.choose("Accepted loss", LOSS, list(LOSSES), index=1, width=140)
    return rule, LOSSES[loss]


def country_view(settings: pd.DataFrame) -> str:
    """Draw the country picker: the mean over countries, every country as small multiples, or one country."""
    tuned = settings[settings["method"] != "global"]
    names = dict(zip(tuned["country"], tuned["name"], strict=True))
    names.pop(MEAN, None)
    options = {MEAN: "Mean over countries"} if (tuned["country"] == MEAN).any() else {}
    options |= {EVERY: "Every country (small multiples)"} | dict(sorted(names.items(), key=lambda item: item[1]))
    first = 0 if MEAN in options else min(1, len(options) - 1)
    return asking.choose("Country", COUNTRY, options, index=first, width=235, filter_mode="fuzzy")


def scale_picker() -> bool:
    """Draw the switch between log-log and linear axes; True is log."""
    options = ["Log", "Linear"]
    return asking.segments("Axes", SCALE, options, default="Log") == "Log"


def previews_toggle() -> bool:
    """Draw the switch that shows previews of a grid of settings."""
    return asking.switch(
        "Show previews",
        PREVIEWS,
        noun="previews",
        help="Hollow, faint: last-layer estimates of settings that nobody has finetuned. Click an empty spot to get a "
        "setting whose preview lies there.",
    )


def open_multiples() -> None:
    """Show every country as small multiples."""
    st.session_state[COUNTRY] = EVERY


def after_point_click(selection: Mapping[str, Any], *, shown: str) -> dict[str, str]:
    """Return the widgets to change after a click on a point.

    Parameters
    ----------
    selection : mapping
        What the chart reports.
    shown : str
        Value of the country picker. In small multiples a click also opens the country of the panel.
    """
    previewed = clicks.clicked_preview(selection)
    if previewed is not None:
        return {PROPOSED: previewed}
    point = clicks.clicked_point(selection)
    if point is None:
        return {}
    country, setting = point
    return {sidebar.SETTING: setting, COUNTRY: country} if shown == EVERY else {sidebar.SETTING: setting}
