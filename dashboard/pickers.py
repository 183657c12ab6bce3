"""Pickers and details of the pages."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import sentences
from dashboard.frame import state
from dashboard.frame.places import page
from dashboard.kit import marks, text

PAIRS_PAGE, WORKBENCH_PAGE = page("pairs"), page("workbench")
RULE_LABELS = {"Max all-country": "max_all_country", "Max true-country": "max_true_country", "Knee": "knee"}
LOSSES = {"0.5 points": 0.005, "1 point": 0.01, "2 points": 0.02, "5 points": 0.05}


def rule_picker() -> tuple[str, float]:
    """Draw the rule of choice and, where it needs one, the accepted loss."""
    label = st.radio(
        "Rule of the ring",
        list(RULE_LABELS),
        key=state.RULE,
        bind="query-params",
        horizontal=True,
        help="Max all-country: the paper's circle. Max true-country: the highest recovered share whose all-country "
        "accuracy is at most the accepted loss below the best. Knee: the point of the front furthest above the "
        "straight line between its ends.",
    )
    rule = RULE_LABELS[label]
    if rule != "max_true_country":
        return rule, LOSSES["1 point"]
    loss = st.selectbox(
        "Accepted loss", list(LOSSES), index=1, key=state.LOSS, bind="query-params", width=140, filter_mode=None
    )
    return rule, LOSSES[loss]


def country_view(settings: pd.DataFrame) -> str:
    """Draw the country picker: the mean over countries, every country as small multiples, or one country."""
    tuned = settings[settings["method"] != "global"]
    names = dict(zip(tuned["country"], tuned["name"], strict=True))
    names.pop(state.MEAN, None)
    options = {state.MEAN: "Mean over countries"} if (tuned["country"] == state.MEAN).any() else {}
    options |= {state.EVERY: "Every country (small multiples)"} | dict(sorted(names.items(), key=lambda item: item[1]))
    first = 0 if state.MEAN in options else min(1, len(options) - 1)
    return st.selectbox(
        "Country",
        list(options),
        index=first,
        format_func=options.get,
        key=state.COUNTRY,
        bind="query-params",
        width=235,
    )


def scale_picker() -> bool:
    """Draw the switch between log-log and linear axes; True is log."""
    options = ["Log", "Linear"]
    return (
        st.segmented_control("Axes", options, default="Log", key=state.SCALE, bind="query-params", required=True)
        == "Log"
    )


def previews_toggle() -> bool:
    """Draw the switch that shows previews of a grid of settings."""
    return st.toggle(
        "Show previews",
        key=state.PREVIEWS,
        bind="query-params",
        help="Hollow, faint: last-layer estimates of settings that nobody has finetuned. Click an empty spot to get a "
        "setting whose preview lies there.",
    )


def proposed(grid: pd.DataFrame, country: str) -> None:
    """Show the previewed setting that was asked for by a click, and the way to the Workbench."""
    found = grid[grid["point"] == st.session_state.get(state.PROPOSED, "")]
    with st.container(border=True, key="proposed"):
        if found.empty:
            st.caption("Click an empty spot: the setting whose preview lies nearest is proposed here.")
            return
        row = found.iloc[0]
        st.markdown(f"**Proposed: {text.plain(row['setting_label'])}**  \nPreview: last-layer estimate, not a finetune")
        _facts(_two_accuracies(row))
        values = {name: f"{row[name]:g}" for name in ("tau", "beta") if pd.notna(row[name])}
        of = {} if country == state.MEAN else {"of": country}
        st.page_link(WORKBENCH_PAGE, label="Open in the Workbench", icon=":material/tune:", query_params=values | of)


def _two_accuracies(row: pd.Series) -> dict[str, str]:
    """Write both accuracies with interval and n."""
    return {
        "All-country": f"{text.share_estimate(row, 'all')} ({text.sample_text(row, 'all_')})",
        "Recovered share": f"{text.share_estimate(row, 'true')} ({text.sample_text(row, 'true_')})",
    }


def point_details(rows: pd.DataFrame, setting: str) -> None:
    """Show the selected point: configuration, numbers with intervals, run ids."""
    found = rows[rows["setting"] == setting]
    with st.container(border=True, key="point_details"):
        if found.empty:
            st.markdown("**Selected setting**")
            st.caption("This setting has no finished run here. Click a point, or choose another setting.")
            return
        row = found.iloc[0]
        st.markdown(f"**{text.plain(row['setting_label'])}**  \n{text.plain(row['name'])}")
        _facts(
            {
                **_two_accuracies(row),
                "Difference to global": f"{text.difference_estimate(row, 'gain')}, {_p(row)}",
                "Other countries": f"{text.share_estimate(row, 'others')} ({text.sample_text(row, 'others_')})",
                "Training pairs": f"{_number(row['n_kept'])} kept of {_number(row['n_train'])}",
                "Seeds": marks.seeds(row),
                "Design effect": f"{row['design_effect']:.1f}" if pd.notna(row["design_effect"]) else text.UNKNOWN,
                "On the front": "yes" if row["on_frontier"] else "no",
                "Runs": text.short_ids(text.as_list(row["runs"]), most=6) or "none",
            }
        )
        if st.button(
            "Read the pairs whose verdict flips",
            icon=":material/compare_arrows:",
            type="tertiary",
            key="cell_pairs",
        ):
            st.session_state[state.COUNTRIES_NEXT] = [row["tested_on"]]
            st.switch_page(PAIRS_PAGE, query_params=flips(row))
        st.button(
            "Follow it across countries",
            icon=":material/grid_view:",
            key="follow_setting",
            on_click=_open_multiples,
            help="Small multiples with this setting drawn strongly in every country.",
        )


def _open_multiples() -> None:
    st.session_state[state.COUNTRY] = state.EVERY


def _p(row: pd.Series) -> str:
    """Write the p-value: corrected where the setting was tested in several countries, plain for the mean."""
    if pd.isna(row["gain_holm"]):
        return f"p {text.p_value(row['gain_p'])}"
    return f"p after Holm {text.p_value(row['gain_holm'])}"


def _number(value: float) -> str:
    return f"{int(value):,}" if pd.notna(value) else text.UNKNOWN


def _facts(facts: dict[str, str]) -> None:
    for name, value in facts.items():
        st.caption(f"**{name}**  \n{text.plain(value)}")


def cell_picker(cells: pd.DataFrame) -> str | None:
    """Draw the picker of a cell; a click on the matrix chooses it too."""
    labels = {
        cell: f"{trained} on {tested}"
        for cell, trained, tested in zip(cells["cell"], cells["trained_name"], cells["tested_name"], strict=True)
    }
    return st.selectbox(
        "Cell: model of … on pairs of …",
        list(labels),
        index=None,
        format_func=labels.get,
        key=state.CELL,
        bind="query-params",
        placeholder="Click a cell, or choose one",
    )


def flips(row: pd.Series) -> dict[str, str]:
    """Return what the page Pairs is asked for: pairs that the global model and a cell's model judge differently."""
    second = text.model_label(row["trained_name"], row["setting_label"], text.as_list(row["runs"]))
    return {state.FLIPS: "Verdict flips", state.SECOND: second}


def cell_details(cells: pd.DataFrame, cell: str | None) -> None:
    """Show the selected cell: who, how much, how sure, on what."""
    found = cells[cells["cell"] == cell]
    with st.container(border=True, key="cell_details"):
        if found.empty:
            st.caption("Nothing selected: click a cell to see its interval, its users and its runs.")
            return
        row = found.iloc[0]
        st.markdown(f"**Trained for {text.plain(row['trained_name'])}, tested on {text.plain(row['tested_name'])}**")
        if bool(row["too_few_users"]):
            st.caption("Too few users: the interval is shown, a verdict is not.")
        else:
            sure = row["holm"] < sentences.ALPHA
            st.caption("Holds after Holm's correction." if sure else "May be chance after Holm's correction.")
        _facts(
            {
                "Difference to global": text.difference_estimate(row, "diff"),
                "p, and after Holm": f"{text.p_value(row['p'])}, {text.p_value(row['holm'])}",
                "Sample": text.sample_text(row),
                "Seeds": str(int(row["n_seeds"])),
                "Runs": text.short_ids(text.as_list(row["runs"]), most=6) or "none",
            }
        )
        if st.button(
            "Read the pairs whose verdict flips",
            icon=":material/compare_arrows:",
            type="tertiary",
            key="cell_pairs",
        ):
            st.session_state[state.COUNTRIES_NEXT] = [row["tested_on"]]
            st.switch_page(PAIRS_PAGE, query_params=flips(row))
