"""The check `noise-floor`: how far would the numbers move with other training users?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
from scpo.measures.clustered import Clustered, mean_over_countries
from scpo.measures.estimate import estimate
from scpo.measures.families import enough
from scpo.measures.intervals import ALPHA, p_value
from scpo.method.heads import fit_heads
from scpo.method.objective import select
from scpo.results.checks.context import REFERENCE, CheckContext, total_of
from scpo.results.checks.document import MEAN, CheckRow, Findings, Number, corrected
from scpo.results.checks.words import points, points_range
from scpo.words import counted

HALVINGS_AT_ONCE = 25


@dataclass(frozen=True, eq=False)
class _Moved:
    """One country, or the mean: a gain, and the variances that other training users give accuracy and excess."""

    country: str
    gain: Clustered
    excess: Clustered
    variance: tuple[float, float]
    degrees: float
    n_train_pairs: int
    n_train_users: int


def measure(context: CheckContext) -> Findings:
    """Refit the reference setting on random halves of the training users, country by country."""
    found, left_out = [], dict(context.left_out)
    for number, country in enumerate(context.countries):
        n_users = np.unique(context.train_users(country)).size
        if n_users < FEWEST_USERS:
            left_out[country] = f"{counted(n_users, 'training user')}, halves need at least {FEWEST_USERS}"
            continue
        found.append(_moved(context, country, number))
    context.on_progress(1, 1)
    judged = [one for one in found if enough(min(one.gain.n_users, one.excess.n_users))]
    if judged:
        parts = [mean_variance([one.variance[i] for one in judged], [one.degrees for one in judged]) for i in (0, 1)]
        mean = _Moved(
            MEAN,
            mean_over_countries([one.gain for one in judged]),
            mean_over_countries([one.excess for one in judged]),
            (parts[0][0], parts[1][0]),
            parts[0][1],
            sum(one.n_train_pairs for one in judged),
            sum(one.n_train_users for one in judged),
        )
        found.append(mean)
    rows = corrected([_row(one, context.config.level) for one in found], "gain_both")
    return Findings(rows=rows, left_out=left_out, about=context.about())


def _moved(context: CheckContext, country: str, number: int) -> _Moved:
    previewer = context.previewer
    features, users = previewer.features(country), context.train_users(country)
    evaluation, where = previewer.ruler.evaluation, context.test_rows(country)
    weight = select(features.gap, REFERENCE, seed=context.seed).weight
    parts = halves(users, context.repeats, context.random(number))
    accuracy, excess = [], []
    for first in range(0, context.repeats, HALVINGS_AT_ONCE):
        context.on_progress(number * context.repeats + first, total_of(context.countries, context.repeats))
        inside = parts[first : first + HALVINGS_AT_ONCE].reshape(-1, users.size)
        fit = fit_heads(features, inside * weight, ridge=context.ridge * inside.mean(axis=1))
        gaps = context.own_test_gaps(country, fit.heads)
        accuracy.append((gaps > 0).mean(axis=1).reshape(-1, 2))
        excess.append(np.reshape(evaluation.flips(country).each_run(gaps) or [math.nan] * len(gaps), (-1, 2)))
    own = context.own_test_gaps(country, previewer.preview(country, [REFERENCE], ridge=context.ridge).fit.heads)
    everything, n_users = evaluation.counted(country), np.unique(users).size
    return _Moved(
        country=country,
        gain=everything.accuracy(own).minus(everything.accuracy(evaluation.global_gap[where])),
        excess=evaluation.flips(country).excess(own),
        variance=(training_variance(np.concatenate(accuracy)), training_variance(np.concatenate(excess))),
        degrees=freedom(n_users, context.repeats),
        n_train_pairs=users.size,
        n_train_users=n_users,
    )


def _row(one: _Moved, level: float) -> CheckRow:
    gain, both = one.gain, widened(one.gain, one.variance[0], one.degrees)
    wider = both.error / gain.error if gain.has_spread else math.nan
    return CheckRow(
        country=one.country,
        n_train_pairs=one.n_train_pairs,
        n_train_users=one.n_train_users,
        numbers={
            "spread": _spread(one.variance[0], one, gain, level),
            "gain": Number.of(estimate(gain, level=level)),
            "gain_both": Number.of(estimate(both, level=level), p=p_value(both)),
            "widening": Number.range_of(wider, math.nan, math.nan, level, gain),
            "excess_spread": _spread(one.variance[1], one, one.excess, level),
        },
    )


def _spread(variance: float, one: _Moved, number: Clustered, level: float) -> Number:
    """Return the standard deviation that training users make, with its interval."""
    return Number.range_of(math.sqrt(variance), *spread_interval(variance, one.degrees, level), level, number)


def conclusion(rows: Sequence[CheckRow]) -> str:
    """Say how far other training users would move the gain, and whether it then still stands."""
    mean = next((row for row in rows if row.country == MEAN), None)
    if mean is None:
        return "No country has ten test users: there are intervals, and no verdict."
    gain, wider = mean.numbers["gain_both"], mean.numbers["widening"].value
    spread = [row.numbers["spread"].value for row in rows if row.country != MEAN and not row.too_few_users]
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
