"""Bias: who gains, who pays, and do we over-steer?"""

import streamlit as st

from dashboard import figures, pickers, sentences
from dashboard.frame import components
from dashboard.frame import load as data
from dashboard.kit import text

selection = components.opened()
settings = data.load_settings(selection)
components.needs_runs(selection, settings)

every_cell = data.load_bias(selection)
cells = every_cell[every_cell["setting"] == selection.setting]
points = data.load_over_steering(settings)

st.header(text.plain(sentences.matrix_title(cells)))
components.study_note(selection, settings)

chart, details = st.columns([5, 2], gap="large")
with details:
    cell = pickers.cell_picker(cells)
    pickers.cell_details(cells, cell)
with chart:
    figures.show_matrix(selection, cells, every_cell, cell=cell)
figures.show_over_steering(selection, points, setting=selection.setting)
