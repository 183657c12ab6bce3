"""The common pairs that divide a couple, on the page: a list, one of them with its texts, and the way to the reader."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.divergence import columns, view, words
from dashboard.divergence.load import load_dividing
from dashboard.frame import load, places
from dashboard.frame.state import Selection
from dashboard.kit import text
from dashboard.kit.table import twin

TABLE = "dividing_pairs"
"""Key of the table."""

MOST_SHOWN = 25


def show_dividing(selection: Selection, couples: pd.DataFrame, couple: str | None) -> None:
    """Show the pairs in which the models of the selected couple prefer different responses, if one is selected."""
    found = couples[couples["couple"] == couple]
    if found.empty:
        return
    row = found.iloc[0]
    names = {row["first"]: row["first_name"], row["second"]: row["second_name"]}
    st.subheader(text.plain(f"Pairs that divide the models of {row['first_name']} and {row['second_name']}"))
    common = load_dividing(selection, row["first"], row["second"])
    divided = common.pairs[common.pairs["divided"]]
    shown = divided.head(MOST_SHOWN).reset_index(drop=True)
    said = words.dividing(common.n_judged, common.n_users, len(divided), len(shown), common.n_flagged)
    st.caption(text.plain(f"{said} {words.HOW['dividing']} Licence of the texts: {load.info_of(selection).licence}."))
    if shown.empty:
        return
    listed = with_words(shown, names)
    heads = {"First model prefers": f"Model of {row['first_name']} prefers"}
    heads["Second model prefers"] = f"Model of {row['second_name']} prefers"
    event = st.dataframe(
        twin(listed, columns.DIVIDING).rename(columns=heads),
        hide_index=True,
        key=TABLE,
        on_select="rerun",
        selection_mode="single-row",
        height=240,
        alt=f"Pairs that divide the models of {row['first_name']} and {row['second_name']}",
    )
    picked = event["selection"]["rows"]
    place = picked[0] if picked and picked[0] < len(listed) else 0
    _show_pair(listed.iloc[place], names=(row["first_name"], row["second_name"]))


def with_words(pairs: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Add whose choice each pair is and what both models prefer; texts on one line."""
    return pairs.assign(
        whose=[names[country] for country in pairs["country"]],
        **{
            f"{side}_words": ["the chosen" if right else "the rejected" for right in pairs[f"{side}_right"]]
            for side in ("first", "second")
        },
        **{name: [view.shortened(prose) for prose in pairs[name]] for name in ("prompt", "chosen", "rejected")},
    )


def _show_pair(pair: pd.Series, *, names: tuple[str, str]) -> None:
    """Show the texts of one pair with both verdicts, and lead to the page Pairs."""
    with st.container(border=True, key="dividing_pair"):
        st.caption("Prompt")
        st.text(pair["prompt"])
        for column, side in zip(st.columns(2), ("chosen", "rejected"), strict=True):
            with column:
                liked = [
                    name
                    for name, right in zip(names, (pair["first_right"], pair["second_right"]), strict=True)
                    if bool(right) == (side == "chosen")
                ]
                by = f" · preferred by the model of {text.listed(liked)}" if liked else ""
                st.caption(text.plain(f"A person of {pair['whose']} {'chose' if side == 'chosen' else 'rejected'}{by}"))
                st.text(pair[side])
        if view.PAIRS_PAGE.exists():
            st.page_link(
                view.PAIRS_PAGE,
                label="Read this pair on the page Pairs",
                icon=":material/open_in_new:",
                query_params={places.PAIR: str(pair["pair_id"])},
            )
