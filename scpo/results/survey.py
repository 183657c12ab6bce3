"""Survey answers: how far apart countries are, and how close the global model and every run are to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import PAPER_COUNTRIES, EvaluationConfig
from scpo.data.sources.global_opinions.pairs import utterance_ids
from scpo.data.tables import DatasetInfo
from scpo.definitions import NO_NOISE_FLOOR
from scpo.errors import InputError
from scpo.measures import survey
from scpo.measures.estimate import columns
from scpo.measures.model_opinions import opinion_distribution
from scpo.measures.survey import LEAST_SHARED, Answers
from scpo.store import datasets
from scpo.store.cache import Store


@dataclass(frozen=True, eq=False)
class Surveyed:
    """A data set with survey answers, arranged for comparison with models.

    Attributes
    ----------
    info : DatasetInfo
    opinions : DataFrame
        Rows of OPINIONS.
    answers : Answers
    utterance : ndarray of int, shape (n_questions, most_options)
        Row of each option in the table utterances; -1 where there is none.
    tests : ndarray of bool, shape (n_questions,)
        The questions on which nothing was trained.
    non_answers : bool
        ``DK/Refused`` and the like count as options.
    """

    info: DatasetInfo
    opinions: pd.DataFrame
    answers: Answers
    utterance: np.ndarray
    tests: np.ndarray
    non_answers: bool

    def distribution(self, reward: np.ndarray, *, temperature: float) -> np.ndarray:
        """Return the opinions of a model from its rewards by row of utterances; NaN where an option has none."""
        of_option = np.where(self.utterance >= 0, reward[self.utterance], np.nan)
        return opinion_distribution(of_option, self.answers.offered, temperature=temperature)

    def check(self, countries: Sequence[str]) -> list[str]:
        """Return the countries, or refuse one without answers in the words of the data set."""
        for country in countries:
            if country not in self.answers.countries:
                raise InputError(
                    f"{self.info.name} has no answers from {country}: it has {', '.join(self.answers.countries)}"
                )
        return list(dict.fromkeys(countries))

    def about(self) -> dict[str, Any]:
        """Return what every document of survey answers begins with."""
        return {
            "data": self.info.name,
            "n_questions": int(self.answers.offered.any(axis=1).sum()),
            "n_questions_without_choice": self.answers.n_without_choice,
            "non_answers": "counted as options" if self.non_answers else "left out, the rest renormalised",
            "noise_floor": None,
            "noise_floor_note": NO_NOISE_FLOOR,
        }


def load_surveyed(store: Store, data: str, *, non_answers: bool = False) -> Surveyed:
    """Read a data set's survey answers.

    Raises
    ------
    InputError
        If the data set holds none.
    """
    opinions = datasets.load_opinions(store, data)
    loaded = datasets.load_dataset(store, data)
    answers = survey.answers_of(opinions, non_answers=non_answers)
    options = opinions.drop_duplicates(["question_id", "option_index"])
    row = pd.Series(np.arange(len(loaded.utterances)), index=loaded.utterances["utterance_id"])
    utterance = np.full(answers.offered.shape, -1)
    question = np.searchsorted(answers.question_id, options["question_id"].to_numpy(dtype=str))
    utterance[question, options["option_index"].to_numpy()] = row.loc[utterance_ids(options)].to_numpy()
    split = loaded.users.set_index("user_id")["split"]
    tests = (split.loc[answers.question_id.tolist()] == "test").to_numpy()
    return Surveyed(loaded.info, opinions, answers, utterance, tests, non_answers)


def couple_table(
    surveyed: Surveyed, config: EvaluationConfig, *, countries: Sequence[str] | None = None, least: int = LEAST_SHARED
) -> pd.DataFrame:
    """List the couples of countries by the mean distance of their answers, the most different first.

    Returns
    -------
    DataFrame
        `first`, `second`, `distance_*` (see `scpo.measures.estimate.columns`) and `level`; couples with fewer than
        `least` shared questions are left out.
    """
    chosen = None if countries is None else surveyed.check(countries)
    found = survey.couples(surveyed.answers, config, countries=chosen, least=least)
    rows = [
        {"first": c.first, "second": c.second, **columns("distance_", c.distance), "level": config.level} for c in found
    ]
    numbers = [f"distance_{name}" for name in ("value", "low", "high", "inner_low", "inner_high", "n_questions")]
    return pd.DataFrame(rows, columns=["first", "second", *numbers, "level"])


def question_table(surveyed: Surveyed, first: str, second: str) -> pd.DataFrame:
    """List the questions that both countries answered, the most dividing first.

    Returns
    -------
    DataFrame
        `question_id`, `question`, `distance` in [0, 1], and `answers`: a list of (option, share in the first country,
        share in the second), the largest difference first. The shares sum to 1 over the options that count.
        `first_left_out` and `second_left_out` are the shares of non-answers that do not count.
    """
    _two(surveyed, first, second)
    answers = surveyed.answers
    table = survey.dividing_questions(answers, first, second)
    options = surveyed.opinions.drop_duplicates(["question_id", "option_index"])
    text = options.set_index(["question_id", "option_index"])["option"].to_dict()
    question = options.drop_duplicates("question_id").set_index("question_id")["question"]
    place = np.searchsorted(answers.question_id, table["question_id"].to_numpy(dtype=str))
    shares = answers.of(first), answers.of(second)
    rows = []
    for question_id, row in zip(table["question_id"], place, strict=True):
        offered = np.flatnonzero(answers.offered[row])
        compared = [(text[question_id, i], float(shares[0][row, i]), float(shares[1][row, i])) for i in offered]
        rows.append(sorted(compared, key=lambda one: -abs(one[1] - one[2])))
    table.insert(1, "question", table["question_id"].map(question))
    left_out = {
        f"{side}_left_out": _left_out(surveyed, table["question_id"], country)
        for side, country in (("first", first), ("second", second))
    }
    return table.assign(answers=pd.Series(rows, dtype=object), **left_out)


def _left_out(surveyed: Surveyed, question_id: pd.Series, country: str) -> np.ndarray:
    """Return the shares of a country's non-answers to questions; 0 where they count as options."""
    opinions = surveyed.opinions
    mine = opinions[(opinions["country"] == country) & ~opinions["is_answer"].astype(bool)]
    share = mine.groupby("question_id")["share"].sum()
    found = question_id.map(share).fillna(0.0).to_numpy(dtype=np.float64)
    return np.zeros_like(found) if surveyed.non_answers else found


def spread_table(surveyed: Surveyed, countries: Sequence[str], *, most: int) -> pd.DataFrame:
    """List the questions that divide a group of countries most, with each country's distance to their mean.

    Returns
    -------
    DataFrame
        One row per question and country of the group that answered it: `question_id`, `question`, `country`,
        `distance` (to the mean of the group), `question_distance` (mean over the countries of the row's question) and
        `n_countries`; the most dividing question first, at most `most` questions.
    """
    chosen = surveyed.check(countries)
    values = survey.distance_to_mean(surveyed.answers, chosen)
    known = np.isfinite(values)
    n_countries = known.sum(axis=0)
    enough = n_countries >= survey.least_answering(len(chosen))
    mean = np.full(n_countries.shape, np.nan)
    mean[enough] = np.nanmean(values[:, enough], axis=0)
    order = [row for row in np.argsort(-mean, kind="stable") if enough[row]][:most]
    question = surveyed.opinions.drop_duplicates("question_id").set_index("question_id")["question"]
    rows = [
        {
            "question_id": question_id,
            "question": question[question_id],
            "country": country,
            "distance": float(values[number, row]),
            "question_distance": float(mean[row]),
            "n_countries": int(n_countries[row]),
        }
        for row in order
        for question_id in [str(surveyed.answers.question_id[row])]
        for number, country in enumerate(chosen)
        if known[number, row]
    ]
    names = ["question_id", "question", "country", "distance", "question_distance", "n_countries"]
    return pd.DataFrame(rows, columns=names)


def answer_table(surveyed: Surveyed, question_id: str, countries: Sequence[str]) -> pd.DataFrame:
    """Return how countries answered one question.

    Returns
    -------
    DataFrame
        One row per country that answered and option that counts, in the source's order of options: `question`,
        `country`, `option_index`, `option`, `share`, `n` (people of the country who answered, NaN where the source does
        not say it), and `left_out`, the country's share of non-answers that do not
        count. Empty if nobody answered.
    """
    rows = surveyed.opinions[surveyed.opinions["question_id"] == question_id]
    option = rows.drop_duplicates("option_index").set_index("option_index")["option"]
    people = rows.drop_duplicates("country").set_index("country")["n"] if "n" in rows else pd.Series(dtype=np.float64)
    answers = surveyed.answers
    place = int(np.searchsorted(answers.question_id, question_id))
    found = []
    for country in surveyed.check(countries):
        share = answers.of(country)[place]
        if not np.isfinite(share).all():
            continue
        (left_out,) = _left_out(surveyed, pd.Series([question_id]), country)
        found += [
            {
                "question": rows["question"].iloc[0],
                "country": country,
                "option_index": int(index),
                "option": option[index],
                "share": float(share[index]),
                "n": people.get(country, np.nan),
                "left_out": float(left_out),
            }
            for index in np.flatnonzero(answers.offered[place])
        ]
    return pd.DataFrame(found, columns=["question", "country", "option_index", "option", "share", "n", "left_out"])


def related_countries(surveyed: Surveyed, *, most: int) -> list[str]:
    """Choose countries for one picture: the paper's that have answers, then those comparable with most of them.

    Parameters
    ----------
    most : int
        Countries in all; the paper's are never left out.
    """
    there = surveyed.answers.countries
    chosen = [country for country in PAPER_COUNTRIES if country in there]
    shared = survey.shared_questions(surveyed.answers)
    while len(chosen) < min(most, len(there)):
        at = [there.index(country) for country in chosen]
        rest = [number for number in range(len(there)) if number not in at]

        def comparable(number: int, at: list[int] = at) -> tuple[int, int]:
            with_chosen = shared[number, at]
            return int((with_chosen >= LEAST_SHARED).sum()), int(with_chosen.sum()) or int(shared[number, number])

        chosen.append(there[max(rest, key=comparable)])
    return chosen


def couples_document(
    surveyed: Surveyed, config: EvaluationConfig, *, countries: Sequence[str] | None = None
) -> dict[str, Any]:
    """Build the document of ``scpo opinions --data NAME --json``: all couples, the most different first."""
    chosen = surveyed.answers.countries if countries is None else surveyed.check(countries)
    found = survey.couples(surveyed.answers, config, countries=chosen)
    listed = [{"first": one.first, "second": one.second, "distance": one.distance.to_json()} for one in found]
    n_questions = surveyed.answers.n_questions
    return {
        **surveyed.about(),
        "countries": [{"country": country, "n_questions": n_questions[country]} for country in chosen],
        "couples": listed,
        "most_different": listed[0] if listed else None,
        "least_shared_questions": LEAST_SHARED,
        "couples_left_out": len(chosen) * (len(chosen) - 1) // 2 - len(listed),
    }


def couple_document(surveyed: Surveyed, first: str, second: str, config: EvaluationConfig) -> dict[str, Any]:
    """Build the document of ``scpo opinions --data NAME --couple A,B --json``: the questions that divide them."""
    table = question_table(surveyed, first, second)
    mean = survey.couple_distance(surveyed.answers, first, second, config)
    return {
        **surveyed.about(),
        "first": first,
        "second": second,
        "distance": mean.to_json(),
        "questions": [
            {
                "question_id": row["question_id"],
                "question": row["question"],
                "distance": row["distance"],
                "answers": [{"option": option, first: a, second: b} for option, a, b in row["answers"]],
            }
            for row in table.to_dict("records")
        ],
    }


def _two(surveyed: Surveyed, first: str, second: str) -> None:
    if len(surveyed.check([first, second])) != 2:
        raise InputError(f"a couple is two different countries, got {first} twice")
