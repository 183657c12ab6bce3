"""Numbers with their nouns."""

import math

import pytest

from scpo.words import counted


@pytest.mark.parametrize(
    ("number", "nouns", "expected"),
    [
        (1, ("user",), "1 user"),
        (0, ("user",), "0 users"),
        (1200.0, ("user",), "1,200 users"),
        (1, ("country", "countries"), "1 country"),
        (2, ("user has", "users have"), "2 users have"),
        (math.nan, ("user",), "unknown users"),
    ],
)
def test_a_noun_agrees_with_its_number(number, nouns, expected):
    assert counted(number, *nouns) == expected
