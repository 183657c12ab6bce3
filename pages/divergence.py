"""Divergence: where do countries really disagree, beyond noise?"""

import streamlit as st

from dashboard.divergence import differences as differences_view
from dashboard.divergence import load as distances
from dashboard.divergence import view as divergence_view
from dashboard.divergence import words as divergence_words
from dashboard.divergence import world
from dashboard.frame import components, state
from dashboard.kit import text
from dashboard.survey import view as opinions_view

if opinions_view.view_picker() == opinions_view.ANSWERS:
    opinions_view.show_survey(state.current())
    st.stop()

selection = components.opened()
found = divergence_view.opened(selection)
couples = distances.couples(found)

st.header(text.plain(divergence_words.title(couples)))
divergence_view.show_note(selection, found)

chart, details = divergence_view.side_by_side(found)
with details:
    couple = divergence_view.couple_picker(couples)
    divergence_view.couple_details(couples, distances.communities(found), couple, level=selection.level)
with chart:
    divergence_view.show_triangle(selection, found, couples, couple)
divergence_view.show_examples(selection, couples, couple)
divergence_view.show_to_global(selection, found)

plane, locator = st.columns(2, gap="large")
with plane:
    divergence_view.show_map(selection, found)
with locator:
    world.show_world(selection, found)
differences_view.show_differences(selection, found)
