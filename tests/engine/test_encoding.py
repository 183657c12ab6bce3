"""Text to tokens: layouts, truncation, padding, batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scpo.errors import InputError
from scpo.model.batching import pad_batch, split_by_length, unique_texts
from scpo.model.encoding import EncodedText, share_budget


def message(text, role="user"):
    return {"role": role, "content": text}


def row(*ids):
    return EncodedText(np.array(ids, dtype=np.int32))


def test_a_pair_model_reads_prompt_and_response_as_two_segments(load_tiny):
    model = load_tiny("bert")
    (encoded,) = model.encode([[message("why is it")]], ["the cat sleeps"])
    tokens = model.tokenizer.convert_ids_to_tokens(encoded.input_ids.tolist())
    assert tokens == ["[CLS]", "why", "is", "it", "[SEP]", "the", "cat", "sleeps", "[SEP]"]
    assert encoded.token_type_ids.tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1]


def test_a_conversation_model_reads_its_own_template_with_one_start_token(load_tiny):
    model = load_tiny("llama")
    (encoded,) = model.encode([[message("why"), message("cat", "assistant"), message("how")]], ["the dog"])
    text = " ".join(model.tokenizer.convert_ids_to_tokens(encoded.input_ids.tolist()))
    assert text == "<s> <user> why <end> <assistant> cat <end> <user> how <end> <assistant> the dog <end>"


def test_the_longer_segment_loses_its_end_first(load_tiny):
    model = load_tiny("bert", max_length=12)
    (encoded,) = model.encode([[message("why is it")]], ["the cat eats a dog quickly and slowly the dog"])
    tokens = model.tokenizer.convert_ids_to_tokens(encoded.input_ids.tolist())
    assert tokens == ["[CLS]", "why", "is", "it", "[SEP]", "the", "cat", "eats", "a", "dog", "quickly", "[SEP]"]


def test_a_history_that_is_too_long_loses_its_oldest_words(load_tiny):
    model = load_tiny("bert", max_length=12)
    history = [message("bad bad bad bad bad bad bad bad"), message("nice", "assistant"), message("why is it")]
    (encoded,) = model.encode([history], ["the cat"])
    tokens = model.tokenizer.convert_ids_to_tokens(encoded.input_ids.tolist())
    assert len(tokens) == 12
    assert tokens[-8:] == ["nice", "why", "is", "it", "[SEP]", "the", "cat", "[SEP]"]


def test_a_long_chat_is_cut_inside_its_messages_and_keeps_the_closing_token(load_tiny):
    model = load_tiny("llama", max_length=16)
    (encoded,) = model.encode([[message("why is it")]], [" ".join(["good"] * 40)])
    tokens = model.tokenizer.convert_ids_to_tokens(encoded.input_ids.tolist())
    assert len(tokens) == 16
    assert tokens[:6] == ["<s>", "<user>", "why", "is", "it", "<end>"]
    assert tokens[-2:] == ["good", "<end>"]


def test_a_template_longer_than_the_limit_is_an_error(load_tiny):
    with pytest.raises(InputError, match="raise max_length"):
        load_tiny("llama", max_length=8).encode([[message("a")] * 6], ["a"])


def test_the_model_s_own_limit_wins_over_a_larger_configured_one(load_tiny):
    assert load_tiny("bert", max_length=512).encoder.max_length == 128


def test_a_missing_prompt_or_a_missing_response_is_an_error(load_tiny):
    model = load_tiny("bert")
    with pytest.raises(InputError, match="needs a prompt"):
        model.encode([[]], ["a"])
    with pytest.raises(InputError, match="one for each"):
        model.encode([[message("a")]], ["a", "b"])


@given(lengths=st.lists(st.integers(0, 60), min_size=1, max_size=6), budget=st.integers(0, 200))
def test_a_budget_is_used_up_or_nothing_is_cut_and_only_the_longest_are_levelled(lengths, budget):
    kept = share_budget(lengths, budget)
    assert sum(kept) == min(sum(lengths), budget)
    assert all(k <= n for k, n in zip(kept, lengths, strict=True))
    cut = [k for k, n in zip(kept, lengths, strict=True) if k < n]
    if cut:
        assert max(kept) <= min(cut) + 1


def test_equal_token_rows_are_found_whatever_their_place():
    first, inverse = unique_texts([row(1, 2), row(3), row(1, 2), row(1), row(3)])
    assert first == [0, 1, 3]
    assert inverse.tolist() == [0, 1, 0, 2, 1]


def test_padding_is_on_the_right_and_the_last_real_token_is_known():
    batch = pad_batch([row(5, 6, 7), row(8)], pad_id=9, device=torch.device("cpu"))
    assert batch.inputs["input_ids"].tolist() == [[5, 6, 7], [8, 9, 9]]
    assert batch.inputs["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch.last.tolist() == [2, 0]


def cheapest(lengths, overhead, max_tokens):
    """All ways to cut the sorted list, tried one by one."""
    ordered = sorted(lengths, reverse=True)

    def cost(start):
        if start == len(ordered):
            return 0
        sizes = range(1, len(ordered) - start + 1)
        allowed = [n for n in sizes if n == 1 or n * ordered[start] <= max_tokens]
        return min(overhead + n * ordered[start] + cost(start + n) for n in allowed)

    return cost(0)


@given(
    lengths=st.lists(st.integers(1, 50), min_size=1, max_size=8),
    overhead=st.integers(1, 80),
    max_tokens=st.integers(20, 300),
)
def test_batches_by_length_are_the_cheapest_possible_and_complete(lengths, overhead, max_tokens):
    batches = split_by_length(np.array(lengths), overhead=overhead, max_tokens=max_tokens)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    padded = [len(batch) * max(lengths[i] for i in batch) for batch in batches]
    assert all(tokens <= max_tokens or len(batch) == 1 for tokens, batch in zip(padded, batches, strict=True))
    assert sum(padded) + overhead * len(batches) == cheapest(lengths, overhead, max_tokens)
