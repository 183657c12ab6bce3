"""What moves the Workbench: the picker of the country, sliders and numbers, presets, own values, the proposal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.frame import widgets
from dashboard.kit import text
from dashboard.tradeoff.controls import RULE_LABELS
from dashboard.tradeoff.previews import Bench, proposals
from dashboard.tradeoff.words import RULES
from dashboard.workbench import position, words
from dashboard.workbench.load import propose
from dashboard.workbench.position import BETAS, TAUS, Position
from scpo.config import DEFAULT_BETA, DEFAULT_TAU
from scpo.measures.frontier import DEFAULT_EPS, Rule
from scpo.methods import WEIGHT
from scpo.results import MEAN

PRESETS = {
    "Paper": (DEFAULT_TAU, DEFAULT_BETA),
    "Disagreements only": (0.5, None),
    "All data": (1.0, None),
}
"""Name, tau, beta; None leaves beta where it is."""

PROPOSAL, RULE = "_workbench_proposal", "workbench_rule"


def show_controls(bench: Bench, now: Position, countries: Sequence[str], names: dict[str, str]) -> None:
    """Draw country, sliders with their numbers, presets, own values and proposal."""
    options = [*([MEAN] if len(countries) > 1 else []), *sorted(countries, key=lambda c: names.get(c, c))]
    view = widgets.showing(position.VIEW, now.view)
    st.selectbox(
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
    _slider("tau", tau, "τ, threshold", TAUS, "A training pair is kept if p_glo is below τ; 1 keeps all.")
    _slider("beta", beta, "β, temperature", BETAS, f"The weight of a pair is {WEIGHT}.")
    with st.container(horizontal=True, gap="small", key="workbench_presets"):
        for name, (to_tau, to_beta) in PRESETS.items():
            st.button(
                name,
                key=f"workbench_preset_{name}",
                on_click=position.jump,
                args=(to_tau, to_beta),
                help=f"τ {to_tau:g}" + (f", β {to_beta:g}" if to_beta is not None else ""),
            )
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
    _own_values(now, names)
    _proposal(bench, now, countries, names)


def _slider(name: str, value: float, label: str, ends: tuple[float, float], explained: str) -> None:
    """Draw a slider and its number; both move the position and show where it is."""
    wide, narrow = st.columns([3, 2], vertical_alignment="bottom", gap="small")
    slider, number = (widgets.showing(places[name], value) for places in (position.SLIDERS, position.NUMBERS))
    shared: dict[str, Any] = {"value": value, "step": 0.01, "format": "%.2f", "on_change": position.move}
    wide.slider(label, *ends, key=slider, args=(name, slider), help=explained, **shared)
    narrow.number_input(
        f"{label}, exact", *ends, key=number, args=(name, number), label_visibility="collapsed", **shared
    )


def _own_values(now: Position, names: dict[str, str]) -> None:
    """List the countries with values of their own, each with a way back."""
    if not now.own:
        return
    st.caption(f"**Own values** · all others: {text.plain(words.values(now.tau, now.beta))}")
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


def _proposal(bench: Bench, now: Position, countries: Sequence[str], names: dict[str, str]) -> None:
    """Draw the rule and the button that moves the sliders to what the previews choose on training users."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        label = st.selectbox("Rule", list(RULE_LABELS), key=RULE, filter_mode=None)
        st.button(
            "Propose",
            icon=":material/auto_awesome:",
            key="workbench_propose",
            on_click=_propose,
            args=(bench, now, list(countries), names, RULE_LABELS[label]),
            help="Moves the sliders to the previewed setting that the rule chooses by folds of training users, among "
            f"{len(proposals())} settings that filter, weight or do both. Takes some seconds the first time.",
        )
    if PROPOSAL in st.session_state:
        st.caption(text.plain(st.session_state[PROPOSAL]))


def _propose(bench: Bench, now: Position, countries: list[str], names: dict[str, str], rule: Rule) -> None:
    among = countries if now.view == MEAN else [now.view]
    best, chosen_on = propose(bench, among, rule=rule, eps=DEFAULT_EPS)
    where = "the mean over countries" if len(among) > 1 else names.get(among[0], among[0])
    st.session_state[PROPOSAL] = words.proposal(best, where, RULES[rule], chosen_on)
    if best is not None:
        position.jump(best.tau, best.beta)
