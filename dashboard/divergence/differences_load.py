"""What differs: features and conversations in which a community leaves the global model, and the words for them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.frame import load as data
from dashboard.frame.state import Selection
from dashboard.kit import text
from dashboard.sentences import ALPHA
from scpo.config import EvaluationConfig

HOW = {
    "features": "**Coefficient**: a Bradley-Terry model with the global model's gap as offset, P(chosen) = "
    "σ(gap + β · difference of the feature), fitted to all pairs of the community. β is in logits per unit of the "
    "feature: 0 where the global model has it right already; above 0 the people chose more of it than the global model "
    "expects. Each feature stands alone; the table also has β with all others held. Features are counts of words, "
    "nothing else is known about a response. Units differ, so sizes of two rows cannot be compared.",
    "cluster": "**Intervals and p** use sandwich variances clustered by user and a t distribution. **Filled**: differs "
    "from 0 at the 5 % level after Holm's correction over the rows. Open: it may be chance.",
    "where": "**Difference**: disagreement of the global model (share of pairs with gap below 0) in one kind of "
    "conversation or one topic, minus disagreement in all other pairs of the same community. Topics are clusters of "
    "words of the prompts, named by their commonest words. Parts with fewer than 20 pairs are left out; Holm's "
    "correction is over the parts of one facet.",
    "people": "These are choices of the people in this data set, between the responses they were shown. They say "
    "nothing about a country's character.",
}
"""Explanations, put together per chart."""


def how(*names: str) -> str:
    """Return the explanation of a chart."""
    return "\n\n".join(HOW[name] for name in names)


def load_features(selection: Selection, country: str) -> pd.DataFrame:
    """Return the coefficients of a community with 95 % and 80 % (`inner_`) intervals; strongest first."""
    return _features(selection.dataset, selection.model, selection.fingerprint, country)


@st.cache_data(max_entries=32, show_spinner="Counting words of responses …")
def _features(dataset: str, model: str, fingerprint: str, country: str) -> pd.DataFrame:
    scored = data.load_scored(Selection(dataset, model, fingerprint=fingerprint))
    wide, narrow = (data.results.what_differs(scored, country, EvaluationConfig(level=level)) for level in (0.95, 0.80))
    return _with_inner(wide, narrow, by=["feature"])


def load_where(selection: Selection, country: str) -> pd.DataFrame:
    """Return where the global model disagrees more and less, with 95 % and 80 % (`inner_`) intervals."""
    return _where(selection.dataset, selection.model, selection.fingerprint, country)


@st.cache_data(max_entries=32, show_spinner="Sorting prompts into topics …")
def _where(dataset: str, model: str, fingerprint: str, country: str) -> pd.DataFrame:
    scored = data.load_scored(Selection(dataset, model, fingerprint=fingerprint))
    wide, narrow = (
        data.results.where_it_differs(scored, country, EvaluationConfig(level=level)) for level in (0.95, 0.80)
    )
    return _with_inner(wide, narrow, by=["facet", "value"])


def _with_inner(wide: pd.DataFrame, narrow: pd.DataFrame, *, by: list[str]) -> pd.DataFrame:
    inner = narrow.rename(columns={"low": "inner_low", "high": "inner_high"})
    table = wide.merge(inner[[*by, "inner_low", "inner_high"]], on=by, validate="one_to_one")
    few = table["n_users"] < text.FEW_USERS
    return table.assign(too_few_users=few, sure=(table["holm"] < ALPHA) & ~few)


def features_title(table: pd.DataFrame, name: str) -> str:
    """Say which features move the choices beyond chance."""
    if bool(table["too_few_users"].all()):
        return f"{name}: too few users to say what differs"
    sure = table[table["sure"]]
    if sure.empty:
        return f"No countable feature moves the choices in {name} away from the global model beyond chance"
    words = [f"{row['label']} ({'more' if row['coefficient'] > 0 else 'less'})" for _, row in sure.iterrows()]
    return f"What the choices in {name} want beyond the global model: {text.listed(words, most=3)}"


def where_title(table: pd.DataFrame, name: str) -> str:
    """Say in how many parts the global model disagrees more or less than elsewhere."""
    sure = table[table["sure"]]
    if sure.empty:
        return f"No conversation or topic in {name} where the global model does better or worse beyond chance"
    more, less = int((sure["difference"] > 0).sum()), int((sure["difference"] < 0).sum())
    words = [f"{word} often in {number}" for word, number in (("more", more), ("less", less)) if number]
    among = text.count(len(table), "part")
    return f"In {name} the global model disagrees {' and '.join(words)} of {among} than in the rest"


def unseen(table: pd.DataFrame) -> str:
    """Say which features have no coefficient; empty if all have one."""
    missing = table.loc[table["coefficient"].isna(), "label"].tolist()
    return f" Without a coefficient, as responses never differ in it: {text.listed(missing)}." if missing else ""
