"""The questions that divide the shown countries, and the answers to one of them, on the tab of survey answers."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.frame import components
from dashboard.kit import text
from dashboard.kit.figure import Figure, show
from dashboard.survey import columns, pickers, words
from dashboard.survey.charts import answer_questions
from dashboard.survey.load import Survey, load_answers, load_spread
from scpo.data.tables import DatasetInfo
from scpo.measures.survey import least_answering


def show_spread(info: DatasetInfo, survey: Survey, countries: pd.DataFrame) -> None:
    """Show the questions that divide the shown countries most, and the answers to one of them."""
    shown = countries["country"].tolist()
    table = load_spread(survey, shown)
    if table.empty:
        st.caption(f"No question was answered by {least_answering(len(shown))} of these countries.")
        return
    place = st.container()
    picked = pickers.question_picker(table)
    with place:
        _show_heat_map(info, table, countries, picked)
    if picked is not None:
        _show_question(info, survey, picked, shown)


def _show_heat_map(info: DatasetInfo, table: pd.DataFrame, countries: pd.DataFrame, picked: str | None) -> None:
    ids, n_shown = table["question_id"].tolist(), len(countries)
    n_questions = table["question_id"].nunique()
    show(
        Figure(
            name="answer_spread",
            draw=lambda dark: answer_questions.spread_chart(table, countries, question=picked, dark=dark),
            title=words.spread_title(table, n_shown),
            subtitle=words.spread_subtitle(n_questions, n_shown, least=least_answering(n_shown)),
            caption=components.data_caption(info, *words.no_floor()),
            alt=f"Heat map of {text.count(n_questions, 'question')} and {n_shown} countries.",
            how=text.how("question_spread", "jensen_shannon", "no_floor", "non_answers"),
            table=table,
            columns=columns.ANSWER_SPREAD,
            wide=False,
        ),
        on_click=partial(pickers.after_click, chosen=(), known=()),
        on_row=lambda i: {pickers.QUESTION: ids[i]},
    )


def _show_question(info: DatasetInfo, survey: Survey, question: str, shown: list[str]) -> None:
    """Show how the shown countries answered one question."""
    table = load_answers(survey, question, shown)
    st.text(table["question"].iloc[0])
    show(
        Figure(
            name="question",
            draw=lambda dark: answer_questions.question_chart(table, dark=dark),
            title=words.question_title(table),
            subtitle=f"Share of each option in {text.count(table['country'].nunique(), 'country', 'countries')}, in %. "
            f"{words.non_answers(survey.non_answers)} Options are in the order of the source, which is not "
            "always that of a scale.",
            caption=components.data_caption(info, *words.no_floor()),
            alt=f"Heat map: share of {table['option_index'].nunique()} options per country.",
            how=text.how("non_answers", "no_floor"),
            table=table,
            columns=columns.ANSWERS,
        ),
        level=3,
    )
