"""What a row of an uploaded file may hold: the fields of the form, what is needed, and what a shape is guessed by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from scpo.data.sources.opinions_long.names import STATED
from scpo.data.sources.responses.shapes import MEANINGS

FIELDS = {
    "prompt": "Prompt",
    "chosen": "Chosen response",
    "rejected": "Rejected response",
    "user_id": "User",
    "country": "Country",
    "interaction_id": "Interaction",
}
"""Fields of a pairs file in the order of the form."""

COMPARED = {
    "prompt": "Prompt",
    "response_a": "Response A",
    "response_b": "Response B",
    "winner": "Winner",
    "user_id": "User",
    "country": "Country",
}
"""Fields of a file of comparisons."""

JUDGED = {
    "prompt": "Prompt",
    "response": "Response",
    "score": "Score",
    "rank": "Rank",
    "winner": "Winner",
    "model_name": "Model",
    "user_id": "User",
    "country": "Country",
    "interaction_id": "Interaction",
}
"""Fields of a file of judged responses."""

ANSWERED = {
    "question": "Question",
    "country": "Country",
    "option": "Answer",
    "share": "Share",
    "percent": "Percent",
    "count": "Count",
    "n": "People asked",
    "user_id": "User",
    "weight": "Weight",
}
"""Fields of a file of survey answers."""


class Shape(NamedTuple):
    """What a row of a file may hold."""

    source: str
    """As ``--source`` takes it."""

    fields: Mapping[str, str]
    """Field -> label, in the order of the form."""

    needed: tuple[str, ...] = ()
    responses: tuple[str, ...] = ()
    """Fields that may hold the prompt, which then needs no column."""


SHAPES = {
    "Chosen and rejected": Shape("pairs", FIELDS, ("prompt", "chosen", "rejected"), ("chosen", "rejected")),
    "Two responses and a winner": Shape(
        "pairs", COMPARED, ("prompt", "response_a", "response_b", "winner"), ("response_a", "response_b")
    ),
    "Judged responses": Shape("responses", JUDGED),
    "Survey answers": Shape("opinions-long", ANSWERED, ("question",)),
}
PLAIN, COMPARISON, RATED, SURVEY = SHAPES
ALTERNATIVES = {"responses": MEANINGS, "opinions-long": STATED}
"""Fields of which one at most is read: without a choice none is guessed."""

SHAPE_HELP = (
    "Judged responses have a score, a rank or a mark, one in a row or several beside one another or in a list. Those "
    "beside one another (response_a, response_b) and in a list are found by themselves. Survey answers have a "
    "question, a country and an answer with its share or count, or one person's answer in a row."
)
HELP = {
    "prompt": "What was asked.",
    "chosen": "The response the person preferred.",
    "rejected": "The other response.",
    "response_a": "The first response.",
    "response_b": "The second response.",
    "response": "One response in a row. Responses beside one another or in a list need no column here.",
    "score": "How good the response is, a number; larger is better.",
    "rank": "The place of the response, 1 is best; used where there is no score.",
    "model_name": "Which model wrote the response.",
    "winner": "Which one the person preferred: a, b, model_a, left, the column's name … or tie.",
    "user_id": "Who preferred. Without it each row counts as a person of its own, and intervals get too narrow.",
    "country": "A country: ISO code or English name. For other communities leave it empty and choose below.",
    "interaction_id": "Rows of one prompt and one person; found by itself without it.",
    "question": "What was asked, or the text that was rated.",
    "option": "The answer. Answers, or countries, in columns beside one another need no column here.",
    "share": "The part of a country that gave the answer, from 0 to 1.",
    "percent": "The same from 0 to 100.",
    "count": "How many people of a country gave the answer. Without a number each row is one person.",
    "n": "How many people of a country answered the question.",
    "weight": "What a person counts, as surveys weigh.",
}
