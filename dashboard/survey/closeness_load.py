"""How close the opinions of the global model and of its runs are to survey answers, as tables for the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dashboard.kit import text
from dashboard.survey.load import Survey, load_survey
from scpo import results
from scpo.config import EvaluationConfig
from scpo.data.countries import display_name
from scpo.measures.survey import LEAST_SHARED
from scpo.results.model_opinions import Opinionated

MOST_RUNS = 25
"""Runs of the chart; the table twin has all."""


class Judged(NamedTuple):
    """Which models are compared with the answers."""

    survey: Survey
    model: str
    temperature: float
    fingerprint: str
    """State of the store; empty while the model has not scored the options."""


def judge(survey: Survey, model: str, temperature: float) -> Judged:
    """Name the comparison of a global model and its runs with the answers."""
    store = results.open_store()
    return Judged(survey, model, temperature, results.opinions_fingerprint(store, survey.dataset, model))


@st.cache_resource(max_entries=4, show_spinner="Reading the rewards of options …")
def _opinionated(judged: Judged) -> Opinionated:
    return results.load_opinionated(
        results.open_store(), load_survey(judged.survey), judged.model, temperature=judged.temperature
    )


def not_scored(judged: Judged) -> list[str]:
    """Return the finished runs of the model that have not scored the options."""
    return list(_opinionated(judged).not_scored)


def trained_for(judged: Judged) -> list[str]:
    """Return the countries that the scored runs were trained for, sorted."""
    runs = [model.run for model in _opinionated(judged).models if model.run is not None]
    return sorted({run.config.country for run in runs})


@st.cache_data(max_entries=32, show_spinner="Computing intervals over questions …")
def load_of_global(judged: Judged, countries: Sequence[str]) -> pd.DataFrame:
    """Return how close the global model's opinions are to each country's answers.

    Returns
    -------
    DataFrame
        One row per country, the closest first and those with too few questions last: `country`, `name`, `value`,
        `low`, `high`, `inner_low`, `inner_high` (95 % and 80 %), `n_questions`, `uniform` (closeness of a model that
        knows nothing, on the same questions), `gain`, `gain_low`, `gain_high`, `gain_holm` (global - uniform, paired),
        `decided` (the model's distance from uniform), `too_few_questions`, `test_questions_only`.
    """
    two = [model for model in _opinionated(judged).models if model.run is None]
    table = results.closeness_table(load_survey(judged.survey), two, countries, EvaluationConfig(level=0.95))
    uniform = table[table["method"] == results.UNIFORM].set_index("tested_on")
    own = table[table["method"] == results.GLOBAL].set_index("tested_on")
    found = pd.DataFrame(
        {
            "name": own["name"],
            **{end: own[f"closeness_{end}"] for end in ("value", "low", "high", "inner_low", "inner_high")},
            "n_questions": own["closeness_n_questions"],
            "uniform": uniform["closeness_value"],
            # The engine has uniform - global; a change of sign turns the interval round.
            "gain": -uniform["diff_value"],
            "gain_low": -uniform["diff_high"],
            "gain_high": -uniform["diff_low"],
            "gain_holm": uniform["holm"],
            "decided": own["uniform_value"],
            "too_few_questions": own["closeness_n_questions"] < LEAST_SHARED,
            "test_questions_only": own["test_questions_only"],
        }
    )
    found = found.rename_axis("country").reset_index()
    return found.sort_values(["too_few_questions", "value"], ascending=[True, False], ignore_index=True)


@st.cache_data(max_entries=32, show_spinner="Computing intervals over questions …")
def load_of_runs(judged: Judged, country: str) -> pd.DataFrame:
    """Return how much closer to a country's answers each run is than the global model.

    Returns
    -------
    DataFrame
        The rows of `results.run_differences`: first the model that knows nothing, then runs trained for this country,
        then the others; with `inner_` (80 %) intervals, `trained_name`, `sure` (Holm keeps it) and
        `too_few_questions`.
    """
    surveyed, models = load_survey(judged.survey), _opinionated(judged).models
    table = results.run_differences(surveyed, models, country, EvaluationConfig(level=0.95))
    few = table["diff_n_questions"] < LEAST_SHARED
    names = {code: display_name(code) for code in table["trained_for"].dropna().unique()}
    table = table.assign(
        trained_name=table["trained_for"].map(names),
        too_few_questions=few,
        sure=(table["holm"] < text.ALPHA) & ~few,
        group=[
            0 if method == results.UNIFORM else 1 if trained == country else 2
            for method, trained in zip(table["method"], table["trained_for"], strict=True)
        ],
    )
    keys = ["group", "trained_name", "method", "tau", "beta", "seed", "run"]
    return table.sort_values(keys, kind="stable", ignore_index=True).drop(columns="group")
