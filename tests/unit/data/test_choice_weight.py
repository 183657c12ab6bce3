"""Pairs of one choice: a person who chose among k responses makes several pairs, which may count once together."""

import numpy as np
import pandas as pd
import pytest

from scpo.data.choice_weight import choice_weight, known_choice_weight, with_choice_weight
from scpo.data.sources.pairs.load import load_pairs_file
from scpo.data.sources.responses.load import load_responses
from scpo.data.tables import PAIRS, validate
from scpo.errors import InputError


def chosen(*sizes):
    return [
        {
            "prompt": f"p{i}",
            "user": f"u{i}",
            **{f"response_{'abcd'[k]}": f"r{i}{k}" for k in range(size)},
            "winner": "a",
        }
        for i, size in enumerate(sizes)
    ]


def test_the_pairs_of_every_choice_weigh_as_much_as_one_and_all_have_mean_one(write):
    tables = with_choice_weight(load_responses(write(chosen(4, 2)), mapping={}))
    validate(tables.pairs, PAIRS, "pairs")
    weight = choice_weight(tables.pairs)
    np.testing.assert_allclose(weight, [2 / 3, 2 / 3, 2 / 3, 2])  # 3 pairs and 1 pair of 2 choices, by hand
    assert weight.mean() == pytest.approx(1)
    assert (
        "4 pairs of 2 choices, each weighs 1/k among the k pairs of its choice (0.67 to 2.00, mean 1)"
        in (tables.report.notes[-1])
    )


def test_choices_of_equal_size_weigh_one_as_without(write):
    tables = load_responses(write(chosen(3, 3, 3)), mapping={})
    assert choice_weight(tables.pairs) is None
    np.testing.assert_array_equal(choice_weight(with_choice_weight(tables).pairs), np.ones(6))
    pairs = [{"prompt": f"p{i}", "chosen": "a", "rejected": "b"} for i in range(3)]
    np.testing.assert_array_equal(
        choice_weight(with_choice_weight(load_pairs_file(write(pairs), mapping={})).pairs), np.ones(3)
    )


def test_a_choice_is_of_one_person(write):
    rows = [{"prompt": "p", "user": user, "response_a": "x", "response_b": "y", "response_c": "z", "winner": "a"}
            for user in "uv"]  # fmt: skip
    tables = with_choice_weight(load_responses(write(rows), mapping={}))
    assert isinstance(tables.pairs, pd.DataFrame) and choice_weight(tables.pairs).tolist() == [1] * 4


def test_training_gets_the_weight_of_the_method_times_that_of_the_choice(write, monkeypatch):
    from scpo.work import global_model

    monkeypatch.setattr(global_model, "encode_rows", lambda model, utterances, rows: [None] * len(rows))
    tables = load_responses(write(chosen(4, 2)), mapping={})
    method = np.array([1.0, 0.5, 1.0, 0.25])
    for found, expected in ((tables, method), (with_choice_weight(tables), method * [2 / 3, 2 / 3, 2 / 3, 2])):
        data = global_model.pair_data(None, found.utterances, found.pairs, method)
        np.testing.assert_allclose(data.weight, expected)


def test_only_the_two_words_are_known():
    assert [known_choice_weight(one) for one in ("per-pair", "per-choice")] == ["per-pair", "per-choice"]
    with pytest.raises(InputError, match="--choice-weight half is unknown: known are per-pair and per-choice"):
        known_choice_weight("half")
