"""The check `length`: is the gain more than a liking for longer or shorter responses?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scpo.arrays import FloatArray
from scpo.measures.checks.length import Slope, length_bias, mean_slope, model_slope, people_slope
from scpo.measures.intervals import ALPHA
from scpo.results.checks.context import REFERENCE, CheckContext
from scpo.results.checks.document import CheckRow, Findings, Number, corrected
from scpo.results.checks.part import Part, averaged, of_mean
from scpo.results.checks.words import points, points_range
from scpo.store.scored import Scored
from scpo.words import counted

TESTED = ("gain_controlled", "excess_controlled", "length_bias")
"""Numbers with a p-value of their own."""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Measured(Part):
    """Numbers with and without length, and the slopes."""

    slopes: Mapping[str, Slope]


def measure(context: CheckContext) -> Findings:
    """Take out of the reference setting's margins what length explains, country by country."""
    words = response_lengths(context.scored)
    found, left_out = context.of_countries(lambda country, _: _measured(context, country, words))
    judged = [one for one in found if one.eligible]
    if judged:
        slopes = {name: mean_slope([one.slopes[name] for one in judged]) for name in judged[0].slopes}
        found.append(_Measured(**averaged(judged), slopes=slopes))
    rows = [_row(one, context.config.level) for one in found]
    for name in TESTED:
        rows = corrected(rows, name)
    return Findings(rows=rows, left_out=left_out, about=context.about())


def response_lengths(scored: Scored) -> FloatArray:
    """Return the length of every response, log2(1 + words), in the order of the utterances."""
    from scpo.measures.text_features import word_count  # the screen, which only shows checks, starts without it

    return np.log2(1 + np.array([word_count(text) for text in scored.utterances["response"]], dtype=np.float64))


def length_ratio(words: FloatArray, pairs: pd.DataFrame) -> FloatArray:
    """Return log2 of the ratio of words of each pair, chosen to rejected, from `response_lengths`."""
    return words[pairs["chosen"].to_numpy()] - words[pairs["rejected"].to_numpy()]


def _measured(context: CheckContext, country: str, words: FloatArray) -> _Measured | str:
    previewer, scored = context.previewer, context.scored
    train, users = scored.country_pairs(country, "train"), context.train_users(country)
    features, length = previewer.features(country), length_ratio(words, train)
    fit = previewer.preview(country, [REFERENCE], ridge=context.ridge).fit
    margin = features.gap + features.rows @ fit.shift[0]
    slopes = {
        "slope": model_slope(margin, features.gap, length, users),
        "slope_people": people_slope(features.gap, length, users),
    }
    if math.isnan(slopes["slope"].value):
        return "no two responses differ in length"
    test, where = scored.test_pairs.iloc[context.test_rows(country)], context.test_rows(country)
    evaluation, own = previewer.ruler.evaluation, context.own_test_gaps(country, fit.heads)[0]
    start, longer = evaluation.global_gap[where], length_ratio(words, test)
    without = own - slopes["slope"].value * longer if math.isfinite(slopes["slope"].value) else own
    counted_pairs, wrong = evaluation.counted(country), evaluation.counted(country, true_country=True)
    before, flips, people = counted_pairs.accuracy(start), evaluation.flips(country), test["user_id"].to_numpy()
    numbers = {
        "gain": counted_pairs.accuracy(own).minus(before),
        "gain_controlled": counted_pairs.accuracy(without).minus(before),
        "excess": flips.excess(own),
        "excess_controlled": flips.excess(without),
        "length_bias": length_bias(own, longer, people),
        "length_bias_global": length_bias(start, longer, people),
        "all_controlled": counted_pairs.accuracy(without),
        "true_controlled": wrong.accuracy(without),
    }
    return _Measured(
        country=country,
        numbers=numbers,
        slopes=slopes,
        users=users,
    )


def _row(one: _Measured, level: float) -> CheckRow:
    slopes = {name: Number.of(slope.estimate(level)) for name, slope in one.slopes.items()}
    return one.row(one.cells(level, tested=TESTED) | slopes)


@of_mean
def conclusion(mean: CheckRow, judged: list[CheckRow]) -> str:
    """Say what is left of the gain without length."""
    gain, left = mean.numbers["gain"], mean.numbers["gain_controlled"]
    if gain.value is None or left.value is None or left.low is None or left.high is None or left.p is None:
        return "What is left of the gain without length is unknown."
    ends = f"{points(left.value)} points {points_range(left.low, left.high)}"
    over = counted(len(judged), "country", "countries")
    previewed = f"The previewed change is {points(gain.value)} points (mean over {over})."
    if left.p < ALPHA:
        verdict = "It is more than length" if left.value > 0 else "Without length it is a loss"
    else:
        verdict = "Without length no gain is seen"
    return f"{previewed} {verdict}: {ends} are left."
