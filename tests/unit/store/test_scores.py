"""Stored scores: keyed by responses, model and encoding; read checked."""

import numpy as np
import pytest
from hand.tables import ENCODING, add, flip_a_byte, score

from scpo.config import EncodingConfig
from scpo.errors import InputError, StoreError
from scpo.store.broken import broken_entries
from scpo.store.cache import Store
from scpo.store.scores import find_scores, list_scores, read_scores, scores_key


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def info(store):
    return add(store)


def write(store, info, *, model="rm", model_key="k", encoding=ENCODING, shift=0.0) -> str:
    rng = np.random.default_rng(0)
    reward, features = rng.normal(size=48).astype(np.float32) + np.float32(shift), rng.normal(size=(48, 3))
    return score(
        store, info, reward, model=model, model_key=model_key, encoding=encoding, features=features, head=(1, 2, 3),
        bias=0.25,
    )  # fmt: skip


def test_scores_are_read_back_as_they_were_written(store, info):
    stored = read_scores(store, write(store, info))
    rng = np.random.default_rng(0)
    assert stored.reward.tolist() == rng.normal(size=48).astype(np.float32).tolist()
    assert np.array_equal(stored.features, rng.normal(size=(48, 3)).astype(np.float32))
    assert stored.head_weight.tolist() == [1, 2, 3] and stored.head_bias == 0.25
    assert (stored.info.n_responses, stored.info.n_features) == (48, 3)


def test_the_key_depends_on_responses_model_and_encoding_and_on_no_name(store, info):
    same_content = add(store, "another-name")
    other_content = add(store, "other", answer="no")
    assert scores_key(info, "k", ENCODING) == scores_key(same_content, "k", ENCODING)
    different = [
        scores_key(info, "k", ENCODING),
        scores_key(other_content, "k", ENCODING),
        scores_key(info, "l", ENCODING),
        scores_key(info, "k", EncodingConfig(max_length=64)),
    ]
    assert len(set(different)) == 4


def test_a_model_that_has_not_scored_is_answered_with_the_command_that_scores(store, info):
    with pytest.raises(InputError, match="`scpo score --data small --model rm` makes them"):
        find_scores(store, info, "rm")


def test_scores_are_found_by_name_and_by_key_of_the_model(store, info):
    key = write(store, info)
    assert find_scores(store, info, "rm").key == find_scores(store, info, "k").key == key


def test_scores_of_other_responses_are_not_those_of_a_data_set(store, info):
    write(store, add(store, "other", answer="no"))
    assert list_scores(store, info) == []


@pytest.mark.parametrize("sums", [True, False], ids=["", "before there were sums"])
@pytest.mark.parametrize("name", ["features.npy", "head.npy"])
@pytest.mark.parametrize("damage", ["cut", "gone", "other shape"])
def test_arrays_that_were_cut_lost_or_exchanged_are_named_and_move_nothing(store, info, name, damage, sums):
    key = write(store, info)
    path = store.folder("scores", key) / name
    if not sums:
        (store.folder("scores", key) / "SHA256SUMS").unlink()
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-8])
    elif damage == "gone":
        path.unlink()
    else:
        np.save(path, np.zeros((2, 2), dtype=np.float32))
    for _ in range(2):
        with pytest.raises(StoreError, match=f"^scores/{key}"):
            read_scores(store, key)
    assert [found for found, _ in list_scores(store, info)] == [key]


@pytest.mark.parametrize("name", ["rewards.parquet", "features.npy", "head.npy"])
def test_a_flipped_byte_is_named_with_its_file(store, info, name):
    key = write(store, info)
    flip_a_byte(store.folder("scores", key) / name)
    with pytest.raises(StoreError, match=f"^scores/{key}/{name} is not the file that was written"):
        read_scores(store, key)


def test_a_broken_meta_json_is_named_and_the_other_scores_stay_usable(store, info):
    key, other = write(store, info), write(store, info, model="other", model_key="o")
    (store.folder("scores", key) / "meta.json").write_text("{")
    assert [found for found, _ in list_scores(store, info)] == [other]
    assert list(broken_entries(store)) == [f"scores/{key}"]
