"""How a card writes numbers that are only known from below."""

from dashboard.frame.checks import table
from scpo.results.checks import CHECKS, CheckDocument, CheckRow, Number


def number(value, low, high, *, at_least=False):
    return Number(value=value, low=low, high=high, level=0.95, n_pairs=100, n_users=12, at_least=at_least)


def test_what_all_pairs_do_not_reach_is_written_as_at_least():
    numbers = {
        "kept_ratio": number(1.62, None, None),
        "efficiency": number(1.62, 0.3, None, at_least=True),
        "part": number(0.2, 0.1, 0.4),
    }
    row = CheckRow(country="CHL", n_train_pairs=400, n_train_users=40, numbers=numbers)
    document = CheckDocument(
        check="efficiency", question="?", dataset="d", model="m", level=0.95, repeats=20, seed=0, family=["CHL"],
        rows=[row], left_out={}, about={}, conclusion=".",
    )  # fmt: skip
    (line,) = table(document, CHECKS["efficiency"], str).to_dict("records")
    assert line["Pairs / kept pairs, %"] == "162.0"
    assert line["Efficiency, %"] == "≥ 162.0 [30.0, …]"
    assert line["Random part that does as well, %"] == "20.0 [10.0, 40.0]"
