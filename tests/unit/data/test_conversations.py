"""Written conversations become prompt, history and responses; plain texts stay what they are."""

import json

import numpy as np
import pandas as pd
import pytest

from scpo.data.conversations import NotAConversation, exchange, holds_its_prompt
from scpo.data.pairing import conversation_messages
from scpo.data.sources.pairs.load import load_pairs_file
from scpo.data.tables import UTTERANCES, validate

U, A, S = "user", "assistant", "system"


def said(*messages):
    return json.dumps([{"role": role, "content": text} for role, text in messages])


def test_plain_texts_are_no_conversation():
    assert exchange("p", ("a", "b")) is None
    assert exchange("[1, 2] add these", ("[3]", "[4]")) is None
    assert exchange("Give me a list", ('["x", "y"]', '["z"]')) is not None  # a list of one text is that text
    assert exchange("p", ('["x", "y"]', "b")) is None
    assert exchange("He wrote: Human: and left", ("Assistant: a word", "b")) is None


@pytest.mark.parametrize(
    "write", [json.dumps, repr, lambda rows: str(np.array(rows, dtype=object))], ids=["json", "python", "numpy"]
)
def test_messages_are_read_however_a_program_wrote_them(write):
    messages = [{"role": "user", "content": "it's p"}, {"role": "assistant", "content": 'say "a"'}]
    other = [messages[0], {"role": "assistant", "content": "b"}]
    found = exchange(None, (write(messages), write(other)))
    assert (found.prompt, found.responses, found.history) == ("it's p", ['say "a"', "b"], [])


def test_what_conversations_share_up_to_the_last_user_message_is_history_and_prompt():
    before = [(U, "p"), (A, "q"), (U, "r")]
    found = exchange(None, (said(*before, (A, "a")), said(*before, (A, "b"))))
    assert found.history == [{"role": U, "content": "p"}, {"role": A, "content": "q"}]
    assert (found.prompt, found.responses) == ("r", ["a", "b"])
    assert exchange(said(*before), (said((A, "a")), said((A, "b")))) == found
    assert exchange(said(*before), ("a", "b")) == found


def test_transcripts_of_human_and_assistant_are_conversations():
    start = "\n\nHuman: p\n\nAssistant: q\n\nHuman: r\n\nAssistant: "
    found = exchange(None, (start + "a\n\nwith a paragraph", start + "b"))
    assert [one["content"] for one in found.history] == ["p", "q"]
    assert (found.prompt, found.responses) == ("r", ["a\n\nwith a paragraph", "b"])


def test_conversations_that_go_different_ways_are_one_response_each():
    one, other = said((U, "p"), (A, "a"), (U, "and?"), (A, "b")), said((U, "p"), (A, "c"), (U, "so?"), (A, "d"))
    found = exchange(None, (one, other))
    assert (found.prompt, found.history, found.joined) == ("p", [], True)
    assert found.responses == ["a\n\nUser: and?\n\nAssistant: b", "c\n\nUser: so?\n\nAssistant: d"]


def test_turns_in_two_lists_are_put_together():
    found = exchange('["p", "q"]', ('["a", "b"]', '["a", null]'))
    assert [one["content"] for one in found.history] == ["p", "a"]
    assert (found.prompt, found.responses) == ("q", ["b", ""])


def test_the_text_of_the_system_stands_before_the_first_message():
    found = exchange(None, (said((S, "be kind"), (U, "p"), (A, "a")), said((S, "be kind"), (U, "p"), (A, "b"))))
    assert found.prompt == "be kind\n\np" and found.with_system


def test_other_words_for_roles_and_typed_parts_are_read():
    one = json.dumps([{"from": "human", "value": "p"}, {"from": "gpt", "value": "a"}])
    parts = [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]
    other = json.dumps([{"role": "user", "content": "p"}, {"role": "assistant", "content": parts}])
    assert exchange(None, (one, other)).responses == ["a", "bc"]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ((said((U, "p"), (A, "a")), said((U, "other"), (A, "b"))), "different prompts"),
        ((said((A, "a")), said((A, "b"))), "no message of the user"),
        ((said((U, "p"), ("tool", "a")), said((U, "p"), (A, "b"))), "unknown role"),
        ((json.dumps([{"role": "user", "content": [{"type": "image", "url": "x"}]}]), "b"), "no text"),
    ],
)
def test_what_cannot_be_compared_says_why(cells, why):
    with pytest.raises(NotAConversation, match=why):
        exchange(None, cells)


def test_a_response_that_holds_its_prompt_is_seen():
    assert holds_its_prompt(said((U, "p"), (A, "a"))) and holds_its_prompt("\n\nHuman: p\n\nAssistant: a")
    assert not holds_its_prompt("a") and not holds_its_prompt(said((A, "a"))) and not holds_its_prompt(None)


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs.parquet", "pairs.csv"])
def test_a_file_of_conversations_keeps_its_history_for_the_context(write, name):
    before = [{"role": U, "content": "p"}, {"role": A, "content": "q"}, {"role": U, "content": "r"}]
    rows = [{name: [*before, {"role": A, "content": text}] for name, text in (("chosen", "a"), ("rejected", "b"))}]
    tables = load_pairs_file(write(rows, name), mapping={})
    validate(tables.utterances, UTTERANCES, "utterances")
    row = int(tables.pairs["chosen"].iloc[0])
    assert conversation_messages(tables.utterances, "turn")[row] == before[2:]
    assert conversation_messages(tables.utterances, "history")[row] == before
    assert tables.utterances["response"].iloc[row] == "a"
    assert any("1 row has turns before the prompt" in note for note in tables.report.notes)
    assert len(tables.utterances) == 3 and len(tables.pairs) == 1


def test_a_list_that_is_no_conversation_is_no_text(write):
    rows = [{"prompt": "p", "chosen": ["a", "b"], "rejected": "c"}, {"prompt": "p", "chosen": "d", "rejected": "e"}]
    report = load_pairs_file(write(rows), mapping={}).report
    assert report.dropped["pairs.jsonl"] == {"text expected, other type found: chosen": [1]}


def test_lists_written_by_a_spreadsheet_are_read_as_those_of_json(write):
    rows = [
        {"prompt": [{"role": U, "content": f"p{i}"}], "chosen": [{"role": A, "content": f"a{i}"}],
         "rejected": [{"role": A, "content": f"b{i}"}]}
        for i in range(3)
    ]  # fmt: skip
    frame = pd.DataFrame(rows).map(str)
    native = load_pairs_file(write(rows), mapping={})
    written = load_pairs_file(write(frame.to_csv(index=False), "pairs.csv"), mapping={})
    for column in ("prompt", "response"):
        assert written.utterances[column].tolist() == native.utterances[column].tolist()
