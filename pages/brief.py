"""Brief: what is the finding, and can I trust it?"""

from dataclasses import replace

import streamlit as st

from dashboard.brief import view, words
from dashboard.frame import components, load, presenting
from dashboard.kit import glossary, text
from scpo.results import MEAN

selection = components.opened()
countries = load.load_countries(selection)
settings = load.load_settings(selection)
st.markdown(words.ABOUT)

if settings.empty:
    st.header(text.plain(words.disagreement(countries, selection.level)))
    components.study_note(selection, settings)
    view.show_global_model(selection)
    presenting.show_limits("brief")
    components.provenance(selection, [])
    st.stop()

every = load.load_settings(replace(selection, countries=()))
every = every[every["setting"] == selection.setting]
rows = settings[settings["setting"] == selection.setting]
cells = load.load_bias(selection, every=True)
cells = cells[cells["setting"] == selection.setting]

st.header(text.plain(words.gain_title(every, cells)))
components.study_note(selection, settings)
view.show_large(words.large_numbers(every, rows, cells, selection.level))
view.show_ways(every)

left, right = st.columns([3, 2], gap="large")
with left:
    view.show_gain(selection, selection.setting)
with right:
    view.show_small_tradeoff(selection, settings, country=MEAN, setting=selection.setting)

view.show_losers(words.losers(cells))
with st.expander(
    glossary.said("The global model before any training"),
    icon=":material/public:",
    key="brief_global",
    on_change="rerun",
) as opened:
    if opened.open:
        st.markdown(text.plain(words.disagreement(countries, selection.level)))
        view.show_global_model(selection)
presenting.show_limits("brief")
components.provenance(selection, text.all_runs(rows))
