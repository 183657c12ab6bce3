"""Survey answers for the page: loaded once by their content, and as tables of couples and questions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dashboard.frame import load
from dashboard.kit.clicks import couple_id
from scpo import results
from scpo.config import EvaluationConfig
from scpo.data.countries import display_name
from scpo.data.tables import DatasetInfo
from scpo.measures.survey import LEAST_SHARED, leaf_order
from scpo.results.survey import Surveyed

MOST_SHOWN = 16
"""Countries of a picture unless they are chosen; more would leave no room for numbers in the cells."""

MOST_QUESTIONS = 25
"""Questions of the heat map, those that divide the shown countries most."""


class Survey(NamedTuple):
    """Which answers are looked at: what every cache key begins with."""

    dataset: str
    key: str
    """Content of the data set."""

    non_answers: bool
    """They count as options."""


def list_surveys() -> dict[str, DatasetInfo]:
    """Return the registered data sets that hold survey answers, by name."""
    return {name: info for name, info in load.list_datasets().items() if "opinions" in info.counts}


@st.cache_resource(max_entries=4, show_spinner="Reading survey answers …")
def load_survey(survey: Survey) -> Surveyed:
    """Return the answers; shared, not to be changed."""
    return results.load_surveyed(results.open_store(), survey.dataset, non_answers=survey.non_answers)


def shown_countries(survey: Survey, asked: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """Choose the countries of the picture.

    Without a wish they are the paper's and those comparable with most of them, and in any case the chosen ones; so a
    click that chooses a country of the picture does not make another picture.

    Parameters
    ----------
    asked : sequence of str
        Countries asked for on the page; if there are two of them, they alone.
    chosen : sequence of str
        Countries of the sidebar.
    """
    surveyed = load_survey(survey)
    there = surveyed.answers.countries
    wanted = [country for country in asked if country in there]
    if len(wanted) > 1:
        return wanted
    base = results.related_countries(surveyed, most=MOST_SHOWN)
    named = [country for country in dict.fromkeys([*wanted, *chosen]) if country in there]
    room = max(0, MOST_SHOWN - len(named))
    others = [country for country in base if country not in named][:room]
    return [c for c in base if c in others or c in named] + [c for c in named if c not in base]


@st.cache_data(max_entries=16, show_spinner="Comparing the answers of countries …")
def load_couples(survey: Survey, countries: Sequence[str], level: float) -> pd.DataFrame:
    """Return one row per couple of the shown countries, the most different first, those that share nothing last.

    Returns
    -------
    DataFrame
        `couple`, `first`, `second` and their names, `value`, `low`, `high`, `n_questions`, `too_few_questions`.
    """
    found = results.couple_table(load_survey(survey), EvaluationConfig(level=level), countries=countries, least=1)
    table = found.rename(columns=lambda name: name.removeprefix("distance_"))
    there = set(zip(table["first"], table["second"], strict=True))
    strangers = [two for two in combinations(sorted(countries), 2) if two not in there]
    nothing = pd.DataFrame(strangers, columns=["first", "second"]).assign(n_questions=0)
    table = pd.concat([table, nothing], ignore_index=True) if strangers else table
    return table.assign(
        couple=[couple_id(one, other) for one, other in zip(table["first"], table["second"], strict=True)],
        first_name=table["first"].map(display_name),
        second_name=table["second"].map(display_name),
        too_few_questions=table["n_questions"] < LEAST_SHARED,
    )


def ordered(survey: Survey, countries: Sequence[str], table: pd.DataFrame) -> pd.DataFrame:
    """Put close countries side by side.

    Returns
    -------
    DataFrame
        One row per country: `country`, `name`, `place` (row of the picture), `n_questions` (that it answered),
        `too_few_questions`.
    """
    answered = load_survey(survey).answers.n_questions
    known = table[~table["too_few_questions"].astype(bool)]
    wide = pd.DataFrame(float("nan"), index=list(countries), columns=list(countries))
    for one, other, value in zip(known["first"], known["second"], known["value"], strict=True):
        wide.loc[one, other] = wide.loc[other, one] = value
    found = [countries[leaf] for leaf in leaf_order(wide.to_numpy())]
    people = pd.DataFrame(
        {"country": found, "name": [display_name(code) for code in found], "place": range(len(found))}
    )
    n_questions = people["country"].map(answered)
    return people.assign(n_questions=n_questions, too_few_questions=n_questions < LEAST_SHARED)


def placed(table: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Add the cell of each couple in the lower triangle: `row`, `column`; the later row is the first country."""
    place = countries.set_index("country")["place"]
    one, other = table["first"].map(place), table["second"].map(place)
    turned = one < other
    sides = {
        side: table[side].where(~turned, table[swapped])
        for side, swapped in (
            ("first", "second"), ("second", "first"), ("first_name", "second_name"), ("second_name", "first_name")
        )
    }  # fmt: skip
    return table.assign(row=one.where(~turned, other), column=other.where(~turned, one), **sides)


def load_dividing(survey: Survey, first: str, second: str) -> pd.DataFrame:
    """Return one row per question both countries answered and option that counts, the most dividing question first.

    Returns
    -------
    DataFrame
        `rank` (of the question, from 1), `question_id`, `question`, `distance`, `option`, `first_share`,
        `second_share`, `difference`, `first_left_out`, `second_left_out` (shares of non-answers).
    """
    table = results.question_table(load_survey(survey), first, second)
    rows = [
        {
            "rank": rank,
            "question_id": question["question_id"],
            "question": question["question"],
            "distance": question["distance"],
            "option": option,
            "first_share": one,
            "second_share": other,
            "difference": one - other,
            "first_left_out": question["first_left_out"],
            "second_left_out": question["second_left_out"],
        }
        for rank, question in enumerate(table.to_dict("records"), start=1)
        for option, one, other in question["answers"]
    ]
    columns = ["rank", "question_id", "question", "distance", "option", "first_share", "second_share", "difference"]
    return pd.DataFrame(rows, columns=[*columns, "first_left_out", "second_left_out"])


def load_spread(survey: Survey, countries: Sequence[str]) -> pd.DataFrame:
    """Return the questions that divide the shown countries most, one row per question and country that answered.

    Returns
    -------
    DataFrame
        Those of `results.spread_table`, with `rank` of the question and `name` of the country.
    """
    table = results.spread_table(load_survey(survey), countries, most=MOST_QUESTIONS)
    rank = {question: place for place, question in enumerate(dict.fromkeys(table["question_id"]), start=1)}
    return table.assign(rank=table["question_id"].map(rank), name=table["country"].map(display_name))


def load_answers(survey: Survey, question_id: str, countries: Sequence[str]) -> pd.DataFrame:
    """Return how the shown countries answered one question, see `results.answer_table`, with `name`."""
    table = results.answer_table(load_survey(survey), question_id, countries)
    return table.assign(name=table["country"].map(display_name))
