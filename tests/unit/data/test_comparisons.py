"""Files with two responses and a winner."""

import pytest

from scpo.data.raw_files import RawRows
from scpo.data.sources.pairs.comparisons import (
    TIE,
    UNKNOWN_WINNER,
    outcome_of,
    outcomes_found,
    read_outcomes,
    written_outcomes,
)
from scpo.data.sources.pairs.load import load_pairs_file
from scpo.data.sources.pairs.names import guess_mapping
from scpo.errors import DataError, InputError

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
    assert guess_mapping(["question", "winner", "loser"]) == {"prompt": "question", "rejected": "loser"}


@pytest.mark.parametrize(
    ("word", "side"),
    [
        ("A", "a"), ("model_b", "b"), ("Model A", "a"), ("[[B]]", "b"), ("A-is-clearly-better", "a"), ("B wins", "b"),
        ("a>>b", "a"), ("A<B", "b"), ("B>A", "b"), ("A=B", "tie"), ("both_bad", "tie"), ("no preference", "tie"),
        ("Response 1", "a"), ("option_2", "b"), ("right", "b"), ("0", None), ("1", None), ("true", None), ("-2", None),
        ("alpha", None), ("", None), (None, None), ("ab", None),
    ],
)  # fmt: skip
def test_words_for_an_outcome_are_known_and_numbers_are_not(word, side):
    assert outcome_of(word) == side


def numbered(values, column="label"):
    return [{"prompt": f"q{i}", "response_a": f"x{i}", "response_b": f"y{i}", column: v} for i, v in enumerate(values)]


def chosen(tables):
    return tables.utterances["response"].to_numpy()[tables.pairs["chosen"]].tolist()


def test_numbers_are_refused_with_their_values_until_somebody_says_what_they_mean(write):
    path = write(numbered([0, 1, 0]))
    with pytest.raises(DataError, match=r"'label' holds '0' \(2\), '1' \(1\).*--winner 0=a,\.\.\. or --winner signed"):
        load_pairs_file(path, mapping={})
    assert chosen(load_pairs_file(path, mapping={}, winner="0=a,1=b")) == ["x0", "y1", "x2"]
    assert chosen(load_pairs_file(path, mapping={}, winner="0=b, 1=tie")) == ["y0", "y2"]


def test_a_signed_strength_is_read_when_it_is_called_so_or_stated(write):
    values = [-3, 2, 0]
    assert chosen(load_pairs_file(write(numbered(values, "preference_strength")), mapping={})) == ["x0", "y1"]
    with pytest.raises(DataError, match="--winner signed"):
        load_pairs_file(write(numbered(values)), mapping={})
    tables = load_pairs_file(write(numbered(values)), mapping={}, winner="signed")
    assert chosen(tables) == ["x0", "y1"] and tables.report.ties == 1


def test_values_that_are_no_outcome_are_counted_and_named_beside_those_that_are(write):
    report = load_pairs_file(write(numbered(["a", "x", "x", "7"])), mapping={}).report
    assert report.dropped["pairs.jsonl"] == {UNKNOWN_WINNER: [2, 3, 4]}
    assert any(
        "3 rows have no known winner; the column 'label' holds 'x' (2), '7' (1)" in note for note in report.notes
    )


def test_the_name_of_a_column_says_more_than_a_word(write):
    rows = [{"prompt": "p", "response_0": "x", "response_1": "y", "winner": "response_1"}]
    assert chosen(load_pairs_file(write(rows), mapping={})) == ["y"]


def test_a_column_for_each_outcome_is_read(write):
    kinds = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)]
    names = ("winner_model_a", "winner_model_b", "winner_tie")
    rows = [
        {**row, **dict(zip(names, kind, strict=True))} for row, kind in zip(numbered("abcd", "x"), kinds, strict=True)
    ]
    tables = load_pairs_file(write(rows, "pairs.csv"), mapping={})
    assert chosen(tables) == ["x0", "y1"] and tables.report.ties == 1
    assert tables.report.dropped["pairs.csv"][UNKNOWN_WINNER] == [5]


@pytest.mark.parametrize("text", ["0", "0=c", "a=0", ""])
def test_an_outcome_that_is_not_stated_as_one_is_refused(write, text):
    with pytest.raises(InputError, match="0=a,1=b,2=tie"):
        load_pairs_file(write(numbered("ab")), mapping={}, winner=text)


def test_values_of_a_winner_are_counted_with_what_they_mean():
    raw = RawRows(
        ["x", "y", "who"], [["a", "b", said] for said in ("left", "0", "0", "me, clearly", None)], [*range(5)]
    )
    mapping = {"response_a": "x", "response_b": "y", "winner": "who"}
    assert outcomes_found(raw, mapping) == [("0", 2, None), ("left", 1, "a"), ("me, clearly", 1, None)]
    stated = written_outcomes({"0": "b", "me, clearly": "a"})
    assert stated == '0=b,"me, clearly=a"'
    assert [one.meaning for one in outcomes_found(raw, mapping, read_outcomes(stated))] == ["b", "a", "a"]


def test_rows_of_another_type_are_dropped_even_where_no_other_row_has_the_column(write):
    rows = [{"prompt": "p"}, {"prompt": "p", "response_a": None, "response_b": 0, "winner": "a"}]
    with pytest.raises(DataError, match=r"no usable pair .*text expected, other type found: response_b: 1 row"):
        load_pairs_file(write(rows), mapping={})
