"""From random to best-of-n: what people think of more reward, beside what the model thinks of it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.behaviour import charts, columns, controls, words
from dashboard.behaviour.load import load_curves
from dashboard.frame import components
from dashboard.frame.state import Selection
from dashboard.kit import text
from dashboard.kit.figure import Figure, show


def show_curve(selection: Selection, country: str, *, setting: str) -> None:
    """Show both curves with the slider; a move of it leaves the rest of the page as it is."""
    st.fragment(_show)(selection, country, setting)


def _show(selection: Selection, country: str, setting: str) -> None:
    with components.errors_in_words():
        steps = with_words(load_curves(selection, country))
        own = steps[steps["setting"] == setting]
        st.subheader(text.plain(words.curve_title(own)))
        step = controls.step_slider()
        here, said = steps[steps["step"].eq(step)], []
        for who, those in (
            ("Selected setting", here["setting"] == setting),
            ("Global model", here["method"] == "global"),
        ):
            said.append(text.plain(words.step_words(here[those].iloc[0], who)))
        st.caption("  \n".join(said))
        left, right = st.columns([3, 2], gap="large")
        with left:
            show(people_figure(selection, steps, setting=setting, step=step), level=3, lazy=True)
        with right:
            show(reward_figure(selection, steps, setting=setting, step=step), level=3, lazy=True)


def with_words(steps: pd.DataFrame) -> pd.DataFrame:
    """Add what a tooltip says."""
    return steps.assign(
        b_words=[words.b_name(b) for b in steps["b"]],
        words=[text.share_estimate(row, "picked") for _, row in steps.iterrows()],
    )


def people_figure(selection: Selection, steps: pd.DataFrame, *, setting: str, step: int) -> Figure:
    """Draw people's win share against the way gone."""
    own = steps[steps["setting"] == setting]
    row = own.iloc[0]
    return Figure(
        name="best_of_n",
        draw=lambda dark: charts.curve_chart(steps, number="picked", selected=setting, step=step),
        title="What people think",
        subtitle=f"{row['name']}: expected win share of a policy that follows the reward more and more; ring: the "
        f"slider. Area: {text.level_name(selection.level)} interval over users; dashed: global model; "
        "level: a random response.",
        caption=components.caption(selection, text.all_runs(steps)),
        alt="Lines from random to best-of-n: KL against people's win share, "
        f"{text.count(steps['curve'].nunique(), 'model')}.",
        how=text.how("best_of_n", "win_share", "interval", "mean"),
        table=steps,
        columns=columns.CURVE,
        finding=words.curve_title(own),
    )


def reward_figure(selection: Selection, steps: pd.DataFrame, *, setting: str, step: int) -> Figure:
    """Draw the model's own reward against the way gone."""
    return Figure(
        name="best_of_n_reward",
        draw=lambda dark: charts.curve_chart(steps, number="reward", selected=setting, step=step),
        title="What the model itself thinks",
        subtitle="Expected reward above a random response, in standard deviations of a model's own rewards within "
        "turns: it rises by construction.",
        caption=components.caption(selection, text.all_runs(steps)),
        alt="Lines from random to best-of-n: KL against the model's own reward.",
        how=text.how("best_of_n"),
        table=steps,
        columns=columns.CURVE,
        finding=words.reward_title(steps[steps["setting"] == setting]),
    )
