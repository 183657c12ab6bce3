"""What differs, on the page: for one community, features of responses and parts of the conversations."""

from __future__ import annotations

import streamlit as st

from dashboard.divergence import differences_load as differences
from dashboard.divergence import load as distances
from dashboard.divergence import view as divergence_view
from dashboard.divergence.charts import differences as charts
from dashboard.divergence.load import Distances
from dashboard.frame import components, state
from dashboard.frame.state import Selection
from dashboard.kit import table as tables
from dashboard.kit import text
from dashboard.kit.figure import Figure, show


def who_picker(selection: Selection, found: Distances) -> str:
    """Draw the picker of a community; unpicked it is a chosen country, or where the global model disagrees most.

    What is meant without a choice stands as the placeholder: a default that follows the sidebar would make another
    widget of it, and lose what was picked.
    """
    names = dict(sorted(found.names.items(), key=lambda item: item[1]))
    order = distances.load_to_global(selection, found.order)["country"].tolist()
    first = next((code for code in selection.countries if code in names), order[0])
    picked = st.selectbox(
        "Community",
        list(names),
        index=None,
        placeholder=names[first],
        format_func=names.get,
        key=state.WHO,
        bind="query-params",
        width=260,
        help="A click on a country in a chart chooses it here too.",
    )
    return first if picked is None else picked


def show_differences(selection: Selection, found: Distances) -> None:
    """Show what moves the choices of one community away from the global model, where, and examples."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="what_differs"):
        st.subheader("What differs", width="content")
        country = who_picker(selection, found)
    name = found.names[country]
    st.caption(text.plain(differences.HOW["people"]))
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
            divergence_view.show_examples_of(selection, country, name)


def _show_features(selection: Selection, country: str, name: str) -> None:
    table = differences.load_features(selection, country)
    known = table.dropna(subset=["coefficient"])
    if known.empty:
        st.caption(text.plain(f"{name}: no feature can be measured, as there are fewer than two users."))
        return
    show(
        Figure(
            name="features",
            draw=lambda dark: charts.features_chart(table, dark=dark),
            title=differences.features_title(table, name),
            subtitle=f"Features of responses, {text.sample_text(table.iloc[0])}; coefficient with 80 % (thick) and "
            f"95 % (thin) intervals over users. Filled: holds after Holm's correction. Units differ between rows."
            f"{differences.unseen(table)}",
            caption=components.caption(selection, []),
            alt=f"Dot plot with intervals: coefficients of {len(known)} features in {name}.",
            how=differences.how("features", "cluster", "people"),
            table=table,
            columns=tables.FEATURES,
        ),
        level=3,
    )


def _show_where(selection: Selection, country: str, name: str) -> None:
    table = differences.load_where(selection, country)
    if table.empty:
        st.caption(text.plain(f"{name}: no kind of conversation and no topic has twenty pairs."))
        return
    show(
        Figure(
            name="where",
            draw=lambda dark: charts.where_chart(table, dark=dark),
            title=differences.where_title(table, name),
            subtitle="Share of pairs with gap < 0 in one kind of conversation or topic of prompts, minus the share in "
            "the community's other pairs; 80 % (thick) and 95 % (thin) intervals over users. Filled: holds after "
            "Holm's correction. Grey: fewer than ten users.",
            caption=components.caption(selection, []),
            alt=f"Dot plot with intervals: difference in disagreement in {len(table)} parts of the pairs of {name}.",
            how=differences.how("where", "cluster", "people"),
            table=table,
            columns=tables.WHERE,
        ),
        level=3,
    )
