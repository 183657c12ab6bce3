"""Numbers with their nouns, and lists in one line."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scpo.cli.options import country_codes
from scpo.errors import InputError
from scpo.store.cache import Store
from scpo.words import counted, joined, parts, shortened, some


@pytest.mark.parametrize(
    ("number", "nouns", "expected"),
    [
        (1, ("user",), "1 user"),
        (0, ("user",), "0 users"),
        (1200.0, ("user",), "1,200 users"),
        (1, ("country", "countries"), "1 country"),
        (2, ("user has", "users have"), "2 users have"),
        (math.nan, ("user",), "unknown users"),
        (None, ("user",), "unknown users"),
    ],
)
def test_a_noun_agrees_with_its_number(number, nouns, expected):
    assert counted(number, *nouns) == expected


def test_a_long_list_is_begun_and_the_rest_counted():
    assert some([3, 7], 2) == "3, 7" and some(range(1210), 2) == "0, 1 and 1,208 more" and some([], 2) == "nothing"


def test_a_long_text_is_cut_on_one_line():
    assert shortened(" one\n two ", 7) == "one two" and shortened("one\ttwos", 7) == "one tw…"


def test_a_name_with_a_comma_stands_in_double_quotes():
    assert parts('"Korea, Republic of", Chile,,') == ["Korea, Republic of", "Chile"]
    assert joined(["Korea, Republic of", "Chile"]) == '"Korea, Republic of",Chile'
    assert parts("country,gender") == ["country", "gender"] and joined(["country", "gender"]) == "country,gender"
    assert parts("") == [] == parts(" , ")


def test_a_country_with_a_comma_is_one_country_of_a_command(tmp_path):
    assert country_codes('"Korea, Republic of", Chile', Store(tmp_path), "none") == ["KOR", "CHL"]


NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"], include_characters="\n\r "), min_size=1)


@given(names=st.lists(NAMES, min_size=1, max_size=4))
def test_what_is_joined_is_read_again(names):
    asked = [name.strip() or "?" for name in names]
    assert parts(joined(asked)) == asked


def test_a_broken_list_is_an_error_in_words():
    with pytest.raises(InputError, match="double quotes"):
        parts("Age\n(years),Chile")
