"""The check `noise-floor`: how far would the numbers move with other training users?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from scpo.measures.checks.noise_floor import (
    FEWEST_USERS,
    freedom,
    halves,
    mean_variance,
    spread_interval,
    training_variance,
    widened,
)
from scpo.measures.clustered import Clustered
from scpo.measures.estimate import estimate
from scpo.measures.intervals import ALPHA, p_value
from scpo.method.heads import fit_heads
from scpo.method.objective import select
from scpo.results.checks.context import REFERENCE, CheckContext
from scpo.results.checks.document import CheckRow, Findings, Number, corrected
from scpo.results.checks.part import Part, averaged, of_mean
from scpo.results.checks.words import points, points_range
from scpo.words import counted

HALVINGS_AT_ONCE = 25


@dataclass(frozen=True, eq=False, kw_only=True)
class _Moved(Part):
    """Gain and excess, and the variances that other training users give accuracy and excess."""

    variance: tuple[float, float]
    degrees: float


def measure(context: CheckContext) -> Findings:
    """Refit the reference setting on random halves of the training users, country by country."""
    found, left_out = context.of_countries(partial(_moved, context))
    judged = [one for one in found if one.eligible]
    if judged:
        parts = [mean_variance([one.variance[i] for one in judged], [one.degrees for one in judged]) for i in (0, 1)]
        found.append(_Moved(**averaged(judged), variance=(parts[0][0], parts[1][0]), degrees=parts[0][1]))
    rows = corrected([_row(one, context.config.level) for one in found], "gain_both")
    return Findings(rows=rows, left_out=left_out, about=context.about())


def _moved(context: CheckContext, country: str, number: int) -> _Moved | str:
    previewer = context.previewer
    features, users = previewer.features(country), context.train_users(country)
    n_users = np.unique(users).size
    if n_users < FEWEST_USERS:
        return f"{counted(n_users, 'training user')}, halves need at least {FEWEST_USERS}"
    evaluation, where = previewer.ruler.evaluation, context.test_rows(country)
    weight = select(features.gap, REFERENCE, seed=context.seed).weight
    parts = halves(users, context.repeats, context.random(number))
    accuracy, excess = [], []
    for first in range(0, context.repeats, HALVINGS_AT_ONCE):
        context.step(number, first)
        inside = parts[first : first + HALVINGS_AT_ONCE].reshape(-1, users.size)
        fit = fit_heads(features, inside * weight, ridge=context.ridge * inside.mean(axis=1))
        gaps = context.own_test_gaps(country, fit.heads)
        accuracy.append((gaps > 0).mean(axis=1).reshape(-1, 2))
        excess.append(np.reshape(evaluation.flips(country).each_run(gaps) or [math.nan] * len(gaps), (-1, 2)))
    own = context.own_test_gaps(country, previewer.preview(country, [REFERENCE], ridge=context.ridge).fit.heads)
    everything = evaluation.counted(country)
    return _Moved(
        country=country,
        numbers={
            "gain": everything.accuracy(own).minus(everything.accuracy(evaluation.global_gap[where])),
            "excess": evaluation.flips(country).excess(own),
        },
        variance=(training_variance(np.concatenate(accuracy)), training_variance(np.concatenate(excess))),
        degrees=freedom(n_users, context.repeats),
        users=users,
    )


def _row(one: _Moved, level: float) -> CheckRow:
    gain, excess = one.numbers["gain"], one.numbers["excess"]
    both = widened(gain, one.variance[0], one.degrees)
    wider = both.error / gain.error if gain.has_spread else math.nan
    return one.row(
        {
            "spread": _spread(one.variance[0], one, gain, level),
            "gain": Number.of(estimate(gain, level=level)),
            "gain_both": Number.of(estimate(both, level=level), p=p_value(both)),
            "widening": Number.range_of(wider, math.nan, math.nan, level, gain),
            "excess_spread": _spread(one.variance[1], one, excess, level),
        }
    )


def _spread(variance: float, one: _Moved, number: Clustered, level: float) -> Number:
    """Return the standard deviation that training users make, with its interval."""
    return Number.range_of(math.sqrt(variance), *spread_interval(variance, one.degrees, level), level, number)


@of_mean
def conclusion(mean: CheckRow, judged: list[CheckRow]) -> str:
    """Say how far other training users would move the gain, and whether it then still stands."""
    gain, wider = mean.numbers["gain_both"], mean.numbers["widening"].value
    spread = [row.numbers["spread"].value for row in judged]
    if gain.value is None or gain.low is None or gain.high is None or None in spread:
        return "How far other training users would move the gain is unknown."
    typical = 100 * float(np.sqrt(np.mean(np.square(np.array(spread, dtype=np.float64)))))
    moves = f"Other training users would move a country's accuracy by {typical:.1f} points (one standard deviation)"
    ends = points_range(gain.low, gain.high)
    over = counted(len(spread), "country", "countries")
    much = "" if wider is None else f" Intervals are {wider:.2f} times as wide."
    if gain.p is not None and gain.p < ALPHA:
        change = "gain" if gain.value > 0 else "loss"
        return f"{moves}. The mean {change} of {over} still stands: {points(gain.value)} points {ends}.{much}"
    return f"{moves}. With that, no mean gain or loss of {over} is seen: {points(gain.value)} points {ends}.{much}"
