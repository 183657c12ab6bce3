"""The check `shuffled`: does training know more of a country than how often the global model is wrong there?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from scpo.arrays import FloatArray, StrArray
from scpo.measures.checks.shuffled import FEWEST_USERS, ExchangedFits, permutation_p
from scpo.measures.clustered import Clustered, mean_over_countries
from scpo.measures.estimate import estimate
from scpo.measures.families import enough
from scpo.measures.intervals import ALPHA
from scpo.method.shuffling import LabelExchange
from scpo.results.checks.context import REFERENCE, CheckContext, total_of
from scpo.results.checks.document import MEAN, CheckRow, Findings, Number, corrected
from scpo.results.checks.words import points, written_p
from scpo.words import counted

FITS_AT_ONCE = 50
"""Fits between two looks at whether to go on."""


class _Country:
    """One country: its statistics with the true labels and with exchanged ones."""

    def __init__(self, context: CheckContext, country: str, number: int) -> None:
        self.country = country
        self.users = context.train_users(country)
        features, evaluation = context.previewer.features(country), context.previewer.ruler.evaluation
        start = evaluation.global_gap[context.test_rows(country)]
        everything, flips = evaluation.counted(country), evaluation.flips(country)
        fit = context.previewer.preview(country, [REFERENCE], ridge=context.ridge, seed=context.seed).fit
        own = context.own_test_gaps(country, fit.heads)[0]
        self.excess, self.gain = flips.excess(own), everything.accuracy(own).minus(everything.accuracy(start))

        exchange, rng = LabelExchange.build(features.gap, self.users), context.random(number)
        fits = ExchangedFits(features, REFERENCE, ridge=context.ridge, seed=context.seed)
        statistics = []
        for first in range(0, context.repeats, FITS_AT_ONCE):
            context.on_progress(number * context.repeats + first, total_of(context.countries, context.repeats))
            turned = np.array([exchange.draw(rng) for _ in range(first, min(first + FITS_AT_ONCE, context.repeats))])
            gaps = context.own_test_gaps(country, fits.heads(turned))
            excess = flips.each_run(gaps) or [math.nan] * len(gaps)
            statistics.append(np.column_stack([excess, (gaps > 0).mean(axis=1) - (start > 0).mean()]))
        self.exchanged = np.concatenate(statistics)
        """Excess and gain with exchanged labels, shape (repeats, 2)."""

    @property
    def eligible(self) -> bool:
        """Whether both numbers rest on enough test users."""
        return bool(enough(min(self.excess.n_users, self.gain.n_users)))

    def row(self, level: float) -> CheckRow:
        """Return the row of the document."""
        return _row(self.country, self.users, (self.excess, self.gain), self.exchanged, level)


def measure(context: CheckContext) -> Findings:
    """Refit the reference setting with labels exchanged between training users, country by country."""
    found, left_out = [], dict(context.left_out)
    for number, country in enumerate(context.countries):
        n_users = np.unique(context.train_users(country)).size
        if n_users < FEWEST_USERS:
            left_out[country] = f"{counted(n_users, 'training user')}, labels need at least {FEWEST_USERS}"
            continue
        found.append(_Country(context, country, number))
    context.on_progress(1, 1)
    rows = [one.row(context.config.level) for one in found]
    judged = [one for one in found if one.eligible]
    if judged:
        users = np.concatenate([one.users for one in judged])
        means = (
            mean_over_countries([one.excess for one in judged]),
            mean_over_countries([one.gain for one in judged]),
        )
        exchanged = np.mean([one.exchanged for one in judged], axis=0)
        rows.append(_row(MEAN, users, means, exchanged, context.config.level))
    rows = corrected(corrected(rows, "excess"), "gain")
    return Findings(
        rows=rows,
        left_out=left_out,
        about=context.about(),
        notes=_notes(len(judged), context.repeats),
    )


def _row(country: str, users: StrArray, numbers: Sequence[Clustered], exchanged: FloatArray, level: float) -> CheckRow:
    tail = (1 - level) / 2
    cells: dict[str, Number] = {}
    for name, number, drawn in zip(("excess", "gain"), numbers, exchanged.T, strict=True):
        low, high = np.quantile(drawn, [tail, 1 - tail]) if np.isfinite(drawn).all() else (np.nan, np.nan)
        cells[name] = Number.of(estimate(number, level=level), p=permutation_p(number.value, drawn))
        cells[f"{name}_shuffled"] = Number.range_of(float(np.mean(drawn)), float(low), float(high), level, number)
    return CheckRow(country=country, n_train_pairs=users.size, n_train_users=np.unique(users).size, numbers=cells)


def _notes(n_judged: int, repeats: int) -> list[str]:
    """Say where the repeats are too few for any corrected p below the level."""
    if not n_judged or n_judged / (repeats + 1) <= ALPHA:
        return []
    return [
        f"With {repeats} repeats and {n_judged} countries no corrected p can fall below {ALPHA:g}: "
        f"ask for at least {round(n_judged / ALPHA)} repeats."
    ]


def conclusion(rows: Sequence[CheckRow]) -> str:
    """Say whether the choices matter."""
    mean = next((row for row in rows if row.country == MEAN), None)
    if mean is None:
        return "No country has ten test users: there are intervals, and no verdict."
    own, other = mean.numbers["excess"], mean.numbers["excess_shuffled"]
    judged = [row for row in rows if row.country != MEAN and not row.too_few_users]
    holding = sum((row.numbers["excess"].holm_p or 1.0) < ALPHA for row in judged)
    if own.value is None or other.value is None or own.p is None:
        return "The excess is unknown: the global model gets no test pair wrong."
    numbers = f"{points(own.value)} points against {points(other.value)} with shuffled choices ({written_p(own.p)})"
    if own.p > ALPHA:
        over = counted(len(judged), "country", "countries")
        return f"No sign that the choices matter: mean excess of {over} {numbers}."
    places = f"{holding} of {counted(len(judged), 'country', 'countries')}"
    return f"The choices matter: mean excess {numbers}. After Holm in {places}."
