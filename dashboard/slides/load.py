"""What a slide shows: the picture of a starred view, or a starred pair with its verdicts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from dashboard.frame import sides, starring
from dashboard.frame.state import Selection
from dashboard.kit import exports, glossary
from dashboard.kit.live import Live
from dashboard.pairs import reader
from dashboard.pairs.load import load_pairs
from scpo.results import pairs as engine
from scpo.store.stars import View


class PairSlide(NamedTuple):
    """A pair with what the models make of it."""

    detail: engine.PairDetail
    after: float | None
    """Gap under the sidebar's setting of the pair's own country, mean over seeds; None where there is none."""


def load_picture(name: str, view: View, *, dark: bool) -> bytes:
    """Return the picture of a starred view as PNG, in the words of this run: its type is that of no browser.

    Parameters
    ----------
    name : str
        Hash of what the view shows.
    """
    return _picture(name, dark, glossary.is_plain(), view)


@st.cache_data(max_entries=64, show_spinner="Drawing …")
def _picture(name: str, dark: bool, plain: bool, _view: View) -> bytes:
    drawn = _view.dark if dark else _view.light
    spec = exports.figure_spec(
        Live.of(glossary.plain_chart(drawn) if plain else drawn),
        title="",
        subtitle="",
        caption="",
        size=starring.SLIDE_SIZE,
        least_width=_view.least_width,
        dark=dark,
    )
    return exports.trimmed(exports.render(spec, "png"))


def load_pair(selection: Selection, pair_id: str) -> PairSlide | None:
    """Return a starred pair; None if it is not in these data any more."""
    scored, index = load_pairs(selection)
    row = index.row(pair_id)
    if row is None:
        return None
    detail = engine.read_pair(scored, row)
    tuned = reader.tuned_gaps(sides.load_sides(selection).values(), index, detail.country, row)
    gaps = next((gaps for one, gaps in tuned if one.name == selection.setting), None)
    return PairSlide(detail, None if gaps is None else float(np.mean(gaps)))
