"""What the check on random pairs says of the mean, on numbers written by hand."""

from scpo.results.checks.document import MEAN, CheckRow, Number
from scpo.results.checks.efficiency import conclusion


def said(part, *, at_least=False):
    """The sentence for a random part that does as well as scpo on the mean of two countries."""

    def number(value, **more):
        return Number(value=value, low=0.1, high=0.5, level=0.95, n_pairs=300, n_users=12, **more)

    numbers = {
        "part": number(part, at_least=at_least), "efficiency": number(part * 1.6, at_least=at_least),
        "kept_ratio": number(1.6), "efficiency_these_users": number(part * 1.6),
    }  # fmt: skip
    rows = [
        CheckRow(country=place, numbers=numbers, n_train_pairs=900, n_train_users=40) for place in ("CHL", "NZL", MEAN)
    ]
    return conclusion(rows)


def test_the_ratio_of_pairs_never_stands_without_the_efficiency():
    for part, at_least in ((0.24, False), (1.0, True)):
        words = said(part, at_least=at_least)
        assert "efficiency" in words and "2 countries" in words
    assert "The ratio of all pairs to kept pairs says 160 %." in said(0.24)


def test_where_scpo_gains_nothing_no_part_of_the_pairs_is_praised():
    words = said(0.0)
    assert "gains nothing" in words and "0 % of the pairs" not in words
