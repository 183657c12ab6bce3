"""A file of one's own candidates, and what best-of-k makes of it."""

import json

import pytest

from scpo.data.candidates import Candidates, read_candidates
from scpo.errors import DataError, InputError
from scpo.results.behaviour.candidates import candidate_document


def test_prompts_responses_and_scores_are_read(tmp_path):
    file = tmp_path / "own.jsonl"
    lines = [{"prompt": "p", "responses": ["a", "b"], "scores": [1, 2.5]}, {"prompt": "q", "responses": ["c"]}]
    file.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    assert read_candidates(file) == [Candidates("p", ("a", "b"), (1.0, 2.5)), Candidates("q", ("c",), None)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "has no line"),
        ("[1]", "line 1: "),
        ('{"responses": ["a"]}', "line 1: prompt is no text"),
        ('{"prompt": "p", "responses": []}', "responses is no list of texts"),
        ('{"prompt": "p", "responses": ["a", 1]}', "responses is no list of texts"),
        ('{"prompt": "p", "responses": ["a"], "scores": [1, 2]}', "scores are not as many as the 1 responses"),
        ('{"prompt": "p", "responses": ["a"], "scores": ["x"]}', "scores are not all numbers"),
    ],
)
def test_a_line_that_is_not_so_is_named_with_what_it_should_be(tmp_path, line, says):
    file = tmp_path / "own.jsonl"
    file.write_text(line)
    with pytest.raises(DataError) as error:
        read_candidates(file)
    assert says in str(error.value) and '"responses"' in str(error.value)


OWN = [
    Candidates("p", ("a", "b", "c"), (1.0, 2.0, 9.0)),
    Candidates("q", ("a", "b"), (4.0, 0.0)),
    Candidates("r", ("a",), (7.0,)),
]


def test_models_are_compared_on_the_prompts_with_enough_responses():
    rewards = {"one": [[0, 1, 2], [1, 0], [0]], "two": [[2, 1, 0], [1, 0], [0]]}
    found = candidate_document(OWN, rewards, level=0.95)
    assert (found["n_prompts"], found["left_out"], found["best_of"], found["used"]) == (2, 1, 2, [0, 1])
    one, two = found["models"]
    assert [point["k"] for point in one["points"]] == [1, 2] and (one["picks"], two["picks"]) == ([2, 0], [0, 0])
    # Best of two of the first prompt: 1 in one of three couples, 2 in two of them; of the second its best.
    assert one["points"][1]["reward"]["value"] == pytest.approx((5 / 3 + 1) / 2)
    assert one["points"][1]["score"]["value"] == pytest.approx(((2 + 9 + 9) / 3 + 4) / 2)
    assert one["points"][0]["score"]["value"] == pytest.approx((4 + 2) / 2) and two["changed"] == 0.5
    assert two["score_gain"]["value"] == pytest.approx(((1 + 1 + 2) / 3 - 20 / 3) / 2)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_larger_k_takes_fewer_prompts_and_none_is_refused():
    rewards = {"one": [[0, 1, 2], [1, 0], [0]]}
    assert candidate_document(OWN, rewards, most=3, level=0.95)["n_prompts"] == 1
    with pytest.raises(InputError, match="no prompt has 4 responses"):
        candidate_document(OWN, rewards, most=4, level=0.95)


def test_without_scores_the_reward_alone_is_told():
    bare = [Candidates(one.prompt, one.responses, None) for one in OWN]
    (found,) = candidate_document(bare, {"one": [[0, 1, 2], [1, 0], [0]]}, level=0.95)["models"]
    assert all(point["score"] is None for point in found["points"]) and found["score_gain"] is None
