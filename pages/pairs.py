"""Pairs: show me the evidence."""

import streamlit as st

from dashboard.frame import components
from dashboard.kit import text
from dashboard.pairs import active, filters, histogram, listing, reader

selection = components.opened()
heading = st.container()
listed = filters.choose(selection)
pair = listing.chosen_pair(listed.index)

heading.header(text.plain(filters.heading(listed)))
active.show_active(listed)
table, beside = st.columns([4, 5], gap="large")
with table:
    listing.show_list(selection, listed, pair)
listing.write_address()
with beside if pair is None else table:
    histogram.show_histogram(selection, listed, pair)
with beside:
    reader.show_reader(selection, listed, pair)
