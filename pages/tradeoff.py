"""Trade-off: which setting gives a country most for an acceptable loss?"""

import streamlit as st

from dashboard import figures, pickers, sentences
from dashboard.frame import components, state
from dashboard.frame import load as data
from dashboard.kit import text
from dashboard.tradeoff import previews

selection = components.opened()
components.needs_runs(selection, data.load_settings(selection))

controls = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
with controls:
    rule, eps = pickers.rule_picker()
settings = data.load_settings(selection, rule=rule, eps=eps)
with controls:
    country = pickers.country_view(settings)
    log = pickers.scale_picker()
    with_previews = pickers.previews_toggle() if country != state.EVERY else False

if country == state.EVERY:
    rows = settings[settings["country"] != state.MEAN]
    st.header(text.plain(sentences.multiples_title(rows)))
else:
    rows = settings[settings["country"] == country]
    st.header(text.plain(sentences.tradeoff_title(rows, rule)))
components.study_note(selection, settings)

if country == state.EVERY:
    figures.show_small_multiples(selection, rows, rule=rule, eps=eps, log=log, setting=selection.setting)
else:
    grid = previews.load_grid_of(selection, country, rule=rule, eps=eps) if with_previews else None
    chart, details = st.columns([5, 2], gap="large")
    with chart:
        figures.show_tradeoff(selection, rows, rule=rule, eps=eps, log=log, setting=selection.setting, previews=grid)
    with details:
        if grid is not None:
            pickers.proposed(grid, country)
        pickers.point_details(rows, selection.setting)
figures.show_setting_everywhere(selection, settings, selection.setting)
