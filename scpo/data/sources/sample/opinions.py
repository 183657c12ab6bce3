"""The generated sample's opinion survey: how its countries answer questions, from the same known preferences.

It says nothing about real countries: their tastes are those of `scpo.data.sources.sample.generate`, a random
permutation.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scpo.data.countries import display_name
from scpo.data.sources.global_opinions.load import NON_ANSWERS, question_id
from scpo.data.sources.global_opinions.pairs import opinion_tables
from scpo.data.sources.sample.generate import sample_tastes
from scpo.data.sources.sample.people import Floats
from scpo.data.sources.sample.text import ATTRIBUTES, LEVELS, PHRASES
from scpo.data.sources.sample.topics import TOPICS, fill, opening_prompt
from scpo.data.tables import LoadReport, Tables

REFUSED = "DK/Refused"
REFUSED_SHARE = (0.02, 0.10)
"""Smallest and largest expected share of a country's people who give no opinion."""

ASKED = (700, 1300)
"""Fewest and most people of a country who were asked a question; the survey does not hold their number."""

MISSING_SHARE = 0.15
"""Share of the questions that a country was not asked."""

ENDS = (0, LEVELS - 1)
"""Levels of an attribute that the options of a question combine."""


class Question(NamedTuple):
    """A question, its options, and how the options are written."""

    text: str
    options: tuple[str, ...]
    steps: Floats
    """-1 or 1 for the two attributes of the question, else 0, shape (n_options, n_attributes)."""


def generate_opinions(*, seed: int = 0) -> Tables:
    r"""Generate a survey of the sample's countries: which of four short replies people like best.

    Each question is about two style attributes, its options combine their ends. An option with the levels
    :math:`a_k = \pm 1` has the utility :math:`u = \sum_k a_k v_k` under a country's weights :math:`v` (common weights +
    deviation, those of `generate_sample` with the same seed), and people choose as in the sample (utility plus Gumbel
    noise), so the expected share of an option among those with an opinion is :math:`e^u / \sum e^u`. What is in the
    table are the shares of a finite number of people, to four places.

    Parameters
    ----------
    seed : int
        The only source of randomness: equal seed, equal tables.

    Returns
    -------
    Tables
        As by `scpo.data.sources.global_opinions.pairs.opinion_tables`. `truth` holds JSON values: ``countries``
        (sorted), ``expected`` (question -> country -> expected shares of the options with an opinion, in their order)
        and ``attributes`` (question -> names of its two).
    """
    tastes = sample_tastes(seed)
    rng = np.random.default_rng([seed, len(ATTRIBUTES)])
    countries = sorted(tastes.deviations)
    weights = np.array([tastes.common + tastes.deviations[country] for country in countries])
    rows: list[dict[str, Any]] = []
    expected: dict[str, dict[str, list[float]]] = {}
    about: dict[str, list[str]] = {}
    for question in _questions(rng):
        options = (*question.options, REFUSED)
        key = question_id(question.text, options)
        utility = weights @ question.steps.T
        chances = np.exp(utility) / np.exp(utility).sum(axis=1, keepdims=True)
        asked = rng.random(len(countries)) >= MISSING_SHARE
        about[key] = [ATTRIBUTES[k] for k in np.flatnonzero(question.steps.any(axis=0))]
        expected[key] = {c: row.tolist() for c, row in zip(countries, chances, strict=True)}
        for place in np.flatnonzero(asked):
            refused = rng.uniform(*REFUSED_SHARE)
            people = rng.integers(ASKED[0], ASKED[1] + 1)
            counts = rng.multinomial(people, [*((1 - refused) * chances[place]), refused])
            rows += [
                {
                    "question_id": key,
                    "question": question.text,
                    "country": countries[place],
                    "label": display_name(countries[place]),
                    "option_index": index,
                    "option": option,
                    "share": round(count / people, 4),
                    "is_answer": option not in NON_ANSWERS,
                    "survey": None,
                }
                for index, (option, count) in enumerate(zip(options, counts.tolist(), strict=True))
            ]
    text = dict.fromkeys(("question_id", "question", "country", "label", "option"), "str")
    opinions = pd.DataFrame(rows).astype({**text, "option_index": "int32", "survey": object})
    report = LoadReport(
        files={"generated questions": len(expected)},
        kept={"generated questions": len(expected)},
        notes=["Generated: questions and answers are invented and say nothing about real countries."],
    )
    tables = opinion_tables(opinions, report)
    return replace(tables, truth={"countries": countries, "attributes": about, "expected": expected})


def _questions(rng: np.random.Generator) -> list[Question]:
    """Write one question for each couple of attributes whose every option has words."""
    found = []
    for number, couple in enumerate(combinations(range(len(ATTRIBUTES)), 2)):
        template, place = divmod(number, len(TOPICS))
        topic = TOPICS[place]
        case, rotation = (int(one) for one in rng.integers(6, size=2))
        variant = rng.integers(2, size=2)
        options, steps = [], []
        for levels in product(ENDS, repeat=2):
            phrases = [PHRASES[ATTRIBUTES[k]][level] for k, level in zip(couple, levels, strict=True)]
            said = [one[v % len(one)] for one, v in zip(phrases, variant, strict=True)]
            options.append(fill(_sentences(*said), topic, rotation))
            step = np.zeros(len(ATTRIBUTES))
            step[list(couple)] = np.array(levels) - ENDS[1] / 2
            steps.append(step)
        if all(options):
            asked = opening_prompt(topic, "unguided", template, case)
            found.append(Question(f"Which reply is best? {asked}", tuple(options), np.array(steps)))
    return found


def _sentences(first: str, second: str) -> str:
    """Put two phrases, of which one may be empty, one after the other; a colon needs what follows it."""
    said = f"{first} {second}" if first.endswith(":") else f"{first} {second[:1].upper()}{second[1:]}"
    said = f"{said[:1].upper()}{said[1:]}".strip()
    return f"{said[:-1]}." if said.endswith(":") else said
