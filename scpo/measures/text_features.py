"""Countable features of responses and topics of prompts: plain counts of words, nothing learned about people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.cluster.vq import kmeans2
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds

LABELS = {
    "length": ("Longer", "doubling of the words"),
    "questions": ("Asks questions", "question mark"),
    "hedging": ("Hedges", "hedging word per 100 words"),
    "refusal": ("Refuses", "response that refuses"),
    "first_person": ("First person", "I, me, my per 100 words"),
    "lists": ("Lists", "list item"),
}
"""Name and unit of each feature; a coefficient is per one unit."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_HEDGE = re.compile(
    r"\b(?:might|may|maybe|perhaps|possibly|probably|likely|seems?|appears?|suggests?|generally|usually|often|"
    r"sometimes|somewhat|could|it depends|in some cases|tends? to|arguably|i (?:think|believe|guess))\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|unable|not able)|i can(?:not|'t|’t)|i won(?:'t|’t)|i do(?:n't|n’t| not) have "
    r"(?:personal|opinions|feelings|beliefs)|as an? (?:ai|language model|assistant)|"
    r"i must decline|not appropriate for me)\b",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\b(?:i|me|my|mine|myself|i'm|i'd|i've|i'll)\b", re.IGNORECASE)
_ITEM = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+\S", re.MULTILINE)
_STOP_WORDS = """
a about all am an and any are as at be because been but by can could did do does don for from get give had has have he
her him his how i if im in into is it its just like ll make me more most my no not of on one or our out please re s she
should so some t tell than that the their them then there these they think this to too up us ve very was way we were
what whats when where which who why will with would you your
"""
_STOP = frozenset(_STOP_WORDS.split())

TOPIC_WORDS = 2000
TOPIC_DIMENSIONS = 20
FEWEST_PROMPTS = 3
"""A word of the topics occurs in at least so many prompts."""


def word_count(response: str) -> int:
    """Return the number of words of a response."""
    return len(_WORD.findall(response))


def response_features(responses: Sequence[str]) -> pd.DataFrame:
    """Count the features of responses.

    Parameters
    ----------
    responses : sequence of str

    Returns
    -------
    DataFrame
        One row per response, the columns of `LABELS`, float. `length` is log2(1 + words).
    """
    rows = np.zeros((len(responses), len(LABELS)))
    for place, text in enumerate(responses):
        words = word_count(text)
        per_100 = 100 / words if words else 0.0
        rows[place] = (
            np.log2(1 + words),
            text.count("?"),
            len(_HEDGE.findall(text)) * per_100,
            float(_REFUSAL.search(text) is not None),
            len(_FIRST.findall(text)) * per_100,
            len(_ITEM.findall(text)),
        )
    return pd.DataFrame(rows, columns=list(LABELS))


def prompt_topics(prompts: Sequence[str], *, n_topics: int = 8, seed: int = 0) -> pd.Series:
    """Group prompts by the words they share: tf-idf, 20 singular vectors, k-means.

    Parameters
    ----------
    prompts : sequence of str
        Repeated prompts count once.

    Returns
    -------
    Series of str
        Per prompt, the three most typical words of its topic; null where a prompt has no known word.
    """
    distinct = list(dict.fromkeys(prompts))
    words = [[word for word in map(str.lower, _WORD.findall(text)) if word not in _STOP] for text in distinct]
    counts = Counter(word for text in words for word in dict.fromkeys(text))  # a set's order changes with the process
    frequent = [word for word, n in counts.most_common(TOPIC_WORDS) if n >= FEWEST_PROMPTS]
    vocabulary = {word: place for place, word in enumerate(frequent)}
    pairs = [(row, vocabulary[word]) for row, text in enumerate(words) for word in text if word in vocabulary]
    known = np.zeros(len(distinct), dtype=bool)
    known[[row for row, _ in pairs]] = True
    names = np.full(len(distinct), None, dtype=object)
    if known.sum() > n_topics and len(vocabulary) > n_topics:
        matrix = _tf_idf(pairs, (len(distinct), len(vocabulary)))[known]
        size = min(TOPIC_DIMENSIONS, min(matrix.shape) - 1)
        left, strength, _ = svds(matrix, k=size, v0=np.ones(min(matrix.shape)))
        points = left * strength
        points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
        _, topic = kmeans2(points, n_topics, minit="++", rng=np.random.default_rng(seed), iter=30)
        terms = np.array(list(vocabulary))
        labels = {}
        for number in np.unique(topic):
            weight = np.asarray(matrix[topic == number].mean(axis=0)).ravel()
            labels[number] = ", ".join(terms[np.argsort(-weight, kind="stable")[:3]])
        names[known] = [labels[number] for number in topic]
    by_prompt = dict(zip(distinct, names, strict=True))
    return pd.Series([by_prompt[prompt] for prompt in prompts], dtype="str")


def _tf_idf(pairs: list[tuple[int, int]], shape: tuple[int, int]) -> csr_matrix:
    """Return rows of length 1."""
    rows, columns = np.array(pairs).T
    counts = csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=shape)
    frequency = np.asarray((counts > 0).sum(axis=0)).ravel()
    weighted = csr_matrix(counts.multiply(np.log((1 + shape[0]) / (1 + frequency)) + 1))
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return csr_matrix(weighted.multiply(1 / np.maximum(length, 1e-12)[:, None]))
