"""The page Pairs in words: the finding, one pair's verdict, and the rows of the list."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from dashboard.kit import text
from scpo.config import ObjectiveConfig
from scpo.methods import METHODS
from scpo.results import pairs as engine
from scpo.store.scored import Scored
from scpo.words import shortened

CHOSEN, REJECTED = "A", "B"
"""The person's choice is always the left one."""

HIDDEN = "(flagged: open it to read)"
SNIPPET = 140
FEW_PAIRS = 20
"""Of fewer gaps than this no quartiles are named."""


OUTCOMES: dict[str, str] = {"recovered": "recovered", "missed": "still wrong", "kept": "stays right", "lost": "lost"}
AFTER: dict[str, str] = {
    "recovered": "recovered",
    "missed": "not recovered",
    "kept": "it stays as the person ranked it",
    "lost": "the agreement is lost",
}

HOW = {
    "pair_gap": "**Gap**: the global model's reward for the response that the person preferred, minus its reward for "
    "the other one. Above 0 it agrees with the person, below 0 it disagrees; at 0 it does neither. "
    "p = 1 / (1 + exp(−gap)) is the probability it gives the person's choice. Bars count the pairs of the list; "
    "they are no estimates, so they have no interval. The bar from 0 on contains gaps of exactly 0.",
    "pair_tau": "**τ**: the setting chosen in the sidebar trains on the training pairs left of the dashed line; a "
    "setting without τ has no line.",
}
"""What only these charts explain; the rest stands in `scpo.definitions`."""


def number(value: float, digits: int = 2) -> str:
    """Write a gap or reward with its sign."""
    if math.isnan(value):
        return text.UNKNOWN
    words = f"{value:+.{digits}f}"
    return words.replace("-", "−") if float(words) else words[1:]


def title(n_found: int, n_all: int, n_users: int, n_disagree: int) -> str:
    """Write the finding of the list."""
    if n_found == 0:
        return f"None of {text.count(n_all, 'pair')} matches these filters"
    if n_found == n_all:
        pairs = f"{text.count(n_all, 'pair')} of {text.count(n_users, 'person', 'people')}"
    else:
        pairs = f"{n_found:,} of {text.count(n_all, 'pair')}, by {text.count(n_users, 'person', 'people')}"
    if n_disagree in (0, n_found):
        return f"{pairs}: the global model disagrees with {'none' if n_disagree == 0 else 'all'} of these choices"
    return f"{pairs}: the global model disagrees with {n_disagree:,} of these choices"


def histogram_title(gap: np.ndarray) -> str:
    """Write where the gaps of the listed pairs lie."""
    if gap.size == 0:
        return "No pair to count"
    if gap.size < FEW_PAIRS:
        return f"Gaps of {text.count(gap.size, 'pair')}"
    low, high = np.quantile(gap, [0.25, 0.75])
    return f"Half of the gaps lie between {number(low)} and {number(high)}"


def verdict(
    detail: engine.PairDetail,
    objective: ObjectiveConfig | None,
    tuned: tuple[str, np.ndarray] | None,
    *,
    any_runs: bool,
) -> dict[str, str]:
    """Write what a person, the global model, the training and the finetuned model make of a pair.

    Parameters
    ----------
    objective : ObjectiveConfig or None
        The setting of the sidebar; None is a model from elsewhere.
    tuned : tuple, optional
        The setting of the pair's own country in words and its gaps, one per seed; None where there is none.
    any_runs : bool
        Whether any run is finished.

    Returns
    -------
    dict
        Who, and the sentence.
    """
    return {
        "The person": person_words(detail),
        "The global model": global_words(detail.gap, detail.p_glo),
        "For the training": training_words(detail, objective),
        "After finetuning": tuned_words(detail, tuned, any_runs=any_runs, seeded=objective is not None),
    }


def person_words(detail: engine.PairDetail) -> str:
    """Write what the person preferred."""
    scores = [detail.chosen.score, detail.rejected.score]
    a, b = (side if s is None else f"{side} (score {s:g})" for side, s in zip((CHOSEN, REJECTED), scores, strict=True))
    known = "" if None not in scores else " Only the order is known, no scores."
    return f"preferred {a} to {b}.{known}"


def global_words(gap: float, p_glo: float) -> str:
    """Write what the global model prefers."""
    numbers = f"(gap {number(gap)}, p {p_glo:.2f})"
    if gap == 0:
        return f"sees no difference {numbers}."
    return f"prefers {CHOSEN} {numbers}: it agrees." if gap > 0 else f"prefers {REJECTED} {numbers}: it disagrees."


def training_words(detail: engine.PairDetail, objective: ObjectiveConfig | None) -> str:
    """Write whether a setting keeps a pair, and with which weight; None is a model from elsewhere."""
    if objective is None:
        return "the model was trained elsewhere; whether on this pair is not known."
    kept, weight = engine.treatment(detail.gap, objective)
    is_test = detail.split == "test"
    if detail.country is None:
        return "the pair belongs to no community, so no country's model is trained on it."
    if kept is None:
        if METHODS[objective.method].relabels:
            words = "this setting gives users each other's judgements, so chance decides what is made of a pair."
        else:
            words = "this setting draws its pairs at random, whatever their gap."
        return words + (" Pairs of test users are never drawn." if is_test else "")
    verb = "would be" if is_test else "is"
    at_tau = f"at τ {objective.tau:g} " if objective.tau else ""
    if kept:
        by = f" at β {objective.beta:g}" if objective.beta else ""
        words = (
            f"{at_tau}the pair {verb} kept{'' if at_tau else ', as all pairs are'}; its weight{by} {verb} {weight:.2f}."
        )
    else:
        words = f"{at_tau}the pair {verb} dropped: the global model is sure enough of {CHOSEN} already."
    return words + (" It is a test user's, so no model is trained on it." if is_test else "")


def tuned_words(
    detail: engine.PairDetail, tuned: tuple[str, np.ndarray] | None, *, any_runs: bool, seeded: bool = True
) -> str:
    """Write what the model of the pair's own country makes of it."""
    if detail.split != "test":
        return "not measured: finetuned models score the pairs of test users only."
    if detail.country is None:
        return "the pair belongs to no community, so no finetuned model is its own."
    if tuned is None:
        return "no run of this setting is finished for this country." if any_runs else "no run is finished yet."
    label, gaps = tuned
    mean = float(gaps.mean())
    seeds = f", {'1 seed' if gaps.size == 1 else f'mean of {gaps.size} seeds'}" if seeded else ""
    found = AFTER[engine.outcome(detail.gap, mean)]
    right = int((gaps > 0).sum())
    split = f" The seeds disagree: {right} of {gaps.size} prefer {CHOSEN}." if 0 < right < gaps.size else ""
    return f"({label}{seeds}) the gap is {number(mean)}: {found}.{split}"


def pair_title(gap: float, after: float | None) -> str:
    """Write in a sentence what the models make of a person's choice.

    Parameters
    ----------
    gap : float
        Of the global model.
    after : float, optional
        Of the finetuned model of the pair's own country, mean over seeds; None where there is none.
    """
    if gap == 0:
        return "The global model sees no difference between the two responses"
    found = f"The global model prefers what the person {'preferred' if gap > 0 else 'did not'}"
    if after is None:
        return found
    if (after > 0) == (gap > 0):
        return f"{found}; so does the finetuned one"
    return f"{found}; the finetuned one {'agrees with the person' if after > 0 else 'no longer agrees'}"


def side_words(gap: float, after: float | None, *, chosen: bool) -> str:
    """Write who prefers a side of a pair; the arguments are those of `pair_title`."""
    sign = 1 if chosen else -1
    who = ["the person"] if chosen else []
    who += ["the global model"] if sign * gap > 0 else []
    who += ["the finetuned model"] if after is not None and sign * after > 0 else []
    return f"{CHOSEN if chosen else REJECTED}, preferred by {text.listed(who) if who else 'nobody'}"


def snippet(words: str) -> str:
    """Shorten a text, which may be very long, to one line."""
    return shortened(words[: 4 * SNIPPET], SNIPPET)


def list_rows(
    scored: Scored,
    index: engine.PairIndex,
    rows: np.ndarray,
    *,
    name: Callable[[str], str],
    starred: Sequence[str],
    first: np.ndarray | None,
    second: np.ndarray | None,
    objective: ObjectiveConfig,
    compared_first: bool = False,
) -> pd.DataFrame:
    """Return a page of the list as it is shown.

    Parameters
    ----------
    rows : ndarray of int
        The pairs of the page.
    name : callable
        Writes a community.
    first, second : ndarray, optional
        Gaps of the compared models, shape (n_pairs,); None leaves the columns out. `first` None is the global model.
    compared_first : bool
        Put what the models are compared by before the texts.
    """
    utterances = scored.utterances
    chosen, rejected = (scored.pairs[side].to_numpy()[rows] for side in ("chosen", "rejected"))
    hidden, marked = index.flagged[rows], set(starred)
    ids = index.ids[rows].tolist()
    gap = index.gap[rows]

    def cut(texts: pd.Series) -> list[str]:
        return [HIDDEN if h else snippet(one) for one, h in zip(texts, hidden, strict=True)]

    kept, weights = zip(*(engine.treatment(one, objective) for one in gap), strict=True) if len(gap) else ((), ())
    shown: dict[str, Any] = {
        "★": ["★" if one in marked else "" for one in ids],
        "Gap": gap,
        "Global model": ["agrees" if one > 0 else "disagrees" if one < 0 else "undecided" for one in gap],
    }
    compared = _compared(gap if first is None else first[rows], None if second is None else second[rows])
    if first is None:
        compared.pop("First gap", None)
    shown |= compared if compared_first else {}
    shown |= {
        "Prompt": cut(utterances["prompt"].iloc[chosen]),
        "Community": [name(index.countries[c]) if c >= 0 else "" for c in index.country[rows]],
        "Users": ["test" if one else "training" for one in index.is_test[rows]],
    }
    shown |= compared
    shown |= {
        "p": expit(gap),
        "Weight": [None if k is None else w if k else 0.0 for k, w in zip(kept, weights, strict=True)],
        "Margin": index.margin[rows],
        "Characters": index.length[rows],
        "Chosen": cut(utterances["response"].iloc[chosen]),
        "Rejected": cut(utterances["response"].iloc[rejected]),
        "Pair": ids,
    }
    return pd.DataFrame(shown, index=range(len(rows)))


def _compared(before: np.ndarray, after: np.ndarray | None) -> dict[str, Any]:
    """Return the columns about two models; none without a second one."""
    if after is None:
        return {}
    couples = list(zip(before, after, strict=True))
    known = [not (math.isnan(b) or math.isnan(a)) for b, a in couples]
    outcomes = [OUTCOMES[engine.outcome(b, a)] if k else "" for (b, a), k in zip(couples, known, strict=True)]
    return {"First gap": before, "Second gap": after, "Outcome": outcomes}
