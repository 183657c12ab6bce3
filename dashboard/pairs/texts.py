"""Prompt and both responses of a pair as plain text: the words that differ are marked, flagged texts blurred."""

from __future__ import annotations

import numpy as np
import streamlit as st
from scipy.special import expit

from dashboard.frame import asking
from dashboard.kit import prose, text
from dashboard.kit.figure import is_dark
from dashboard.pairs import word_diff, words
from dashboard.pairs.words import CHOSEN, REJECTED
from scpo.results import pairs as engine

DIFFERENCES = "differences"
"""Key of the widget = name of the URL parameter."""

MARKING = ["Automatic", "Marked", "Plain"]


def show_texts(detail: engine.PairDetail, own: tuple[str, np.ndarray] | None, *, blurred: bool) -> None:
    """Show the conversation before, the prompt, and both responses side by side."""
    st.html(prose.style(dark=is_dark()))
    if detail.earlier:
        with st.expander(f"Before this turn · {text.count(len(detail.earlier), 'turn')}", icon=":material/history:"):
            for one in detail.earlier:
                st.caption("The person")
                st.html(prose.plain_html(one.prompt, blurred=blurred))
                st.caption("The response it went on with")
                if one.response is None:
                    st.html(prose.plain_html("not known"))
                else:
                    st.html(prose.plain_html(one.response, blurred=blurred))
    with st.container(border=True, key="pair_prompt"):
        st.caption("**Prompt**")
        st.html(prose.plain_html(detail.prompt, blurred=blurred))
    found = _difference(detail)
    right_mean = None if own is None else float(own[1].mean())
    for column, name, side, spans, mark, sign in zip(
        st.columns(2, gap="medium"),
        (f"{CHOSEN}, preferred by the person", f"{REJECTED}, not preferred"),
        (detail.chosen, detail.rejected),
        (found.first, found.second),
        ("ins", "del"),
        (1, -1),
        strict=True,
    ):
        with column, st.container(border=True, height="stretch", key=f"pair_{mark}"):
            st.markdown(f"**{text.plain(name)}**")
            _gauges(side, sign * detail.gap, None if right_mean is None else sign * right_mean)
            st.html(prose.as_html(spans, mark, blurred=blurred))


def _difference(detail: engine.PairDetail) -> word_diff.Difference:
    """Draw how differences are marked, say what the texts share, and return the stretches to show."""
    found = word_diff.difference(detail.chosen.response, detail.rejected.response)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        marking = asking.segments(
            "Words that differ",
            DIFFERENCES,
            MARKING,
            noun="marking",
            default="Automatic",
            help=f"Automatic marks texts that share at least {100 * word_diff.ALIKE:.0f}{text.NBSP}% of their words: "
            "in others nearly everything would be marked.",
        )
        marked = is_marked(found, marking)
        st.caption(text.plain(difference_words(found, marked=marked)))
    if marked:
        return found
    chosen, rejected = ((prose.Span(side.response, False),) for side in (detail.chosen, detail.rejected))
    return word_diff.Difference(chosen, rejected, found.shared)


def is_marked(found: word_diff.Difference, marking: str) -> bool:
    """Tell whether the words that differ are marked."""
    if found.shared is None or marking == "Plain":
        return False
    return marking == "Marked" or found.shared >= word_diff.ALIKE


def difference_words(found: word_diff.Difference, *, marked: bool) -> str:
    """Write what two texts share and how differences are marked."""
    if found.shared is None:
        return f"The texts are too long to compare word by word (more than {word_diff.MOST_WORDS:,} words)."
    shared = f"{100 * found.shared:.0f}{text.NBSP}% of the words stand in passages that both share."
    legend = f" Underlined: only in {CHOSEN}; dashed: only in {REJECTED}."
    return shared + (legend if marked else " Differences are not marked.")


def _gauges(side: engine.Side, gap: float, tuned: float | None) -> None:
    """Draw score and preference of one response; `gap` is its reward minus the other's."""
    with st.container(gap="xxsmall"):
        if side.score is not None:
            st.progress(min(1.0, max(0.0, side.score / 100)), text=f"Person's score: {side.score:g} of 100")
        p = float(expit(gap))
        st.progress(p, text=text.plain(f"Global model: p {p:.2f}, reward {words.number(side.reward)}"))
        if tuned is not None:
            p = float(expit(tuned))
            st.progress(p, text=text.plain(f"Finetuned model: p {p:.2f}"))
    if side.model_name:
        st.caption(text.plain(f"Written by {side.model_name}"))
