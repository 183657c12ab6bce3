"""What the previews propose: a setting chosen on training users, where the sliders then stand, and its mark.

A proposal stands for the data, the countries and the view it was made for. While the sliders stand at its setting, the
page speaks of its method, and *Start* has it chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from dashboard.frame.state import Selection
from dashboard.kit import text
from dashboard.tradeoff.controls import RULE_LABELS
from dashboard.tradeoff.previews import Bench, proposals
from dashboard.tradeoff.words import RULES
from dashboard.workbench import position, words
from dashboard.workbench.load import propose
from dashboard.workbench.position import Position
from scpo.config import ObjectiveConfig
from scpo.measures.frontier import DEFAULT_EPS, Rule
from scpo.results import MEAN

PROPOSAL, RULE = "_workbench_proposal", "workbench_rule"

Place = tuple[object, ...]


class Proposal(NamedTuple):
    """A setting, or None where nothing is chosen; its sentence; what it was made for."""

    objective: ObjectiveConfig | None
    said: str
    place: Place


def standing(selection: Selection, shown: Sequence[str]) -> Proposal | None:
    """Return the proposal for what is shown."""
    found: Proposal | None = st.session_state.get(PROPOSAL)
    return found if found is not None and found.place == _place(selection, shown) else None


def method(found: Proposal | None, now: Position, shown: Sequence[str]) -> str:
    """Return the method that the page speaks of: the proposed one while the sliders stand there, else both together."""
    if found is not None and found.objective is not None:
        proposed = found.objective
        if all(now.objectives(country, [proposed.method]) == (proposed,) for country in shown):
            return proposed.method
    return "scpo"


def show_button(
    selection: Selection, bench: Bench, now: Position, countries: Sequence[str], names: dict[str, str]
) -> None:
    """Draw the rule and the button that moves the sliders to what the previews choose on training users."""
    label = st.selectbox(
        "Rule of the proposal", list(RULE_LABELS), key=RULE, filter_mode=None, label_visibility="collapsed", width=165
    )
    st.button(
        "Propose",
        icon=":material/auto_awesome:",
        key="workbench_propose",
        on_click=_propose,
        args=(selection, bench, now, list(countries), names, RULE_LABELS[label]),
        help="Moves the sliders to the previewed setting that the rule chooses by folds of training users, among "
        f"{len(proposals())} settings that filter, weight or do both. Takes some seconds the first time.",
    )


def _propose(
    selection: Selection, bench: Bench, now: Position, countries: list[str], names: dict[str, str], rule: Rule
) -> None:
    among = countries if now.view == MEAN else [now.view]
    best, chosen_on = propose(bench, among, rule=rule, eps=DEFAULT_EPS)
    where = "the mean over countries" if len(among) > 1 else names.get(among[0], among[0])
    said = words.proposal(best, where, RULES[rule], chosen_on)
    st.session_state[PROPOSAL] = Proposal(best, said, _place(selection, among))
    if best is not None:
        position.jump(best.tau, best.beta)


def show_words(found: Proposal | None) -> None:
    """Say what is proposed."""
    if found is not None:
        st.caption(text.plain(found.said))


def _place(selection: Selection, shown: Sequence[str]) -> Place:
    return (selection.scores, tuple(shown))
