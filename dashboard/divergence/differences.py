"""What differs, on the page: for one community, features of responses and parts of the conversations."""

from __future__ import annotations

import streamlit as st

from dashboard.divergence import columns, pickers, view, words
from dashboard.divergence.charts import differences as charts
from dashboard.divergence.load import Distances, load_features, load_where
from dashboard.frame import components
from dashboard.frame.state import Selection
from dashboard.kit import text
from dashboard.kit.figure import Figure, show


def show_differences(selection: Selection, found: Distances) -> None:
    """Show what moves the choices of one community away from the global model, where, and examples."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="what_differs"):
        st.subheader("What differs", width="content")
        country = pickers.who_picker(selection, found)
    name = found.names[country]
    st.caption(text.plain(words.HOW["people"]))
    left, right = st.columns(2, gap="large")
    with left:
        _show_features(selection, country, name)
    with right:
        _show_where(selection, country, name)
    title = f"Example pairs: the global model disagrees most with {name}"
    with st.expander(
        text.plain(title), icon=":material/format_quote:", key="differs_examples", on_change="rerun"
    ) as box:
        if box.open:
            view.show_examples_of(selection, country, name)


def _show_features(selection: Selection, country: str, name: str) -> None:
    table = load_features(selection, country)
    known = table.dropna(subset=["coefficient"])
    if known.empty:
        st.caption(text.plain(f"{name}: no feature can be measured, as there are fewer than two users."))
        return
    show(
        Figure(
            name="features",
            draw=lambda dark: charts.features_chart(table, dark=dark),
            title=words.features_title(table, name),
            subtitle=f"Features of responses, {text.sample_text(table.iloc[0])}; coefficient with 80 % (thick) and "
            f"95 % (thin) intervals over users. Filled: holds after Holm's correction. Units differ between rows."
            f"{words.slope(table)}{words.unseen(table)}",
            caption=components.caption(selection, []),
            alt=f"Dot plot with intervals: coefficients of {len(known)} features in {name}.",
            how=text.how("features", "cluster", "people", own=words.HOW),
            table=table,
            columns=columns.FEATURES,
        ),
        level=3,
    )


def _show_where(selection: Selection, country: str, name: str) -> None:
    table = load_where(selection, country)
    if table.empty:
        st.caption(text.plain(f"{name}: no kind of conversation and no topic has twenty pairs."))
        return
    show(
        Figure(
            name="where",
            draw=lambda dark: charts.where_chart(table, dark=dark),
            title=words.where_title(table, name),
            subtitle="Share of pairs with gap < 0 in one kind of conversation or topic of prompts, minus the share in "
            "the community's other pairs; 80 % (thick) and 95 % (thin) intervals over users. Filled: holds after "
            "Holm's correction. Grey: fewer than ten users.",
            caption=components.caption(selection, []),
            alt=f"Dot plot with intervals: difference in disagreement in {len(table)} parts of the pairs of {name}.",
            how=text.how("where", "cluster", "people", own=words.HOW),
            table=table,
            columns=columns.WHERE,
        ),
        level=3,
    )
