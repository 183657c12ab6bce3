"""One's own candidates: what best-of-k gives under one or several models; the document of ``--candidates FILE``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scpo.data.candidates import Candidates
from scpo.errors import InputError
from scpo.measures.best_of_k import best_of_k, most_divergence
from scpo.measures.clustered import NO_SPREAD, jackknife_error
from scpo.measures.estimate import known
from scpo.measures.intervals import t_intervals


def candidate_document(
    candidates: Sequence[Candidates],
    rewards: Mapping[str, Sequence[Sequence[float]]],
    *,
    most: int | None = None,
    level: float,
) -> dict[str, Any]:
    """Build the document of ``scpo behaviour --candidates --json``.

    Parameters
    ----------
    candidates : sequence of Candidates
    rewards : mapping
        By name of a model, the first of which the others are compared with: its rewards, a list per prompt.
    most : int, optional
        Largest k; the fewest responses of a prompt with two or more if not given.

    Returns
    -------
    dict
        `n_prompts` that are used, `left_out` (prompts with fewer responses than `most`, at least two); per model
        `points` with `k`, the largest possible `kl`, and the expected `reward` and `score` of the best of k (`score`
        null unless every prompt that is used has scores), estimates over `n_prompts`; `picks`, the place of the best
        response of each prompt that is used, counted from 0; `changed`, the share of prompts whose pick is another
        than the first model's, and `score_gain`, the paired difference of scores at the largest k.

    Raises
    ------
    InputError
        If no prompt has enough responses.
    """
    counts = [len(one.responses) for one in candidates]
    several = [n for n in counts if n > 1]
    k_most = most or min(several, default=2)
    used = [place for place, n in enumerate(counts) if n >= max(k_most, 2)]
    if not used:
        raise InputError(
            f"no prompt has {max(k_most, 2)} responses (the most is {max(counts)}): give more, or a smaller --best-of"
        )
    scored = all(candidates[place].scores is not None for place in used)
    models: list[dict[str, Any]] = []
    first: tuple[list[int], np.ndarray] | None = None
    for name, of_model in rewards.items():
        own = [np.asarray(of_model[place], dtype=np.float64) for place in used]
        human = [np.asarray(candidates[place].scores, dtype=np.float64) for place in used] if scored else None
        points = [
            {
                "k": k,
                "kl": most_divergence(k),
                "reward": _mean([best_of_k(one, one, k) for one in own], level),
                "score": None
                if human is None
                else _mean([best_of_k(one, liked, k) for one, liked in zip(own, human, strict=True)], level),
            }
            for k in range(1, k_most + 1)
        ]
        picks = [int(one.argmax()) for one in own]
        last = np.array([best_of_k(one, liked, k_most) for one, liked in zip(own, human or own, strict=True)])
        first = first or (picks, last)
        changed = float(np.mean(np.array(picks) != np.array(first[0])))
        gain = None if human is None else _mean(last - first[1], level)
        models.append({"model": name, "points": points, "picks": picks, "changed": changed, "score_gain": gain})
    return {
        "n_prompts": len(used),
        "used": used,
        "left_out": len(candidates) - len(used),
        "best_of": k_most,
        "models": models,
    }


def _mean(values: Sequence[float] | np.ndarray, level: float) -> dict[str, Any]:
    """Estimate a mean over prompts, each a unit of its own."""
    each = np.asarray(values, dtype=np.float64)
    n, value = each.size, float(np.mean(each))
    without = (each.sum() - each) / (n - 1) if n > 1 else np.empty(0)
    error = jackknife_error(value, without, n)
    error = error if error > NO_SPREAD else math.nan  # prompts that do not differ tell nothing about others
    (interval,) = t_intervals(value, error, max(n - 1, 1), [level])
    return {
        "value": known(value),
        "low": known(interval.low),
        "high": known(interval.high),
        "level": level,
        "n_prompts": n,
    }
