"""The tab of survey answers of the page Divergence: how far apart the answers of countries are, and which questions."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.frame import asking, components, load, presenting
from dashboard.frame.state import Selection
from dashboard.kit import text
from dashboard.kit.figure import Figure, show
from dashboard.kit.table import Column
from dashboard.survey import columns, pickers, words
from dashboard.survey.charts import answer_bars, answer_couples
from dashboard.survey.closeness import show_closeness
from dashboard.survey.load import (
    MOST_SHOWN,
    Survey,
    list_surveys,
    load_couples,
    load_dividing,
    load_survey,
    ordered,
    placed,
    shown_countries,
)
from dashboard.survey.questions import show_spread
from scpo.data.countries import display_name
from scpo.data.tables import DatasetInfo
from scpo.measures.survey import LEAST_SHARED

SURVEY, SHOWN, NON_ANSWERS = "survey", "shown", "non_answers"
"""Keys of the widgets = names of the URL parameters."""

DETAILS = 240
"""Width of the details in pixels."""

QUESTIONS = (3, 5, 10)
"""How many dividing questions of a couple may be drawn."""

HUB = "Anthropic/llm_global_opinions"


def show_survey(selection: Selection) -> None:
    """Show the answers of countries and, where models have scored the options, how close models are to them."""
    surveys = list_surveys()
    if not surveys:
        _show_how_to_register()
        return
    header = st.container()
    info, survey, asked = _controls(surveys, selection)
    if not load.list_datasets()[selection.dataset or info.name].synthetic:
        with header:
            components.banner(info)
    if len(load_survey(survey).answers.countries) < 2:
        header.header("A comparison needs the answers of two countries")
        st.write("This data set has answers of one country only.")
        return
    shown = shown_countries(survey, asked, selection.countries)
    table = load_couples(survey, shown, selection.level)
    countries = ordered(survey, shown, table)
    couples = placed(table, countries)
    header.header(text.plain(words.title(couples)))
    _show_missing(survey, selection)
    _show_couples(info, survey, selection, couples, countries)
    show_spread(info, survey, countries)
    show_closeness(info, survey, selection, countries)
    presenting.show_limits("survey", presenting.OF_SURVEYS)


def _show_how_to_register() -> None:
    st.header(words.EMPTY)
    st.write(
        "GlobalOpinionQA holds how people of many countries answered questions of the Pew Global Attitudes Survey and "
        "the World Values Survey. Download its table (CC-BY-NC-SA-4.0) and register it on the command line. Answers of "
        "your own are read by the upload on the page Data & methods."
    )
    st.code(
        f"hf download --repo-type dataset {HUB} data/global_opinions.csv --local-dir .\n"
        "scpo data add opinions --source global-opinions --path data/global_opinions.csv",
        language="bash",
    )
    st.caption("Afterwards reload this page: it shows distances between countries and the questions that divide them.")


def _controls(surveys: dict[str, DatasetInfo], selection: Selection) -> tuple[DatasetInfo, Survey, list[str]]:
    """Draw what is compared: the data set if there are several, countries, and what non-answers are."""
    names = _listed(surveys, selection)
    with presenting.controls_place():
        name = names[0]
        if len(names) > 1:
            name = asking.choose("Survey", SURVEY, names, width=220)
        place = st.container()
        counted = asking.switch(
            "Count non-answers as options",
            NON_ANSWERS,
            noun="non-answers",
            help="“Don't know”, “Refused” and the like. Otherwise they are left out and the rest adds up to 100 %.",
        )
    survey = Survey(name, surveys[name].key, counted)
    there = sorted(load_survey(survey).answers.countries, key=display_name)
    with place:
        asked = asking.several(
            "Countries shown",
            SHOWN,
            {code: display_name(code) for code in there},
            noun="country",
            placeholder=f"{min(len(there), MOST_SHOWN)} that share many questions, of {len(there)}",
            help="Two or more: they alone are shown. Otherwise the paper's countries, those that "
            "share ten questions with most of them, and the countries of the sidebar.",
        )
    return surveys[name], survey, asked


def _listed(surveys: dict[str, DatasetInfo], selection: Selection) -> list[str]:
    """List the surveys: that of the sidebar first, then generated ones beside generated data and real beside real."""
    known = load.list_datasets().get(selection.dataset or "")
    synthetic = known is not None and known.synthetic
    return sorted(surveys, key=lambda name: (name != selection.dataset, surveys[name].synthetic != synthetic))


def _show_missing(survey: Survey, selection: Selection) -> None:
    there = set(load_survey(survey).answers.countries)
    missing = [display_name(code) for code in selection.countries if code not in there]
    if missing:
        said = f"Chosen in the sidebar, but without answers in this survey: {text.listed(missing)}."
        st.info(text.plain(said), icon=":material/info:")


def _show_couples(
    info: DatasetInfo, survey: Survey, selection: Selection, couples: pd.DataFrame, countries: pd.DataFrame
) -> None:
    """Show the distances of all couples, with the couple that is picked beside and its questions below."""
    if couples.empty:
        st.caption("No two of these countries answered a common question.")
        return
    where = answer_couples.plan(countries)
    with st.container(horizontal=True, gap="medium"):
        chart, details = st.container(width=max(560, where.width + 8)), st.container(width=DETAILS)
    with details:
        couple = pickers.couple_picker(couples)
        _couple_details(couples, couple, level=selection.level)
    few = int(couples["too_few_questions"].sum())
    grey = f" Grey: {text.count(few, 'couple')} with fewer than {LEAST_SHARED} shared questions." if few else ""
    ids = couples["couple"].tolist()
    known = set(load.list_datasets()[selection.dataset].users_per_country) if selection.dataset else set()
    with chart:
        show(
            Figure(
                name="answer_distances",
                draw=lambda dark: answer_couples.couples_chart(
                    couples, countries, chosen=selection.countries, offered=known, couple=couple, dark=dark
                ),
                title="How differently countries answer the same questions",
                finding=words.title(couples),
                subtitle=words.couples_subtitle(len(countries), selection.level, non_answers_count=survey.non_answers)
                + grey,
                caption=components.data_caption(info, *words.no_floor()),
                alt=f"Triangle of mean Jensen-Shannon distances between {len(countries)} countries; "
                f"{len(couples) - few} of {len(couples)} couples share at least {LEAST_SHARED} questions.",
                how=text.how(
                    "answer_distance", "jensen_shannon", "answer_order", "no_floor", "non_answers", "few_questions"
                ),
                table=couples,
                columns=columns.ANSWER_COUPLES,
                wide=False,
            ),
            on_click=partial(pickers.after_click, chosen=selection.countries, known=known),
            on_row=lambda i: {pickers.DIVIDED: ids[i]},
        )
    _show_dividing(info, survey, couples, couple)


def _couple_details(couples: pd.DataFrame, couple: str | None, *, level: float) -> None:
    """Show the picked couple in words."""
    found = couples[couples["couple"] == couple]
    with st.container(border=True, key="answer_couple_details"):
        if found.empty:
            st.caption("Nothing selected: click a cell to see which questions divide the two countries most.")
            return
        row = found.iloc[0]
        st.markdown(f"**{text.plain(row['first_name'])} and {text.plain(row['second_name'])}**")
        st.caption(text.plain(words.couple(row)))
        facts = {
            f"Mean distance, {text.level_name(level)} interval": words.estimate(row),
            "Shared questions": f"{row['n_questions']:,}",
            "Verdict": words.verdict(),
        }
        components.facts(facts)


def _show_dividing(info: DatasetInfo, survey: Survey, couples: pd.DataFrame, couple: str | None) -> None:
    """Show the questions that divide the picked couple most, with both answers."""
    found = couples[couples["couple"] == couple]
    if found.empty:
        return
    row = found.iloc[0]
    first, second = row["first_name"], row["second_name"]
    if row["n_questions"] == 0:
        st.caption(text.plain(f"{first} and {second} answered no common question."))
        return
    table = load_dividing(survey, row["first"], row["second"])
    n_questions = table["question_id"].nunique()
    most = st.segmented_control(
        "Questions drawn", QUESTIONS, default=QUESTIONS[1], key="dividing_questions", required=True
    )
    n_shown = min(int(most), n_questions)
    drawn = table[table["rank"] <= n_shown]
    show(
        Figure(
            name="dividing",
            draw=lambda dark: answer_bars.dividing_chart(drawn, first=first, second=second, dark=dark),
            title=words.dividing_title(table, first, second, n_shown=n_shown),
            subtitle=words.dividing_subtitle(n_shown, n_questions, non_answers_count=survey.non_answers),
            caption=components.data_caption(info, *words.no_floor()),
            alt=f"Bars: answers of {first} and {second} to {text.count(n_shown, 'question')}.",
            how=text.how("jensen_shannon", "no_floor", "non_answers"),
            table=table,
            columns=[
                Column("rank", "Rank", "count"),
                Column("question", "Question", "quote"),
                Column("distance", "Distance", "number"),
                Column("option", "Option", "quote"),
                Column("first_share", f"{first}, %", "percent"),
                Column("second_share", f"{second}, %", "percent"),
                Column("difference", "Difference, points", "points"),
                Column("first_left_out", f"{first}: non-answers left out, %", "percent"),
                Column("second_left_out", f"{second}: non-answers left out, %", "percent"),
            ],
            wide=False,
        )
    )
