"""Files with two responses and a winner."""

import pytest

from scpo.data.sources.pairs.comparisons import TIE, UNKNOWN_WINNER
from scpo.data.sources.pairs.load import guess_mapping, load_pairs_file
from scpo.errors import DataError

MAPPING = {"prompt": "question", "response_a": "answer_a", "response_b": "answer_b", "winner": "label"}
WINNERS = ["a", "model_b", " Tie ", "answer_b", "LEFT", "who knows", None, "tie (bothbad)"]


def rows():
    return [
        {"question": f"q{i}", "answer_a": f"x{i}", "answer_b": f"y{i}", "label": w, "country": "CHL"}
        for i, w in enumerate(WINNERS)
    ]


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs.csv", "pairs.parquet"])
def test_the_winner_is_chosen_ties_and_unknown_winners_are_counted(write, name):
    tables = load_pairs_file(write(rows(), name), mapping=MAPPING)
    text = tables.utterances["response"].to_numpy()
    found = list(zip(text[tables.pairs["chosen"]], text[tables.pairs["rejected"]], strict=True))
    assert found == [("x0", "y0"), ("y1", "x1"), ("y3", "x3"), ("x4", "y4")]
    first = 2 if name.endswith(".csv") else 1
    assert tables.report.ties == 2
    assert tables.report.dropped[name] == {TIE: [first + 2, first + 7], UNKNOWN_WINNER: [first + 5, first + 6]}
    assert tables.report.files[name] == 8 and tables.report.kept[name] == 4
    assert set(tables.pairs["country"]) == {"CHL"}


def test_only_ties_are_an_error_with_their_number(write):
    with pytest.raises(DataError, match=r"no usable pair \(tie.*: 1 row\)"):
        load_pairs_file(write(rows()[2:3]), mapping=MAPPING)


def test_a_missing_column_is_named(write):
    with pytest.raises(DataError, match=r"no column 'verdict' for winner; columns found: question"):
        load_pairs_file(write(rows()), mapping={**MAPPING, "winner": "verdict"})


@pytest.mark.parametrize(
    ("mapping", "why"),
    [({"winner": "label"}, "winner alone"), ({**MAPPING, "chosen": "answer_a"}, "either chosen and rejected, or")],
)
def test_half_a_mapping_is_refused(write, mapping, why):
    with pytest.raises(DataError, match=why):
        load_pairs_file(write(rows()), mapping=mapping)


def test_a_file_that_has_a_column_chosen_too_is_read_by_its_winner(write):
    tables = load_pairs_file(write([{**row, "chosen": "0"} for row in rows()]), mapping=MAPPING)
    assert "x0" in set(tables.utterances["response"])


def test_comparisons_are_guessed_before_chosen_and_rejected():
    assert guess_mapping(["Question", "response_a", "response_b", "winner", "annotator"]) == {
        "response_a": "response_a", "response_b": "response_b", "winner": "winner", "prompt": "Question",
        "user_id": "annotator",
    }  # fmt: skip
    assert guess_mapping(["question", "winner", "loser"]) == {
        "prompt": "question", "chosen": "winner", "rejected": "loser",
    }  # fmt: skip
