"""Counted by hand on sentences made for it."""

import pytest

from scpo.measures.text_features import LABELS, prompt_topics, response_features
from scpo.results.what_differs import model_family


def test_features_are_what_a_reader_counts():
    row = response_features(["I think it might rain. Shall I bring my coat?"]).iloc[0]
    assert row["length"] == pytest.approx(3.459432, abs=1e-5)  # log2(1 + 10 words)
    assert row["questions"] == 1
    assert row["hedging"] == pytest.approx(20)  # "I think", "might" of ten words
    assert row["first_person"] == pytest.approx(30)  # I, I, my
    assert row["refusal"] == 0 and row["lists"] == 0
    assert list(row.index) == list(LABELS)


@pytest.mark.parametrize(
    "text", ["I'm sorry, but no.", "I cannot help with this.", "As an AI, I see.", "I don’t have personal views."]
)
def test_refusals_are_recognised(text):
    assert response_features([text])["refusal"].iloc[0] == 1


def test_list_items_are_lines_that_begin_with_a_mark():
    text = "Do this:\n- one\n* two\n3. three\n\n12) four\nno - item\n1984 was a year"
    assert response_features([text])["lists"].iloc[0] == 4


def test_an_empty_response_is_all_zero():
    assert (response_features([""]).iloc[0] == 0).all()


def test_prompts_with_the_same_words_share_a_topic_and_the_seed_decides_it():
    garden = [f"How do I grow tomatoes in my garden soil {i}?" for i in range(12)]
    money = [f"Which savings account pays interest on money {i}?" for i in range(12)]
    topics = prompt_topics([*garden, *money, "42"], n_topics=2, seed=1)
    assert topics[:12].nunique() == topics[12:24].nunique() == 1 and topics[0] != topics[12]
    assert topics.isna().iloc[24]
    # Words that are equally typical stand in the order of the text, in every process.
    assert topics[0] == "grow, tomatoes, garden" and topics[12] == "savings, account, pays"
    assert topics.equals(prompt_topics([*garden, *money, "42"], n_topics=2, seed=1))


def test_too_few_prompts_have_no_topics():
    assert prompt_topics(["hello there", "good day"]).isna().all()


def test_families_of_models():
    names = {"gpt-4-turbo": "gpt", "meta-llama/Llama-2-7b": "llama", "claude-2.1": "claude", None: None, "": None}
    assert {name: model_family(name) for name in names} == names
