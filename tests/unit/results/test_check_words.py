"""What every check concludes, on numbers written by hand: short sentences, signs, and names that the pages use."""

import re

import pytest

from scpo.results.checks import CHECKS
from scpo.results.checks.document import MEAN, CheckRow, Number


def number(value, *, p=None):
    return Number(value=value, low=-0.0512, high=0.0734, level=0.95, n_pairs=300, n_users=12, p=p, holm_p=p)


def rows_of(check, *, p):
    """Rows of eleven communities, of a couple of them and of the mean, with every number the check has."""
    numbers = {one.name: number(0.0123, p=p) for one in check.quantities}
    places = [(f"C{i:02}", None) for i in range(11)] + [(MEAN, None)]
    places += [("C00", "C01")] if check.name == "topics" else []
    others = ["scpo"] if check.name == "budget" else [None]
    return [
        CheckRow(country=place, other=other or couple, numbers=numbers, n_train_pairs=900, n_train_users=40)
        for place, couple in places
        for other in others
    ]


@pytest.mark.parametrize("p", [0.01, 0.4])
@pytest.mark.parametrize("name", CHECKS)
def test_a_conclusion_has_short_sentences_and_few_numbers_in_each(name, p):
    said = CHECKS[name].conclude(rows_of(CHECKS[name], p=p))
    sentences = re.split(r"(?<=[.])\s+(?=[A-Z])", said)
    assert said.endswith(".") and "verdict" not in said and "unknown" not in said
    for one in sentences:
        assert sum(any(letter.isalpha() for letter in word) for word in one.split()) <= 25, one
        assert len(re.findall(r"\d+(?:\.\d+)?", one)) <= 4, one


@pytest.mark.parametrize("name", ["budget", "length", "noise-floor"])
def test_a_difference_carries_its_sign_and_its_interval(name):
    assert "+1.2 points [−5.1, +7.3]" in CHECKS[name].conclude(rows_of(CHECKS[name], p=0.4))


def test_methods_are_named_as_on_the_pages():
    said = " ".join(CHECKS[name].question + CHECKS[name].conclude(rows_of(CHECKS[name], p=0.4)) for name in CHECKS)
    assert "Filter + weight" in said and "All pairs" in said
    assert re.search(r"\b(scpo|full)\b", said) is None
