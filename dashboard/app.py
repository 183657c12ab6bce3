"""The frame around every page: navigation, sidebar, status line, banner, and errors in words."""

import streamlit as st

from dashboard.frame import components, load, places, sidebar, state

st.set_page_config(page_title="SCPO", page_icon=places.STATIC / "icon.svg", layout="wide")

page = st.navigation(
    {
        "Understand": [
            st.Page(
                places.page("brief"),
                title="Brief",
                icon=":material/summarize:",
                default=True,
                help="What is the finding, and can I trust it?",
            ),
            st.Page(
                places.page("divergence"),
                title="Divergence",
                icon=":material/hub:",
                help="Where do countries really disagree, beyond noise?",
            ),
            st.Page(
                places.page("pairs"),
                title="Pairs",
                icon=":material/compare:",
                help="The evidence: each preference, with its texts.",
            ),
        ],
        "Steer": [
            st.Page(
                places.page("workbench"),
                title="Workbench",
                icon=":material/tune:",
                help="What do τ and β do, before GPU time is spent?",
            ),
            st.Page(
                places.page("runs"),
                title="Runs",
                icon=":material/play_circle:",
                help="What is running, what happened, what can I stop?",
            ),
        ],
        "Decide": [
            st.Page(
                places.page("tradeoff"),
                title="Trade-off",
                icon=":material/show_chart:",
                help="Which setting gives the country most for an acceptable loss?",
            ),
            st.Page(
                places.page("bias"),
                title="Bias",
                icon=":material/grid_on:",
                help="Who gains, who pays, and do we over-steer?",
            ),
        ],
        "Share": [
            st.Page(
                places.page("data"),
                title="Data & methods",
                icon=":material/database:",
                help="What is this built on, may I use it, can I bring my own?",
            ),
        ],
    },
    position="top",
)

with components.errors_in_words():
    datasets = load.list_datasets()
    selection = sidebar.choose(datasets)
    components.status_line(selection)
    components.banner(datasets.get(selection.dataset or ""))
    selection = sidebar.choose_setting(selection)
    state.remember(selection)
    state.arrive(page.title)
    sidebar.link()
    page.run()
