"""Prompts on both sides of the split: counted, and kept apart on request."""

import numpy as np
import pytest

from scpo.config import SplitConfig
from scpo.data.prompts import kept_on_one_side, on_both_sides, prompts_of, shared_note
from scpo.data.sources.pairs.load import load_pairs_file
from scpo.errors import InputError
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset, register


def shared(write, *, prompts=12, users=20):
    rows = [
        {"prompt": f"What is  q{i}?" if u % 2 else f"what is q{i}?", "chosen": f"a{i}", "rejected": f"b{i}",
         "user_id": f"u{u}", "country": "Chile"}
        for u in range(users) for i in range(prompts)
    ]  # fmt: skip
    return load_pairs_file(write(rows), mapping={})


def added(tmp_path, tables, kind):
    store = Store(tmp_path / "cache")
    split = SplitConfig(kind=kind, test_fraction=0.25)
    info = register(store, "mine", tables, source="pairs", location="f", split=split, licence="none")
    return info, load_dataset(store, "mine").pairs, load_dataset(store, "mine").utterances


def test_prompts_that_differ_in_case_and_blanks_are_one(write):
    assert len(set(prompts_of(shared(write)))) == 12


def test_pairs_of_a_prompt_on_both_sides_are_marked():
    tested = np.array([True, False, True, False])
    assert on_both_sides(np.array([0, 0, 1, 2]), tested).tolist() == [True, True, False, False]


def test_shared_prompts_are_counted_in_a_note(write, tmp_path):
    info, pairs, _ = added(tmp_path, shared(write), "stratified")
    assert (pairs["split"] == "test").sum() == 5 * 12 and len(pairs) == 240
    assert any(
        note.startswith("60 of 60 test pairs have a prompt that is also in training") for note in info.report.notes
    )


def test_a_split_by_prompts_has_no_prompt_on_both_sides_and_says_what_it_cost(write, tmp_path):
    info, pairs, utterances = added(tmp_path, shared(write), "prompts")
    asked = utterances["prompt"].str.casefold().str.split().str.join(" ").to_numpy()[pairs["chosen"]]
    sides = {side: set(asked[(pairs["split"] == side).to_numpy()]) for side in ("train", "test")}
    assert sides["train"] and sides["test"] and not sides["train"] & sides["test"]
    assert any(note.startswith(f"{240 - len(pairs)} pairs left out") for note in info.report.notes)
    assert info.report.pairs == info.counts["pairs"] == len(pairs)


def test_prompts_of_one_side_stay_there(write):
    tables = shared(write)
    tested = prompts_of(tables) < 4
    assert kept_on_one_side(tables, tested, SplitConfig(kind="prompts")).all()
    assert shared_note(tables, tested) is None


def test_a_single_shared_prompt_cannot_be_split(write, tmp_path):
    with pytest.raises(InputError, match="one side is empty: use --split stratified"):
        added(tmp_path, shared(write, prompts=1), "prompts")
