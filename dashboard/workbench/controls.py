"""What moves the Workbench: the picker of the country, sliders and numbers, presets, *Undo*, own values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.frame import widgets
from dashboard.kit import text
from dashboard.workbench import position, words
from dashboard.workbench.position import BETAS, TAUS, Position
from scpo.config import DEFAULT_BETA, DEFAULT_TAU
from scpo.methods import WEIGHT
from scpo.results import MEAN

PRESETS = {
    "Paper": (DEFAULT_TAU, DEFAULT_BETA),
    "Disagreements only": (0.5, None),
    "All data": (1.0, None),
}
"""Name, tau, beta; None leaves beta where it is."""


def show_sliders(now: Position, countries: Sequence[str], names: dict[str, str]) -> None:
    """Draw the country and the sliders with their numbers, side by side."""
    first, second, third = st.columns([3, 4, 4], gap="medium")
    options = [*([MEAN] if len(countries) > 1 else []), *sorted(countries, key=lambda c: names.get(c, c))]
    view = widgets.showing(position.VIEW, now.view)
    first.selectbox(
        "Country",
        options,
        index=options.index(now.view),
        format_func=lambda one: words.view_name(one, names),
        key=view,
        on_change=position.look,
        args=(view,),
        filter_mode=None,
    )
    tau, beta = now.at(now.view)
    with second:
        _slider("tau", tau, "τ, threshold", TAUS, "A training pair is kept if p_glo is below τ; 1 keeps all.")
    with third:
        _slider("beta", beta, "β, temperature", BETAS, f"The weight of a pair is {WEIGHT}.")


def show_presets() -> None:
    """Draw the ways to known places, and back."""
    for name, (to_tau, to_beta) in PRESETS.items():
        st.button(
            name,
            key=f"workbench_preset_{name}",
            on_click=position.jump,
            args=(to_tau, to_beta),
            help=f"τ {to_tau:g}" + (f", β {to_beta:g}" if to_beta is not None else ""),
        )
    before = position.last()
    st.button(
        "Undo",
        icon=":material/undo:",
        key="workbench_undo",
        on_click=position.undo,
        disabled=before is None,
        help="Takes back the last move of τ, β or own values",
    )


def show_own_values(now: Position, countries: Sequence[str], names: dict[str, str]) -> None:
    """Draw the switch of a country's own values, and the countries that have some."""
    if now.view != MEAN and len(countries) > 1:
        own = widgets.showing(f"{position.OWN}_{now.view}", now.has_own(now.view))
        st.toggle(
            f"Own values for {text.plain(names.get(now.view, now.view))}",
            value=now.has_own(now.view),
            key=own,
            on_change=position.toggle_own,
            args=(now.view, own),
            help="The sliders then move this country only; all others keep their common values.",
        )
    if not now.own:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Own values** · all others: {text.plain(words.values(now.tau, now.beta))}", width="content")
        for country, tau, beta in now.own:
            st.button(
                text.plain(f"{names.get(country, country)}: {words.values(tau, beta)}"),
                icon=":material/close:",
                key=f"workbench_forget_{country}",
                type="tertiary",
                on_click=position.forget_own,
                args=(country,),
                help="Back to the common values",
            )


def _slider(name: str, value: float, label: str, ends: tuple[float, float], explained: str) -> None:
    """Draw a slider and its number; both move the position and show where it is."""
    wide, narrow = st.columns([3, 2], vertical_alignment="bottom", gap="small")
    slider, number = (widgets.showing(places[name], value) for places in (position.SLIDERS, position.NUMBERS))
    shared: dict[str, Any] = {"value": value, "step": 0.01, "format": "%.2f", "on_change": position.move}
    wide.slider(label, *ends, key=slider, args=(name, slider), help=explained, **shared)
    narrow.number_input(
        f"{label}, exact", *ends, key=number, args=(name, number), label_visibility="collapsed", **shared
    )
