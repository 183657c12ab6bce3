"""Compare: are these two really different, and on which pairs?"""

import streamlit as st

from dashboard.compare import asked as pickers
from dashboard.compare import counts, view, words
from dashboard.frame import components, load, presenting, sides
from dashboard.kit import text

selection = components.opened()
if not load.has_runs(selection) and len(sides.load_sides(selection)) < 2:
    components.needs_runs(selection, load.load_settings(selection))

asked = pickers.choose(selection)
found = sides.load_comparison(selection, asked.keys)

st.header(text.plain(words.title(found.table, asked.keys[1], "A", "B")))
differences, verdicts = st.columns([5, 3], gap="large")
with differences:
    view.show_differences(selection, asked, found)
with verdicts:
    view.show_verdicts(asked, found)
counts.show_counts(selection, asked, found)
trust, settings = st.columns([3, 2], gap="large")
with trust:
    view.show_trust(asked, found)
with settings:
    view.show_settings(asked)
presenting.show_limits("compare")
