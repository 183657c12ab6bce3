"""The questions that divide the shown countries, and the answers to one of them, on the tab GlobalOpinionQA."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.frame import components, state
from dashboard.kit import table as tables
from dashboard.kit import text
from dashboard.kit.figure import Figure, show
from dashboard.survey import load as opinions
from dashboard.survey import words as opinions_words
from dashboard.survey.charts import answer_questions
from dashboard.survey.load import Survey
from scpo.measures.survey import least_answering


def show_spread(info: Any, survey: Survey, countries: pd.DataFrame) -> None:
    """Show the questions that divide the shown countries most, and the answers to one of them."""
    shown = countries["country"].tolist()
    table = opinions.spread(survey, shown)
    if table.empty:
        st.caption(f"No question was answered by {least_answering(len(shown))} of these countries.")
        return
    place = st.container()
    picked = _question_picker(table)
    with place:
        _show_heat_map(info, table, countries, picked)
    if picked is not None:
        _show_question(info, survey, picked, shown)


def _show_heat_map(info: Any, table: pd.DataFrame, countries: pd.DataFrame, picked: str | None) -> None:
    ids, n_shown = table["question_id"].tolist(), len(countries)
    n_questions = table["question_id"].nunique()
    show(
        Figure(
            name="answer_spread",
            draw=lambda dark: answer_questions.spread_chart(table, countries, question=picked, dark=dark),
            title=opinions_words.spread_title(table, n_shown),
            subtitle=f"{text.count(n_questions, 'question')} with the largest mean distance, of those that at least "
            f"{least_answering(n_shown)} of the {n_shown} shown countries answered; cell: Jensen-Shannon "
            "distance of the country's answers to the mean of these countries. Empty: no answers. "
            "Single questions have no interval.",
            caption=components.data_caption(info, opinions_words.no_floor()),
            alt=f"Heat map of {text.count(n_questions, 'question')} and {n_shown} countries.",
            how=text.how("question_spread", "jensen_shannon", "no_floor", "non_answers"),
            table=table,
            columns=tables.ANSWER_SPREAD,
            wide=False,
        ),
        on_click=partial(state.after_survey_click, chosen=(), known=()),
        on_row=lambda i: {state.QUESTION: ids[i]},
    )


def _question_picker(spread: pd.DataFrame) -> str | None:
    each = spread.drop_duplicates("question_id")
    labels = {
        row.question_id: f"{opinions_words.ends(row.question, 110)} · {row.question_id[:6]}"
        for row in each.itertuples()
    }
    return st.selectbox(
        "Question",
        list(labels),
        index=None,
        format_func=labels.get,
        key=state.QUESTION,
        bind="query-params",
        placeholder="Click a cell, or choose a question, to see how these countries answered it",
    )


def _show_question(info: Any, survey: Survey, question: str, shown: list[str]) -> None:
    """Show how the shown countries answered one question."""
    table = opinions.answers_to(survey, question, shown)
    st.text(table["question"].iloc[0])
    show(
        Figure(
            name="question",
            draw=lambda dark: answer_questions.question_chart(table, dark=dark),
            title=opinions_words.question_title(table),
            subtitle=f"Share of each option in {text.count(table['country'].nunique(), 'country', 'countries')}, in %. "
            f"{opinions_words.non_answers(survey.non_answers)} Options are in the order of the source, which is not "
            "always that of a scale.",
            caption=components.data_caption(info, opinions_words.no_floor()),
            alt=f"Heat map: share of {table['option_index'].nunique()} options per country.",
            how=text.how("non_answers", "no_floor"),
            table=table,
            columns=tables.ANSWERS,
        ),
        level=3,
    )
