"""Bias: who gains, who pays, and do we over-steer?"""

import streamlit as st

from dashboard.bias import card, depth, view, words
from dashboard.bias.load import load_others
from dashboard.frame import checks, components, load, presenting
from dashboard.kit import glossary, text
from dashboard.tradeoff.view import show_left_out

selection = components.opened()
settings = load.load_settings(selection)
components.needs_runs(selection, settings)

every_cell = load.load_bias(selection, every=True)
cells = load.load_bias(selection)
cells = cells[cells["setting"] == selection.setting]

st.header(text.plain(words.matrix_title(cells)))
components.study_note(selection, settings)
show_left_out(selection)

chart, details = st.columns([5, 2], gap="large")
with details:
    cell = view.cell_picker(cells)
    view.cell_details(cells, cell)
with chart:
    view.show_matrix(selection, cells, every_cell, cell=cell, others=load_others(selection, cells))
if not glossary.is_plain():
    card.show_card(selection, cells)
view.show_over_steering(selection, settings, setting=selection.setting)
depth.show_depth(selection, cells)
presenting.show_limits("bias")
checks.show_checks(selection, "bias")
