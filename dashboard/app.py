"""The frame around every page: navigation, sidebar, status line, banner, and errors in words."""

import streamlit as st

from dashboard.frame import components, load, lost, people, places, presenting, sidebar, starring, state, status, way
from dashboard.kit import figure

page = way.navigate()
lost.drop_empty()
state.arrive(page.url_path or places.FIRST)
lost.begin()
way.in_browser()
figure.offer(starring.show_star)
components.legible_buttons()

with components.errors_in_words():
    people.only_who_may_look()
    datasets = load.list_datasets()
    on_stage = presenting.toggle(datasets)
    choices = presenting.sidebar_place()
    selection = sidebar.choose(datasets, choices)
    with way.title(page):
        if not on_stage:
            status.status_line(selection)
    components.banner(datasets.get(selection.dataset or ""))
    selection = sidebar.choose_setting(selection, choices)
    state.remember(selection)
    state.follow_click()
    lost.show()
    sidebar.link(selection)
    with st.sidebar:
        people.log_out()
    way.next_step(page)
    page.run()
