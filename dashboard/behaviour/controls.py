"""What is shown on the page Behaviour: the country, how far a policy goes, the turn that is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.behaviour import words
from dashboard.frame import asking, sidebar
from dashboard.kit import clicks, glossary
from scpo.results import MEAN
from scpo.results.behaviour import B

WHERE, STEP, TURN = "where", "b", "turn"
"""Keys of the widgets = names of the URL parameters."""

STEPS = [words.b_name(b) for b in B]


def country_picker(picks: pd.DataFrame) -> str:
    """Draw the picker: the mean over countries, or one country."""
    names = dict(zip(picks["country"], picks["name"], strict=True))
    mean = {MEAN: "Mean over countries"} if names.pop(MEAN, None) else {}
    options = mean | dict(sorted(names.items(), key=lambda item: item[1]))
    return asking.choose("Country", WHERE, options, width=235)


def step_slider() -> int:
    """Draw the slider from random to best-of-n and return the number of the step."""
    label = st.select_slider(
        glossary.said("From a random response to best-of-n"),
        **asking.bound("step", STEP, {step: glossary.said(step) for step in STEPS}),
        value=STEPS[-1],
        help="b, in standard deviations of a model's own rewards within turns: the smaller, the more the best rewarded "
        "response is preferred.",
    )
    return STEPS.index(label)


def after_click(selected: Mapping[str, Any]) -> dict[str, str]:
    """Return the widgets to change after a click on a setting; the global model cannot be chosen."""
    return setting_change(clicks.clicked(selected, "setting"))


def setting_change(setting: str | None) -> dict[str, str]:
    """Return the widgets that choose a setting."""
    return {} if setting is None or setting.startswith("global|") else {sidebar.SETTING: setting}
