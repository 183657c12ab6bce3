"""GlobalOpinionQA as preferences: a question is a prompt, its options are responses, a country's shares judge them.

**Rule.** For each country and question, of two answers the one with the larger share is preferred to the other
(method, section 3); `margin` is the difference of the shares as the file has them. Equal shares (to
`SHARE_DECIMALS` places: the file rounds) make no pair and are counted as ties. Non-answers such as ``DK/Refused``
are scored, but are in no pair. There is no least margin: the file does not say how many people answered, so nobody can
say which differences are beyond chance.

**Unit.** There are no persons. What stands or falls together are the pairs of one question, in all countries that
answered it, so `user_id` is the question: intervals resample questions, and a question that trains for one country
tests for none. `users.country` is the rarest country that answered (fewest questions, then the code): it only
stratifies the split, so that countries with few questions have some on both sides.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from scpo.data.pairing import build_pairs
from scpo.data.sources.global_opinions.load import load_global_opinions
from scpo.data.tables import LoadReport, Tables
from scpo.words import counted

SHARE_DECIMALS = 6
"""Shares that agree to so many places are equal."""

QUESTIONS_ARE_USERS = (
    "There are no persons in this data set: each question counts as one user, so every interval resamples questions "
    "and every count of users is a count of questions."
)


def load_opinion_tables(path: Path | str) -> Tables:
    """Read GlobalOpinionQA to the engine's tables; see the module's text for the rule and the unit.

    Parameters
    ----------
    path : Path
        ``global_opinions.csv``.

    Returns
    -------
    Tables
        With `opinions`; `users` without `split`.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        As `scpo.data.sources.global_opinions.load.load_global_opinions`.
    """
    opinions, report = load_global_opinions(path)
    return opinion_tables(opinions, report)


def opinion_tables(opinions: pd.DataFrame, report: LoadReport) -> Tables:
    """Build users, utterances and pairs from answer shares; counts and notes go into a copy of the report."""
    utterances = _utterances(opinions)
    pairs, counts = _pairs(opinions, utterances)
    report = report.model_copy(update={**counts, "notes": [*report.notes, *_notes(opinions, counts)]})
    return Tables(_users(opinions), utterances, pairs, report, opinions=opinions)


def _utterances(opinions: pd.DataFrame) -> pd.DataFrame:
    """One row per question and option, in the order of the file."""
    options = opinions.drop_duplicates(["question_id", "option_index"])
    first = options.groupby("question_id", sort=False).ngroup()
    options = options.assign(position=first).sort_values(["position", "option_index"], kind="stable", ignore_index=True)
    n = len(options)
    return pd.DataFrame(
        {
            "utterance_id": utterance_ids(options),
            "interaction_id": options["question_id"],
            "conversation_id": pd.Series([None] * n, dtype="str"),
            "user_id": options["question_id"],
            "turn": pd.Series([None] * n, dtype="Int32"),
            "prompt": options["question"],
            "response": options["option"],
            "score": np.full(n, np.nan),
            "is_partner": pd.Series([None] * n, dtype="boolean"),
            "model_name": pd.Series([None] * n, dtype="str"),
            "flagged": pd.Series([None] * n, dtype="boolean"),
        }
    )


def utterance_ids(opinions: pd.DataFrame) -> pd.Series:
    """Return the id in utterances of each row's option: ``question_id:option_index``."""
    return opinions["question_id"].astype("str") + ":" + opinions["option_index"].astype("str")


def _pairs(opinions: pd.DataFrame, utterances: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """All couples of answers of each country and question, by their shares."""
    answers = opinions[opinions["is_answer"]].reset_index(drop=True)
    judged = pd.DataFrame(
        {
            "utterance_id": utterance_ids(answers),
            "interaction_id": answers["question_id"] + ":" + answers["country"],
            "user_id": answers["question_id"],
            "response": answers["option"],
            "score": answers["share"].round(SHARE_DECIMALS),
        }
    )
    pairs, counts = build_pairs(judged, facets=answers[["country", "question_id"]])
    row = pd.Series(np.arange(len(utterances), dtype=np.int32), index=utterances["utterance_id"])
    of_answer = row.loc[judged["utterance_id"]].to_numpy()
    pairs["chosen"], pairs["rejected"] = of_answer[pairs["chosen"]], of_answer[pairs["rejected"]]
    pairs["country"] = pairs["country"].astype(object)
    pairs["interaction_id"] = pairs.pop("question_id").astype("str")
    return pairs, counts


def _users(opinions: pd.DataFrame) -> pd.DataFrame:
    """One row per question, with the rarest country that answered it."""
    asked = opinions[["question_id", "country"]].drop_duplicates()
    asked = asked.assign(n=asked.groupby("country")["question_id"].transform("size"))
    rarest = asked.sort_values(["n", "country"]).drop_duplicates("question_id").set_index("question_id")["country"]
    questions = opinions["question_id"].drop_duplicates().reset_index(drop=True)
    return pd.DataFrame({"user_id": questions, "country": questions.map(rarest).astype(object)})


def _notes(opinions: pd.DataFrame, counts: dict[str, int]) -> list[str]:
    n_countries = opinions["country"].nunique()
    n_questions = opinions["question_id"].nunique()
    asked = opinions.drop_duplicates(["question_id", "country"])
    alone = int((asked.groupby("question_id").size() == 1).sum())
    return [
        f"{counted(n_questions, 'question')} of {counted(n_countries, 'country', 'countries')}, {alone:,} of them "
        f"answered by one country alone; {counted(counts['pairs'], 'pair')}, {counted(counts['ties'], 'couple')} of "
        "answers with equal shares made none.",
        QUESTIONS_ARE_USERS,
        _who_answered(opinions),
    ]


def _who_answered(opinions: pd.DataFrame) -> str:
    """Say on how many people a share rests."""
    asked = opinions.drop_duplicates(["question_id", "country"])
    n = asked["n"].dropna() if "n" in asked else pd.Series(dtype=np.float64)
    if n.empty:
        return (
            "The file does not say how many people answered, so no share has an interval of its own and small margins "
            "may be chance."
        )
    unknown = len(asked) - len(n)
    known = f"A share of a country rests on {n.min():,.0f} to {n.max():,.0f} people, median {n.median():,.0f}"
    rest = f" ({counted(unknown, 'country distribution does', 'country distributions do')} not say)" if unknown else ""
    return f"{known}{rest}; shares of few people differ by chance, and no interval contains that."
