"""Brief: what is the finding, and can I trust it?"""

import streamlit as st

from dashboard import figures, sentences
from dashboard.frame import components, state
from dashboard.frame import load as data
from dashboard.kit import text

selection = components.opened()
countries = data.load_countries(selection)
settings = data.load_settings(selection)

if settings.empty:
    st.header(text.plain(sentences.disagreement(countries, selection.level)))
    components.study_note(selection, settings)
    figures.show_global_model(selection)
    components.provenance(selection, [])
    st.stop()

rows = settings[settings["setting"] == selection.setting]
cells = data.load_bias(selection)

st.header(text.plain(sentences.gain_title(rows)))
components.study_note(selection, settings)
st.markdown(text.plain(sentences.disagreement(countries, selection.level)))
st.markdown(text.plain(sentences.gain(rows)))
st.markdown(text.plain(sentences.price(rows, cells[cells["setting"] == selection.setting])))

left, right = st.columns([3, 2], gap="large")
with left:
    figures.show_gain(selection, selection.setting)
with right:
    figures.show_small_tradeoff(selection, settings, country=state.MEAN, setting=selection.setting)

with st.expander(
    "The global model before any training", icon=":material/public:", key="brief_global", on_change="rerun"
) as opened:
    if opened.open:
        figures.show_global_model(selection)
components.provenance(selection, text.all_runs(rows))
