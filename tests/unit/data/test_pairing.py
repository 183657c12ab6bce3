from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scpo.data.pairing import build_pairs, conversation_messages
from scpo.data.tables import PAIRS, UTTERANCES, validate
from scpo.errors import DataError, InputError


def responses(*rows: tuple[str, int | None, str, float, bool | None], user: str = "user9001") -> pd.DataFrame:
    """Rows of (interaction, turn, response, score, is_partner) of one conversation."""
    return pd.DataFrame(
        {
            "utterance_id": [f"ut{i}" for i in range(len(rows))],
            "interaction_id": [row[0] for row in rows],
            "conversation_id": pd.Series(["c9001"] * len(rows), dtype="str"),
            "user_id": [user] * len(rows),
            "turn": pd.array([row[1] for row in rows], dtype="Int32"),
            "prompt": [f"prompt of {row[0]}" for row in rows],
            "response": [row[2] for row in rows],
            "score": np.array([row[3] for row in rows], dtype=float),
            "is_partner": pd.array([row[4] for row in rows], dtype="boolean"),
            "model_name": pd.Series([None] * len(rows), dtype=object),
            "flagged": pd.array([pd.NA] * len(rows), dtype="boolean"),
        }
    )


def preferred(utterances: pd.DataFrame, pairs: pd.DataFrame) -> list[tuple[str, str]]:
    text = utterances["response"].to_numpy()
    return list(zip(text[pairs["chosen"]], text[pairs["rejected"]], strict=True))


def test_four_responses_with_one_tie_give_five_pairs():
    utterances = responses(
        ("int1", 0, "both", 71, False), ("int1", 0, "tea", 88, True), ("int1", 0, "coffee", 71, False),
        ("int1", 0, "EMPTY STRING", 1, False),
    )  # fmt: skip
    pairs, counts = build_pairs(validate(utterances, UTTERANCES, "utterances"))
    validate(pairs, PAIRS, "pairs")
    assert counts == {"pairs": 5, "ties": 1, "identical_texts": 0, "single_responses": 0}
    assert set(preferred(utterances, pairs)) == {
        ("tea", "both"), ("tea", "coffee"), ("tea", "EMPTY STRING"), ("both", "EMPTY STRING"),
        ("coffee", "EMPTY STRING"),
    }  # fmt: skip
    assert sorted(pairs["margin"]) == [17, 17, 70, 70, 87]


def test_the_score_decides_even_where_the_mark_disagrees():
    utterances = responses(("int1", 0, "marked", 20, True), ("int1", 0, "better", 30, False))
    pairs, _ = build_pairs(utterances)
    assert preferred(utterances, pairs) == [("better", "marked")]


def test_a_single_response_gives_no_pair_and_is_counted():
    _, counts = build_pairs(responses(("int1", 0, "a", 5, True), ("int2", 0, "b", 9, True), ("int2", 0, "c", 8, False)))
    assert counts == {"pairs": 1, "ties": 0, "identical_texts": 0, "single_responses": 1}


def test_identical_texts_with_different_scores_give_no_pair_and_are_counted():
    _, counts = build_pairs(responses(("int1", 0, "same", 5, True), ("int1", 0, "same", 9, True)))
    assert counts == {"pairs": 0, "ties": 0, "identical_texts": 1, "single_responses": 0}


def test_identical_texts_with_equal_scores_are_a_tie_only():
    _, counts = build_pairs(responses(("int1", 0, "same", 66, True), ("int1", 0, "same", 66, True)))
    assert counts == {"pairs": 0, "ties": 1, "identical_texts": 0, "single_responses": 0}


def test_nothing_crosses_an_interaction_even_when_rows_are_mixed():
    utterances = responses(("int1", 0, "a", 1, True), ("int2", 1, "b", 2, True), ("int1", 0, "c", 3, False),
                           ("int2", 1, "d", 4, False))  # fmt: skip
    pairs, _ = build_pairs(utterances)
    assert preferred(utterances, pairs) == [("c", "a"), ("d", "b")]
    assert pairs["pair_id"].tolist() == ["int1:1-0", "int2:1-0"]


def test_the_pair_takes_the_users_country_and_the_facets_of_its_responses():
    utterances = responses(("int1", 0, "a", 1, True), ("int1", 0, "b", 2, False))
    facets = pd.DataFrame({"conversation_type": ["unguided", "unguided"]})
    pairs, _ = build_pairs(utterances, country={"user9001": "ZAF"}, facets=facets)
    assert pairs[["country", "conversation_type"]].to_numpy().tolist() == [["ZAF", "unguided"]]
    assert build_pairs(utterances, country={"user9001": None})[0]["country"].tolist() == [None]


def test_a_missing_score_is_an_error_and_not_a_tie():
    with pytest.raises(DataError, match="ut1"):
        build_pairs(responses(("int1", 0, "a", 1, True), ("int1", 0, "b", np.nan, False)))


def test_no_responses_give_no_pairs():
    pairs, counts = build_pairs(responses())
    assert len(pairs) == 0
    assert counts == {"pairs": 0, "ties": 0, "identical_texts": 0, "single_responses": 0}


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abc"), st.integers(1, 4)), min_size=1, max_size=25))
def test_pairs_and_counts_are_those_of_going_through_all_couples(rows):
    utterances = responses(*[(f"int{i}", 0, text, score, None) for i, text, score in rows])
    expected, ties, identical = set(), 0, 0
    for a, b in combinations(range(len(rows)), 2):
        if rows[a][0] != rows[b][0]:
            continue
        if rows[a][2] == rows[b][2]:
            ties += 1
        elif rows[a][1] == rows[b][1]:
            identical += 1
        else:
            expected.add((a, b) if rows[a][2] > rows[b][2] else (b, a))
    pairs, counts = build_pairs(utterances)
    assert set(zip(pairs["chosen"], pairs["rejected"], strict=True)) == expected
    assert (counts["pairs"], counts["ties"], counts["identical_texts"]) == (len(expected), ties, identical)
    assert pairs["pair_id"].is_unique


TURNS = responses(
    ("int1", 0, "tea", 88, True), ("int1", 0, "coffee", 71, False),
    ("int2", 1, "milder", 80, True), ("int2", 1, "taste", 35, False),
    ("int3", 2, "yes", 50, None),
)  # fmt: skip


def test_context_turn_is_the_prompt_alone():
    assert conversation_messages(TURNS, "turn")[4] == [{"role": "user", "content": "prompt of int3"}]


def test_context_history_tells_the_conversation_with_the_responses_it_went_on_with():
    messages = conversation_messages(TURNS.sample(frac=1, random_state=2).sort_values("utterance_id"), "history")
    assert messages[0] == messages[1] == [{"role": "user", "content": "prompt of int1"}]
    assert messages[2] == messages[3]
    assert messages[4] == [
        {"role": "user", "content": "prompt of int1"},
        {"role": "assistant", "content": "tea"},
        {"role": "user", "content": "prompt of int2"},
        {"role": "assistant", "content": "milder"},
        {"role": "user", "content": "prompt of int3"},
    ]


def test_history_follows_the_turn_and_not_the_row():
    messages = conversation_messages(TURNS.iloc[::-1], "history")
    assert [len(m) for m in messages] == [5, 3, 3, 1, 1]


def test_without_turns_a_row_has_its_prompt_alone():
    alone = responses(("int1", None, "a", 1, None), ("int1", None, "b", 2, None))
    assert conversation_messages(alone, "history") == [[{"role": "user", "content": "prompt of int1"}]] * 2


@pytest.mark.parametrize(
    ("rows", "what"), [(TURNS.iloc[2:], "turn 0 is missing"), (TURNS.iloc[[0, 1, 3, 4]], "turn 1")]
)
def test_a_hole_in_the_history_is_an_error(rows, what):
    with pytest.raises(DataError, match=what):
        conversation_messages(rows, "history")


def test_another_context_is_refused():
    with pytest.raises(InputError, match="'all'"):
        conversation_messages(TURNS, "all")
