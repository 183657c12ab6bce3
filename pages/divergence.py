"""Divergence: where do countries really disagree, beyond noise?"""

import streamlit as st

from dashboard.divergence import pickers, sections, tables, view, words
from dashboard.frame import checks, components, presenting, state
from dashboard.kit import text
from dashboard.survey import pickers as survey_pickers
from dashboard.survey.view import show_survey

if survey_pickers.view_picker() == survey_pickers.ANSWERS:
    show_survey(state.current())
    st.stop()

selection = components.opened()
found = view.opened(selection)
couples = tables.couples(found)

st.header(text.plain(words.title(couples)))
view.show_note(selection, found)

chart, details = view.side_by_side(found)
with details:
    couple = pickers.couple_picker(couples)
    view.couple_details(couples, tables.communities(found), couple, level=selection.level)
with chart:
    view.show_triangle(selection, found, couples, couple)
sections.show_sections(selection, found, couples, couple)
presenting.show_limits("divergence")
checks.show_checks(selection, "divergence")
