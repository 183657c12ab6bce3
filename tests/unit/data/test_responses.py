"""Prompts with several responses that people chose, scored or ranked, in every shape they come in."""

import json

import numpy as np
import pytest

from scpo.data.pairing import conversation_messages
from scpo.data.sources.responses.choices import by_order
from scpo.data.sources.responses.load import ALIKE, ALONE, UNJUDGED, load_responses
from scpo.data.tables import PAIRS, UTTERANCES, validate
from scpo.errors import DataError


def preferences(tables):
    text = tables.utterances["response"].to_numpy()
    return list(zip(text[tables.pairs["chosen"]], text[tables.pairs["rejected"]], strict=True))


def assert_counts_add_up(tables):
    for file, read in tables.report.files.items():
        assert read == tables.report.kept[file] + sum(len(lines) for lines in tables.report.dropped[file].values())


def long_rows(**more):
    scores = {"p": [3, 1, 2], "q": [5, 5], "r": [4], "s": [None, None]}
    return [
        {"user_prompt": prompt, "model_response": f"{prompt}{i}", "score": score, "user": f"u-{prompt}",
         "model": f"m{i}", "country": "Chile", **more}
        for prompt, given in scores.items() for i, score in enumerate(given)
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["r.jsonl", "r.csv", "r.parquet"])
def test_scored_rows_of_a_prompt_are_paired_and_what_makes_no_pair_has_its_reason(write, name):
    tables = load_responses(write(long_rows(), name), mapping={})
    validate(tables.utterances, UTTERANCES, "utterances")
    validate(tables.pairs, PAIRS, "pairs")
    assert preferences(tables) == [("p0", "p2"), ("p0", "p1"), ("p2", "p1")]
    assert tables.pairs["margin"].tolist() == [1, 2, 1] and set(tables.pairs["country"]) == {"CHL"}
    assert tables.utterances["score"].tolist() == [3, 2, 1]
    assert tables.utterances["model_name"].tolist() == ["m0", "m2", "m1"]
    first = 2 if name == "r.csv" else 1
    assert tables.report.dropped[name] == {
        ALIKE: [first + 3, first + 4], ALONE: [first + 5], UNJUDGED: [first + 6, first + 7],
    }  # fmt: skip
    assert (tables.report.ties, tables.report.single_responses) == (1, 1)
    assert_counts_add_up(tables)


def test_without_users_all_responses_to_a_prompt_are_of_one_person(write):
    rows = [{"prompt": "p", "response": one, "rating": i} for i, one in enumerate("abc")]
    tables = load_responses(write(rows), mapping={})
    assert tables.users["user_id"].tolist() == ["row-1"] and len(tables.pairs) == 3


def test_a_mark_or_a_rank_in_the_rows_orders_them_too(write):
    rows = [{"prompt": "p", "response": f"r{i}", "user": "u"} for i in range(3)]
    marked = load_responses(write([{**row, "if_chosen": i == 1} for i, row in enumerate(rows)]), mapping={})
    assert preferences(marked) == [("r1", "r0"), ("r1", "r2")]
    assert marked.pairs["margin"].isna().all() and marked.report.ties == 0
    assert any("only the winner is known" in note for note in marked.report.notes)
    ranked = load_responses(write([{**row, "rank": r} for row, r in zip(rows, (2, 1, 2), strict=True)]), mapping={})
    assert preferences(ranked) == [("r1", "r0"), ("r1", "r2")] and ranked.report.ties == 1


def test_several_people_who_judge_the_same_responses_stay_several(write):
    rows = [
        {"prompt": "p", "response": one, "annotator": who, "score": score}
        for who, scores in (("u", (1, 2)), ("v", (2, 1))) for one, score in zip("ab", scores, strict=True)
    ]  # fmt: skip
    tables = load_responses(write(rows), mapping={})
    assert preferences(tables) == [("b", "a"), ("a", "b")] and tables.pairs["user_id"].tolist() == ["u", "v"]


def wide_rows():
    turns = {}
    for turn, best in (("first", "b"), ("second", "response_c")):
        turns |= {
            f"{turn}_turn_prompt": f"{turn}?",
            f"{turn}_turn_preferred_response": best,
            f"{turn}_turn_feedback": "x",
        }
        turns |= {f"{turn}_turn_response_{name}": f"{turn} {name}<|end_of_text|>" for name in "abcd"}
    one_turn = {key: value if key.startswith("first") else None for key, value in turns.items()}
    return [
        {
            "annotator_id": "ann0",
            "annotator_country": "united states",
            "annotator_gender": "female",
            "lang": "en",
            **turns,
        },
        {"annotator_id": "ann1", "annotator_country": "india", "annotator_gender": "male", "lang": "hi", **one_turn},
    ]


def test_responses_beside_one_another_are_read_turn_by_turn_with_what_came_before(write):
    tables = load_responses(write(wide_rows()), mapping={})
    won = [("first b", f"first {name}") for name in "acd"]
    assert preferences(tables) == [*won, *(("second c", f"second {name}") for name in "abd"), *won]
    assert tables.pairs["country"].tolist() == ["USA"] * 6 + ["IND"] * 3
    assert tables.pairs["turn"].tolist() == ["0"] * 3 + ["1"] * 3 + ["0"] * 3
    assert "first_turn_feedback" not in tables.pairs and tables.users["annotator_gender"].tolist() == ["female", "male"]
    row = int(tables.pairs["chosen"].iloc[3])
    said = [one["content"] for one in conversation_messages(tables.utterances, "history")[row]]
    assert said == ["first?", "first b", "second?"]
    assert any("3 choices among 4 responses make 9 pairs" in note for note in tables.report.notes)
    assert_counts_add_up(tables)


def test_a_row_without_a_known_winner_is_dropped_and_counted(write):
    rows = [{"prompt": "p", "response_a": "x", "response_b": "y", "response_c": "z", "preferred_response": said}
            for said in ("a", "e", None)]  # fmt: skip
    tables = load_responses(write(rows), mapping={})
    assert len(tables.pairs) == 2 and tables.report.dropped["pairs.jsonl"] == {UNJUDGED: [2, 3]}


def test_a_written_ranking_orders_all_it_names(write):
    rows = [{"prompt": "p", **{f"response_{name}": name for name in "abcd"}, "ranking": "A > B=C > D"}]
    tables = load_responses(write(rows), mapping={})
    assert preferences(tables) == [("a", "b"), ("a", "c"), ("a", "d"), ("b", "d"), ("c", "d")]
    assert tables.report.ties == 1 and tables.pairs["margin"].isna().all()


@pytest.mark.parametrize(
    ("text", "ranks"),
    [("A>B=C>D", [0, 1, 1, 2]), ("d>>a", [1, np.nan, np.nan, 0]), *((x, [np.nan] * 4) for x in ("A>X", "", None))],
)  # fmt: skip
def test_rankings_are_read_or_unknown_as_a_whole(text, ranks):
    np.testing.assert_array_equal(by_order(text, "abcd"), ranks)


def test_a_list_of_responses_inside_a_row_is_read_with_its_scores_and_models(write):
    listed = [{"model": f"m{i}", "response": f"r{i}", "overall_score": score} for i, score in enumerate((2.5, 4, 4))]
    rows = [{"instruction": "p", "completions": listed, "source": "s"}, {"instruction": "q", "completions": []}]
    tables = load_responses(write(rows), mapping={})
    assert preferences(tables) == [("r1", "r0"), ("r2", "r0")] and tables.pairs["margin"].tolist() == [1.5, 1.5]
    assert set(tables.utterances["model_name"]) == {"m0", "m1", "m2"} and tables.pairs["source"].tolist() == ["s", "s"]
    assert tables.report.dropped["pairs.jsonl"] == {"no list of responses in completions": [2]}
    assert_counts_add_up(tables)


def test_scores_that_are_asked_for_by_name_are_taken(write):
    listed = [{"response": f"r{i}", "overall_score": i, "fine": -i} for i in range(2)]
    tables = load_responses(write([{"prompt": "p", "responses": listed}]), mapping={"score": "fine"})
    assert preferences(tables) == [("r0", "r1")]


def test_communities_can_be_any_column(write):
    rows = long_rows(age="young")
    assert set(load_responses(write(rows), mapping={}, group="age").pairs["country"]) == {"young"}


@pytest.mark.parametrize(
    ("rows", "mapping", "why"),
    [
        ([{"prompt": "p", "response": "a"}], {}, "neither responses beside one another"),
        ([{"prompt": "p", "response": "a", "score": 1}], {}, r"no pair .*the only response to its prompt: 1 row"),
        ([{"prompt": "p", "response": "a", "score": 1}], {"reward": "score"}, "'reward' is no column this source maps"),
        ([{"prompt": "p", "response": "a", "score": 1}], {"score": "points"}, "no column 'points' for score"),
    ],
)
def test_what_cannot_be_read_says_why(write, rows, mapping, why):
    with pytest.raises(DataError, match=why):
        load_responses(write(rows), mapping=mapping)


def test_conversations_in_rows_of_responses_are_read_too(write):
    asked = json.dumps([{"role": "user", "content": "p"}])
    rows = [{"prompt": asked, "response": f"r{i}", "score": i, "user": "u"} for i in range(2)]
    tables = load_responses(write(rows), mapping={})
    assert tables.utterances["prompt"].tolist() == ["p", "p"]


def test_a_row_without_any_response_is_dropped_not_lost_and_an_empty_prompt_is_missing(write):
    rows = [{"prompt": prompt, "response_a": a, "response_b": "y", "preferred_response": "a"}
            for prompt, a in (("p", "x"), (None, "x"))]  # fmt: skip
    nothing = dict.fromkeys(("response_a", "response_b", "prompt"))
    report = load_responses(write([*rows, nothing, {**nothing, "prompt": "p"}]), mapping={}).report
    assert report.dropped["pairs.jsonl"] == {"no response": [3, 4], "missing prompt": [2]}
    assert report.kept["pairs.jsonl"] == 1
