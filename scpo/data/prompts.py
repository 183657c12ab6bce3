"""Prompts that several people answered: how many test pairs ask what training asked, and a split that forbids it."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from scpo.config import SplitConfig
from scpo.data.tables import Tables
from scpo.words import counted

MOST_TESTED = 0.5
"""At most this share of the shared prompts goes to the test side."""


def prompts_of(tables: Tables) -> np.ndarray:
    """Codes of the prompts of pairs, shape (n_pairs,); texts that differ in case or white space are one prompt."""
    texts = tables.utterances["prompt"].to_numpy()[tables.pairs["chosen"].to_numpy()]
    folded = {text: " ".join(text.split()).casefold() for text in set(texts)}
    return pd.factorize(pd.Series([folded[text] for text in texts], dtype=object))[0]


def on_both_sides(prompts: np.ndarray, tested: np.ndarray) -> np.ndarray:
    """Mark the pairs whose prompt stands on both sides of the split, shape (n_pairs,), bool.

    Parameters
    ----------
    prompts : ndarray of int, shape (n_pairs,)
    tested : ndarray of bool, shape (n_pairs,)
        Whether the pair is of a test user.
    """
    n = int(prompts.max(initial=-1)) + 1
    sides = np.zeros((2, n), dtype=bool)
    sides[tested.astype(int), prompts] = True
    return (sides[0] & sides[1])[prompts]


def kept_on_one_side(tables: Tables, tested: np.ndarray, split: SplitConfig) -> np.ndarray:
    """Choose a side for every shared prompt and mark the pairs that stay, shape (n_pairs,), bool.

    A prompt on one side only stays there. Of the shared ones twice the share of test users, at most half, tests; the
    choice depends on the prompt's text and the seed alone.
    """
    prompts = prompts_of(tables)
    shared = on_both_sides(prompts, tested)
    texts = tables.utterances["prompt"].to_numpy()[tables.pairs["chosen"].to_numpy()]
    share = min(2 * split.test_fraction, MOST_TESTED)
    to_test = {
        prompt: _uniform(f"{split.seed}:{' '.join(text.split()).casefold()}") < share
        for prompt, text in zip(prompts[shared], texts[shared], strict=True)
    }
    kept = np.ones(len(prompts), dtype=bool)
    kept[shared] = [to_test[prompt] == side for prompt, side in zip(prompts[shared], tested[shared], strict=True)]
    return kept


def _uniform(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64


def shared_note(tables: Tables, tested: np.ndarray) -> str | None:
    """Say how many test pairs ask what training pairs asked; None if none does."""
    shared = on_both_sides(prompts_of(tables), tested) & tested
    if not shared.any():
        return None
    return (
        f"{int(shared.sum()):,} of {counted(int(tested.sum()), 'test pair')} have a prompt that is also in training, "
        "so what was learned of a prompt may pass for what was learned of people; --split prompts keeps them apart."
    )
