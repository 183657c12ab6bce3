"""The check `shuffled`: does training know more of a country than how often the global model is wrong there?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from scpo.arrays import FloatArray
from scpo.measures.checks.shuffled import FEWEST_USERS, ExchangedFits, permutation_p
from scpo.measures.estimate import estimate
from scpo.measures.intervals import ALPHA
from scpo.method.shuffling import LabelExchange
from scpo.results.checks.context import REFERENCE, CheckContext
from scpo.results.checks.document import CheckRow, Findings, Number, corrected
from scpo.results.checks.part import Part, averaged, of_mean
from scpo.results.checks.words import points, written_p
from scpo.words import counted

FITS_AT_ONCE = 50
"""Fits between two looks at whether to go on."""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Exchanged(Part):
    """Excess and gain with the true labels, and with exchanged ones."""

    exchanged: FloatArray
    """Shape (repeats, 2)."""


def measure(context: CheckContext) -> Findings:
    """Refit the reference setting with labels exchanged between training users, country by country."""
    found, left_out = context.of_countries(partial(_country, context))
    judged = [one for one in found if one.eligible]
    if judged:
        found.append(_Exchanged(**averaged(judged), exchanged=np.mean([one.exchanged for one in judged], axis=0)))
    rows = [_row(one, context.config.level) for one in found]
    rows = corrected(corrected(rows, "excess"), "gain")
    return Findings(
        rows=rows,
        left_out=left_out,
        about=context.about(),
        notes=_notes(len(judged), context.repeats),
    )


def _country(context: CheckContext, country: str, number: int) -> _Exchanged | str:
    users = context.train_users(country)
    n_users = np.unique(users).size
    if n_users < FEWEST_USERS:
        return f"{counted(n_users, 'training user')}, labels need at least {FEWEST_USERS}"
    features, evaluation = context.previewer.features(country), context.previewer.ruler.evaluation
    start = evaluation.global_gap[context.test_rows(country)]
    everything, flips = evaluation.counted(country), evaluation.flips(country)
    fit = context.previewer.preview(country, [REFERENCE], ridge=context.ridge, seed=context.seed).fit
    own = context.own_test_gaps(country, fit.heads)[0]
    exchange, rng = LabelExchange.build(features.gap, users), context.random(number)
    fits = ExchangedFits(features, REFERENCE, ridge=context.ridge, seed=context.seed)
    statistics = []
    for first in range(0, context.repeats, FITS_AT_ONCE):
        context.step(number, first)
        turned = np.array([exchange.draw(rng) for _ in range(first, min(first + FITS_AT_ONCE, context.repeats))])
        gaps = context.own_test_gaps(country, fits.heads(turned))
        excess = flips.each_run(gaps) or [math.nan] * len(gaps)
        statistics.append(np.column_stack([excess, (gaps > 0).mean(axis=1) - (start > 0).mean()]))
    return _Exchanged(
        country=country,
        numbers={"excess": flips.excess(own), "gain": everything.accuracy(own).minus(everything.accuracy(start))},
        users=users,
        exchanged=np.concatenate(statistics),
    )


def _row(one: _Exchanged, level: float) -> CheckRow:
    tail = (1 - level) / 2
    cells: dict[str, Number] = {}
    for (name, number), drawn in zip(one.numbers.items(), one.exchanged.T, strict=True):
        low, high = np.quantile(drawn, [tail, 1 - tail]) if np.isfinite(drawn).all() else (np.nan, np.nan)
        cells[name] = Number.of(estimate(number, level=level), p=permutation_p(number.value, drawn))
        cells[f"{name}_shuffled"] = Number.range_of(float(np.mean(drawn)), float(low), float(high), level, number)
    return one.row(cells)


def _notes(n_judged: int, repeats: int) -> list[str]:
    """Say where the repeats are too few for any corrected p below the level."""
    if not n_judged or n_judged / (repeats + 1) <= ALPHA:
        return []
    return [
        f"With {repeats} repeats and {n_judged} countries no corrected p can fall below {ALPHA:g}: "
        f"ask for at least {round(n_judged / ALPHA)} repeats."
    ]


@of_mean
def conclusion(mean: CheckRow, judged: list[CheckRow]) -> str:
    """Say whether the choices matter."""
    own, other = mean.numbers["excess"], mean.numbers["excess_shuffled"]
    holding = sum((row.numbers["excess"].holm_p or 1.0) < ALPHA for row in judged)
    if own.value is None or other.value is None or own.p is None:
        return "The excess is unknown: the global model gets no test pair wrong."
    numbers = f"{points(own.value)} points against {points(other.value)} with shuffled choices ({written_p(own.p)})"
    if own.p > ALPHA:
        over = counted(len(judged), "country", "countries")
        return f"No sign that the choices matter: mean excess of {over} {numbers}."
    places = f"{holding} of {counted(len(judged), 'country', 'countries')}"
    return f"The choices matter: mean excess {numbers}. After Holm in {places}."
