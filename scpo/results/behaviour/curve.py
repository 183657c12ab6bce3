"""From a random response to best-of-n: how far a policy goes, and what people and the model itself think of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.arrays import FloatArray
from scpo.measures.behaviour import BEST_OF_N, RANDOM
from scpo.measures.bias import objective_columns
from scpo.measures.clustered import Clustered, mean_over_countries
from scpo.measures.estimate import Estimate, estimate
from scpo.results.behaviour.community import Community, communities
from scpo.results.behaviour.table import rows_to_be, turn_columns, unbounded, win_share_of_runs
from scpo.results.frontier import MEAN, mean_name
from scpo.store.scored import FinishedRun, Scored, group_runs

B = (RANDOM, *(2.0**power for power in np.arange(4, -4.01, -0.5).tolist()), BEST_OF_N)
"""Values of b from random to best-of-n, in standard deviations of a model's own rewards within turns: so settings, runs
and communities whose rewards have other units go the same way at the same pace."""


@dataclass(frozen=True, eq=False)
class Step:
    """A policy of one model on one community, or the mean of such: `kl` in nats, `reward` in its own deviations.

    `each_run` has the win share of every single run; empty for one run.
    """

    kl: Clustered
    picked: Clustered
    reward: Clustered
    each_run: Sequence[float] = ()


@dataclass(frozen=True, eq=False)
class Way:
    """The way of one model on one community from random to best-of-n.

    Attributes
    ----------
    steps : list of Step
        One per value of `B`.
    picked : list of ndarray, shape (n_turns,)
        Win share of each turn at each.
    unit : float
        Standard deviation of the rewards within turns, mean over runs: b in units of reward is this times `B`.
    """

    steps: list[Step]
    picked: list[FloatArray]
    unit: float


def steps_of(community: Community, gap: NDArray[np.floating] | None) -> Way:
    """Follow a model, given by its gaps on all test pairs, one row per run; None is the global model."""
    turns = community.turns
    reward = community.global_reward if gap is None else community.rewards(gap)
    unit = turns.spread_of(reward)
    steps, each = [], []
    for b in B:
        policy = turns.policy(reward, b * unit)
        picked = community.of_turns(policy, turns.win)
        gained = turns.summed(policy * reward / unit).mean(axis=0)  # rewards are centred: a random response has 0
        kl = turns.divergence(policy).mean(axis=0)
        fixed = b == RANDOM  # by construction
        steps.append(
            Step(
                kl=turns.mean(kl, exact=fixed),
                picked=turns.mean(picked, exact=fixed),
                reward=turns.mean(gained, exact=fixed),
                each_run=win_share_of_runs(community, policy),
            )
        )
        each.append(picked)
    return Way(steps, each, float(unit.mean()))


def curve_table(
    scored: Scored, runs: Sequence[FinishedRun], *, level: float, countries: Sequence[str] | None = None
) -> pd.DataFrame:
    """Follow every setting, and the global model, from random to best-of-n on each community it has a model for.

    Returns
    -------
    DataFrame
        One row per (country, setting, `b`), countries as in `scpo.results.behaviour.behaviour_table` with their mean;
        `curve` numbers the curves, in the order of the rows there. `step` numbers the values of `b`, which are in
        standard deviations of the model's own rewards within turns (`unit`; NaN for a mean); infinity is random, 0
        best-of-n. `kl_*`: exact divergence from random in nats; `picked_*`: expected win share; `reward_*`: expected
        reward above random in the same standard deviations. `fall_*`, the same in every row of a curve: win share at
        best-of-n minus the highest on the curve, at `peak_step`, paired. The peak is the highest of many on the same
        users, so a small fall is no finding.
    """
    judging = set(scored.test_pairs["country"])
    every = [model for model in group_runs(runs) if model.trained_for in judging]
    shown = sorted({m.trained_for for m in every if countries is None or m.trained_for in countries})
    judged = communities(scored, shown)
    followed = {code: steps_of(judged[code], None) for code in shown}
    own = {id(m): steps_of(judged[m.trained_for], m.gap) for m in every if m.trained_for in shown}
    rows: list[dict[str, Any]] = []
    for number, (place, members) in enumerate(rows_to_be(every, shown)):
        parts = [followed[code] if model is None else own[id(model)] for code, model in members]
        steps = (
            parts[0].steps if len(parts) == 1 else [_mean(same) for same in zip(*(p.steps for p in parts), strict=True)]
        )
        peak = int(np.argmax([step.picked.value for step in steps]))
        falls = [
            judged[code].turns.mean(part.picked[-1] - part.picked[peak], is_difference=True)
            for (code, _), part in zip(members, parts, strict=True)
        ]
        fall = estimate(falls[0] if len(falls) == 1 else mean_over_countries(falls), level=level)
        fall = fall.fixed(0.0) if peak == len(B) - 1 else fall
        name = mean_name(len(members), len(shown)) if place == MEAN else judged[place].name
        unit = parts[0].unit if place != MEAN else math.nan
        model = members[0][1]
        setting = objective_columns(None if model is None else model.objective)
        about = {"curve": number, "country": place, "name": name, "unit": unit, **setting}
        rows += _rows(about, steps, peak, fall, level)
    return pd.DataFrame(rows)


def _mean(steps: Sequence[Step]) -> Step:
    """Average the same step over communities with equal weight."""
    return Step(
        kl=mean_over_countries([one.kl for one in steps]),
        picked=mean_over_countries([one.picked for one in steps], seeds=[one.each_run for one in steps]),
        reward=mean_over_countries([one.reward for one in steps]),
    )


def _rows(
    about: Mapping[str, Any], steps: Sequence[Step], peak: int, fall: Estimate, level: float
) -> list[dict[str, Any]]:
    return [
        {
            **about,
            "step": place,
            "b": b,
            **turn_columns("kl_", unbounded(step.kl, level)),
            **turn_columns("picked_", estimate(step.picked, level=level)),
            **turn_columns("reward_", unbounded(step.reward, level)),
            **turn_columns("fall_", fall),
            "peak_step": peak,
            "level": level,
        }
        for place, (b, step) in enumerate(zip(B, steps, strict=True))
    ]
