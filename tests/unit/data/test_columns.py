"""What a file is like before it is known which column is what."""

import pytest

from scpo.data.sources.columns import read_columns
from scpo.data.sources.pairs.load import load_pairs_file
from scpo.data.sources.responses.load import load_responses

ASKED = [{"role": "user", "content": "q"}]
ANSWERED = [*ASKED, {"role": "assistant", "content": "a"}]


@pytest.mark.parametrize(
    ("row", "with_prompt", "judged"),
    [
        ({"prompt": "q", "chosen": "a", "rejected": "b"}, set(), False),
        ({"chosen": ANSWERED, "rejected": "\n\nHuman: q\n\nAssistant: b"}, {"chosen", "rejected"}, False),
        ({"prompt": "q", "response_a": "a", "response_b": "b", "winner": "a"}, set(), True),
        ({"instruction": "q", "completions": [{"response": "a", "score": 1}]}, set(), True),
        ({"user_prompt": "q", "model_response": "a", "score": 3}, set(), True),
        ({"user_prompt": "q", "model_response": "a"}, set(), False),
    ],
)
def test_the_columns_say_what_a_row_may_hold(write, row, with_prompt, judged):
    found = read_columns(write([row]))
    assert (found.with_prompt - {"prompt"}, found.judged, found.rows) == (with_prompt, judged, 1)


def test_an_outcome_in_several_columns_is_one_winner(write):
    row = {"prompt": "q", "response_a": "a", "response_b": "b", "winner_model_a": 0, "winner_model_b": 1}
    found = read_columns(write([row]))
    assert found.names[-1] == "winner" and found.first[0][-1] == "b"


def test_what_is_mapped_to_nothing_is_not_guessed(write):
    pairs = [{"prompt": f"q{i}", "chosen": "a", "rejected": "b", "annotator": "u", "country": "Chile"} for i in "xy"]
    users = load_pairs_file(write(pairs), mapping={"user_id": "", "country": ""}).users
    assert users["user_id"].tolist() == ["row-1", "row-2"] and users["country"].isna().all()
    judged = [
        {"prompt": "q", "response": one, "annotator": one, "rating": i, "score": -i} for i, one in enumerate("ab")
    ]
    tables = load_responses(write(judged), mapping={"user_id": "", "score": "rating"})
    assert tables.users["user_id"].tolist() == ["row-1"]
    assert tables.pairs["margin"].tolist() == [1.0]
