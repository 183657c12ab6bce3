"""The frame around every page: navigation, sidebar, status line, banner, and errors in words."""

import streamlit as st

from dashboard.frame import components, load, places, presenting, sidebar, starring, state
from dashboard.kit import figure

st.set_page_config(page_title="SCPO", page_icon=places.STATIC / "icon.svg", layout="wide")

# Script, title, icon and question of each page, by section of the navigation.
PAGES = {
    "Understand": [
        ("brief", "Brief", "summarize", "What is the finding, and can I trust it?"),
        ("divergence", "Divergence", "hub", "Where do countries really disagree, beyond noise?"),
        ("pairs", "Pairs", "compare", "The evidence: each preference, with its texts."),
    ],
    "Steer": [
        ("workbench", "Workbench", "tune", "What do τ and β do, before GPU time is spent?"),
        ("runs", "Runs", "play_circle", "What is running, what happened, what can I stop?"),
    ],
    "Decide": [
        ("tradeoff", "Trade-off", "show_chart", "Which setting gives the country most for an acceptable loss?"),
        ("bias", "Bias", "grid_on", "Who gains, who pays, and do we over-steer?"),
        ("compare", "Compare", "balance", "Are these two really different, and on which pairs?"),
        ("behaviour", "Behaviour", "checklist", "What would change for people?"),
    ],
    "Share": [
        ("report", "Report", "description", "What can I put into a paper or slide today?"),
        ("slides", "Slides", "slideshow", "What do I want to show, in which order, and what do I say about it?"),
        ("data", "Data & methods", "database", "What is this built on, may I use it, can I bring my own?"),
    ],
}

pages = {
    section: [
        st.Page(places.page(name), title=title, icon=f":material/{icon}:", default=name == places.FIRST, help=question)
        for name, title, icon, question in rows
    ]
    for section, rows in PAGES.items()
}
page = st.navigation(pages, position="top")
figure.offer(starring.show_star)
components.legible_buttons()

with components.errors_in_words():
    datasets = load.list_datasets()
    on_stage = presenting.toggle(datasets)
    choices = presenting.sidebar_place()
    selection = sidebar.choose(datasets, choices)
    if not on_stage:
        components.status_line(selection)
    components.banner(datasets.get(selection.dataset or ""))
    selection = sidebar.choose_setting(selection, choices)
    state.remember(selection)
    state.arrive(page.url_path or places.FIRST)
    state.follow_click()
    sidebar.link()
    page.run()
