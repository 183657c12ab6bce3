"""Behaviour: what would change for people?"""

import streamlit as st

from dashboard.behaviour import controls, curve, texts, view, words
from dashboard.behaviour.load import load_picks
from dashboard.frame import components, load, presenting
from dashboard.kit import text
from scpo.results import MEAN

selection = components.opened()
components.needs_runs(selection, load.load_settings(selection))
if not view.has_turns(selection):
    st.header(text.plain("There is nothing to pick from here"))
    st.write(text.plain(words.SURVEY))
    st.stop()

picks = load_picks(selection)
with presenting.controls_place():
    country = controls.country_picker(picks)
here = picks[picks["country"] == country]
rows = picks[picks["setting"] == selection.setting]
row = view.row_of(here, selection.setting)

st.header(text.plain(words.title(row)))
components.study_note(selection, load.load_settings(selection))
view.show_large(row, here)
view.show_notes(selection, here)

left, right = st.columns([1, 1], gap="large")
with left:
    view.show_settings(selection, here, setting=row["setting"])
with right:
    view.show_countries(selection, rows)
curve.show_curve(selection, country, setting=row["setting"])
models = rows if country == MEAN else rows[rows["country"] == country]
view.show_writers(selection, models)
texts.show_changed(selection, models)
presenting.show_limits("behaviour")
