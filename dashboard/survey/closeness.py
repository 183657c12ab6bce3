"""How close models' opinions are to survey answers, on the tab of survey answers."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.frame import components, load, lost
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.kit.figure import Figure, show
from dashboard.survey import columns, pickers, words
from dashboard.survey.charts import closeness as charts
from dashboard.survey.closeness_load import MOST_RUNS, Judged, judge, load_of_global, load_of_runs, not_scored
from dashboard.survey.load import Survey
from scpo.data.countries import display_name
from scpo.data.tables import DatasetInfo
from scpo.measures.model_opinions import DEFAULT_TEMPERATURE

GLOBAL, RUNS = 430, 540
"""Widths of the two charts in pixels: side by side, below each other on a small screen."""

TEMPERATURE = "temperature"
"""Key of the slider = name of the URL parameter."""

TEMPERATURES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def show_closeness(info: DatasetInfo, survey: Survey, selection: Selection, countries: pd.DataFrame) -> None:
    """Show how close the global model and its runs are to the answers, or which command makes them score.

    While presenting, only what the global model has scored, without runs.
    """
    on_stage = glossary.is_plain()
    if on_stage and (selection.model is None or not judge(survey, selection.model, 1.0).fingerprint):
        return
    st.subheader("How close models' opinions are to these answers")
    if selection.model is None:
        st.write("No global model is chosen: train one, or choose a data set with one in the sidebar.")
        return
    choices = st.expander("Choices for models", key="present_opinions") if on_stage else st.container()
    with choices:
        judged = judge(survey, selection.model, _temperature())
    if not judged.fingerprint:
        _show_how_to_score(survey, selection.model)
        return
    table = load_of_global(judged, sorted(countries["country"]))
    if on_stage:
        with choices:
            country = pickers.compared_picker(judged, table, selection)
        _show_global(info, judged, table, country)
        return
    with st.container(horizontal=True, gap="medium"):
        left, right = st.container(width=GLOBAL), st.container(width=RUNS)
    with right:
        country = pickers.compared_picker(judged, table, selection)
        _show_runs(info, judged, country)
    with left:
        _show_global(info, judged, table, country)
    waiting = not_scored(judged)
    if waiting:
        verb = "has" if len(waiting) == 1 else "have"
        said = f"{text.count(len(waiting), 'finished run')} of this model {verb} not scored the options. Do it with:"
        st.caption(text.plain(said))
        st.code(_command(survey, selection.model), language="bash")


def _temperature() -> float:
    lost.check("temperature", TEMPERATURE, [str(one) for one in TEMPERATURES])
    return float(
        st.select_slider(
            "Temperature of the softmax over rewards",
            TEMPERATURES,
            value=DEFAULT_TEMPERATURE,
            key=TEMPERATURE,
            bind="query-params",
            width=420,
            help="Low: a model is certain of its best option. High: every option alike. No value is right.",
        )
    )


def _command(survey: Survey, model: str) -> str:
    return f"scpo opinions --data {survey.dataset} --model {model} --score"


def _show_how_to_score(survey: Survey, model: str) -> None:
    others = [name for name in load.list_models(survey.dataset) if not name.startswith("run:")]
    st.write(
        text.plain(f"{model} has not scored the options of {survey.dataset}. This command lets it and its runs do so:")
    )
    st.code(_command(survey, model), language="bash")
    if others:
        said = f"Scored by: {text.listed(others)}. Choose a data set with that model in the sidebar to see it."
        st.caption(text.plain(said))


def _show_global(info: DatasetInfo, judged: Judged, table: pd.DataFrame, country: str) -> None:
    codes = table["country"].tolist()
    few = int(table["too_few_questions"].sum())
    grey = f" {words.FEW}" if few else ""
    only = " Test questions only: the model was trained on the others." if table["test_questions_only"].any() else ""
    show(
        Figure(
            name="closeness",
            draw=lambda dark: charts.global_chart(table, picked=country, dark=dark),
            title=words.of_global_title(table, judged.temperature),
            subtitle=f"{words.of_global_subtitle()}{grey}{only}",
            caption=components.data_caption(
                info, f"global model: {judged.model}", f"temperature {judged.temperature:g}", "no runs"
            ),
            alt=f"Dot plot with intervals: closeness of the global model to {len(table)} countries, with a mark for "
            "equal shares.",
            how=text.how(
                "opinion_closeness", "opinion_distribution", "uniform_opinions", "jensen_shannon", "few_questions"
            ),
            table=table,
            columns=columns.CLOSENESS,
        ),
        on_click=partial(pickers.after_click, chosen=(), known=()),
        on_row=lambda i: {pickers.COMPARED: codes[i]},
        level=3,
    )


def _show_runs(info: DatasetInfo, judged: Judged, country: str) -> None:
    table = load_of_runs(judged, country)
    table = table.assign(
        setting_label=[
            words.UNIFORM if pd.isna(run) else text.setting_label(method, tau, beta)
            for run, method, tau, beta in zip(table["run"], table["method"], table["tau"], table["beta"], strict=True)
        ]
    )
    runs = table["run"].dropna().tolist()
    if not runs:
        st.caption("No finished run of this model has scored the options yet.")
        return
    shown = table.head(MOST_RUNS + 1)
    left_out = len(table) - len(shown)
    rest = f" {text.count(left_out, 'further run')} in the table only." if left_out else ""
    only = shown["test_questions_only"].astype(bool)
    n_only = shown.loc[only, "diff_n_questions"].max()
    stars = f" *: {text.count(n_only, 'test question')}; it was trained on the others." if only.any() else ""
    grey = f" {words.FEW}" if shown["too_few_questions"].any() else ""
    show(
        Figure(
            name="closeness_runs",
            draw=lambda dark: charts.runs_chart(shown, dark=dark),
            title=words.of_runs_title(table, display_name(country), judged.temperature),
            subtitle=f"Closeness to the answers of {display_name(country)}, run minus global model, paired over "
            f"{text.count(shown['diff_n_questions'].max(), 'question')}; bars 80 % (thick) and "
            f"95 % (thin). Filled: holds after Holm's correction over the rows.{stars}{grey}{rest}",
            caption=components.data_caption(
                info,
                f"global model: {judged.model}",
                f"temperature {judged.temperature:g}",
                f"runs: {text.short_ids(runs)}",
            ),
            alt=f"Dot plot with intervals: difference to the global model of {text.count(len(runs), 'run')}.",
            how=text.how("opinion_closeness", "uniform_opinions", "holm_models", "few_questions"),
            table=table,
            columns=columns.CLOSENESS_RUNS,
            least_width=200,
        ),
        level=3,
    )
