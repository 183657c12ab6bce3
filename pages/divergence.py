"""Divergence: where do countries really disagree, beyond noise?"""

import streamlit as st

from dashboard.divergence import differences, dividing, pickers, tables, view, words, world
from dashboard.frame import checks, components, presenting, state
from dashboard.kit import glossary, text
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
if not glossary.is_plain():
    dividing.show_dividing(selection, couples, couple)
view.show_examples(selection, couples, couple)
view.show_to_global(selection, found)

plane, locator = st.columns(2, gap="large")
with plane:
    view.show_map(selection, found)
with locator:
    world.show_world(selection, found)
if not glossary.is_plain():
    differences.show_differences(selection, found)
presenting.show_limits("divergence")
checks.show_checks(selection, "divergence")
