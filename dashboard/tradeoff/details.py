"""The selected point of the Trade-off and the proposed preview in numbers, and the ways on from there."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.frame import components, load, places, state
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.tradeoff import against, chosen, controls, external, run_links
from scpo.methods import NEVER_CHOSEN
from scpo.results import MEAN

PAIRS_PAGE, WORKBENCH_PAGE = places.page("pairs"), places.page("workbench")


def proposed(grid: pd.DataFrame, country: str) -> None:
    """Show the previewed setting that was asked for by a click, and the way to the Workbench."""
    found = grid[grid["point"] == st.session_state.get(controls.PROPOSED, "")]
    with st.container(border=True, key="proposed"):
        if found.empty:
            st.caption("Click an empty spot: the setting whose preview lies nearest is proposed here.")
            st.caption(text.plain(_choice_of_previews(grid)))
            return
        row = found.iloc[0]
        st.markdown(f"**Proposed: {text.plain(row['setting_label'])}**  \nPreview: last-layer estimate, not a finetune")
        components.facts(_two_accuracies(row))
        values = {name: f"{row[name]:g}" for name in ("tau", "beta") if pd.notna(row[name])}
        of = {} if country == MEAN else {"of": country}
        st.page_link(WORKBENCH_PAGE, label="Open in the Workbench", icon=":material/tune:", query_params=values | of)


def _choice_of_previews(grid: pd.DataFrame) -> str:
    """Say which preview the rule chooses on training users, and what it has on test users."""
    found, chosen_on = grid[grid["chosen"].astype(bool)], grid["chosen_on"].iloc[0]
    if found.empty:
        return f"No preview is chosen: {chosen_on}."
    row = found.iloc[0]
    return (
        f"The rule chooses the preview {row['setting_label']}, {chosen_on}: {text.share_estimate(row, 'all')} "
        f"all-country, {text.share_estimate(row, 'true')} recovered ({text.sample_text(row, 'all_')})."
    )


def _two_accuracies(row: pd.Series) -> dict[str, str]:
    """Write both accuracies and the excess with interval and n."""
    return {
        "All-country": f"{text.share_estimate(row, 'all')} ({text.sample_text(row, 'all_')})",
        "Recovered share": f"{text.share_estimate(row, 'true')} ({text.sample_text(row, 'true_')})",
        "Of which label-blind": text.percent(row["blind_value"]),
        "Excess": text.difference_estimate(row, "excess"),
    }


def point_details(selection: Selection, rows: pd.DataFrame, setting: str) -> None:
    """Show the selected point: configuration, numbers with intervals, whether its gain is real, run ids."""
    found = rows[rows["setting"] == setting]
    with st.container(border=True, key="point_details"):
        if found.empty:
            st.markdown("**Selected setting**")
            st.caption("This setting has no finished run here. Click a point, or choose another setting.")
            return
        row = found.iloc[0]
        st.markdown(f"**{text.plain(row['setting_label'])}**  \n{text.plain(row['name'])}")
        against.show_against(selection, rows, setting)
        with st.container(gap="xsmall"):
            components.facts(
                {
                    **_two_accuracies(row),
                    "Difference to global": f"{text.difference_estimate(row, 'gain')}, {_p(row)}",
                    "Other countries": f"{text.share_estimate(row, 'others')} ({text.sample_text(row, 'others_')})",
                }
            )
        _made_and_chosen(row)
        run_links.show_runs(selection, row)
        own = text.model_label(row["name"], row["setting_label"], text.as_list(row["runs"]))
        flips_button(
            "point_pairs",
            second=text.own_model_label(row["setting_label"]) if row["country"] == MEAN else own,
            country=None if row["country"] == MEAN else row["country"],
        )
        st.button(
            "Follow it across countries",
            icon=":material/grid_view:",
            key="follow_setting",
            on_click=controls.open_multiples,
            help="Small multiples with this setting drawn strongly in every country.",
        )


def _made_and_chosen(row: pd.Series) -> None:
    """Show how the selected point was made and how sure its choice is: closed, or it reaches far below the chart."""
    rest = {
        **external.training_facts(row),
        "Design effect": f"{row['design_effect']:.1f}" if pd.notna(row["design_effect"]) else text.UNKNOWN,
        "On the front": "never" if row["method"] in NEVER_CHOSEN else "yes" if row["on_frontier"] else "no",
        **chosen.facts(row),
    }
    if glossary.is_plain():
        components.facts(rest)
        return
    with st.expander("How it was made and chosen", icon=":material/fact_check:"), st.container(gap="xsmall"):
        components.facts(rest)


def flips_button(key: str, *, second: str, country: str | None) -> None:
    """Offer the pairs that the global model and another model judge differently.

    Parameters
    ----------
    second : str
        The other model, by its label on the page Pairs.
    country : str or None
        Whose pairs, whatever the sidebar has chosen; None for what it has chosen.
    """
    if st.button(
        glossary.said("Read the pairs whose verdict flips"),
        icon=":material/compare_arrows:",
        type="tertiary",
        key=key,
    ):
        of = {} if country is None else {places.COMMUNITY: load.name_of(state.current())(country)}
        flips = {places.FLIPS: places.FLIPPED, places.SECOND: second, places.ORDER: places.LOST_FIRST}
        st.switch_page(PAIRS_PAGE, query_params=flips | of)


def _p(row: pd.Series) -> str:
    """Write the corrected p, and over how many countries it is corrected, whatever is selected."""
    if pd.isna(row["gain_holm"]):
        return "not tested"
    over = text.count(row["n_family"], "country", "countries")
    return f"p {text.p_value(row['gain_holm'])}, {'mean of' if row['country'] == MEAN else 'corrected over'} {over}"
