"""The check `efficiency`: how many random pairs does `full` need to do as well as `scpo`?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from scpo.measures.checks.efficiency import FRACTIONS, Curve, crossing, curve, gaps_on_parts, mean_curve
from scpo.method.heads import project
from scpo.methods import METHODS
from scpo.results.checks.context import REFERENCE, CheckContext
from scpo.results.checks.document import MEAN, CheckRow, Findings, Number
from scpo.results.checks.part import Part, averaged, of_mean
from scpo.words import counted


@dataclass(frozen=True, eq=False, kw_only=True)
class _Saved(Part):
    """Where `full` on a random part of the pairs does as well as `scpo`; `full`: its difference on all pairs."""

    curve: Curve
    kept_of: float
    """n / n_kept, the ratio that is checked; on average the mean of the ratios."""


def measure(context: CheckContext) -> Findings:
    """Train `full` on nested random parts of each country's training pairs."""
    found, left_out = context.of_countries(partial(_country, context))
    judged = [one for one in found if one.eligible]
    if judged:
        mean, kept_of = mean_curve([one.curve for one in judged]), float(np.mean([one.kept_of for one in judged]))
        found.append(_Saved(**averaged(judged), curve=mean, kept_of=kept_of))
    rows = [_row(one, context.config.level) for one in found]
    return Findings(rows=rows, left_out=left_out, about=context.about(), notes=_notes(rows))


def _country(context: CheckContext, country: str, number: int) -> _Saved | str:
    previewer = context.previewer
    features, users = previewer.features(country), context.train_users(country)
    fitted = previewer.preview(country, [REFERENCE], ridge=context.ridge, seed=context.seed)
    if not fitted.n_kept[0]:
        return f"{REFERENCE.method} keeps no training pair"
    test = context.scored.test_pairs.iloc[context.test_rows(country)]
    judged = project(features, context.scored.differences(test, np.float64), gap=test["gap"].to_numpy())
    gaps = gaps_on_parts(features, judged, ridge=context.ridge, repeats=context.repeats, rng=context.random(number))
    found = curve(gaps, fitted.fit.gaps(judged)[0], test["user_id"].to_numpy())
    return _Saved(
        country=country,
        numbers={"full": found.difference[-1]},
        curve=found,
        kept_of=features.gap.size / int(fitted.n_kept[0]),
        users=users,
    )


def _row(one: _Saved, level: float) -> CheckRow:
    found, test = crossing(one.curve, level=level), one.numbers["full"]

    def number(scale: float, low: float, high: float) -> Number:
        """Write a part of the pairs, times a scale; all of them stand for at least so many."""
        reached = found.fraction <= FRACTIONS[-1]
        lower, upper = (scale * end if math.isfinite(end) else math.nan for end in (low, high))
        cell = Number.range_of(scale * min(found.fraction, FRACTIONS[-1]), lower, upper, level, test)
        return cell.model_copy(update={"at_least": not reached})

    return one.row(
        {
            "kept_ratio": Number.range_of(one.kept_of, math.nan, math.nan, level, test),
            "efficiency": number(one.kept_of, found.low, found.high),
            "part": number(1.0, found.low, found.high),
            "efficiency_these_users": number(one.kept_of, found.repeats_low, found.repeats_high),
            "repeats_reaching": Number.range_of(_reaching(one.curve), math.nan, math.nan, level, test),
        }
    )


def _reaching(found: Curve) -> float:
    """Return the share of repeats in which `full` on some part does as well."""
    reference = found.repeats[:, -1].mean() - found.difference[-1].value
    return float((found.repeats >= reference - 1e-12).any(axis=1).mean())


def _notes(rows: Sequence[CheckRow]) -> list[str]:
    """Say what the interval holds, and where nothing was gained that pairs could be counted for."""
    name, full = METHODS[REFERENCE.method].label, METHODS["full"].label
    notes = [
        f"An interval holds all parts at which {full} cannot be told from {name}: over random draws for these test "
        "users, and over draws and users. An open end lies beyond all pairs."
    ]
    idle = [row.country for row in rows if row.country != MEAN and row.numbers["part"].value == 0]
    if idle:
        notes.append(f"In {', '.join(idle)} {name} gains nothing over the global model, so no pair is needed.")
    return notes


@of_mean
def conclusion(mean: CheckRow, judged: list[CheckRow]) -> str:
    """Say how many pairs were saved, beside the ratio that says it too kindly."""
    part, found, ratio = (mean.numbers[name] for name in ("part", "efficiency", "kept_ratio"))
    if part.value is None or found.value is None or ratio.value is None:
        return "How many random pairs do as well is unknown."
    name, over = METHODS[REFERENCE.method].label, f"mean over {counted(len(judged), 'country', 'countries')}"
    kind = f"The ratio of all pairs to kept pairs says {100 * ratio.value:.0f} %"
    if part.value == 0:
        return (
            f"{name} gains nothing over the global model ({over}). So no number of pairs is too few to do as well. "
            f"{kind} all the same."
        )
    alone = _ends(mean.numbers["efficiency_these_users"])
    ends = f"{alone} for these test users. For other training users too it is {_ends(found)}"
    if part.at_least:
        return (
            f"No random part of the pairs does as well as {name} ({over}). Its efficiency is "
            f"{100 * found.value:.0f} % or more, {ends}."
        )
    return (
        f"{100 * part.value:.0f} % of the pairs, drawn at random, do as well as {name} ({over}). Its efficiency is "
        f"{100 * found.value:.0f} %, {ends}. {kind}."
    )


def _ends(number: Number) -> str:
    """Write an interval; an open one ends beyond all pairs."""
    if number.low is None:
        return "no interval"
    return f"[{100 * number.low:.0f}, {'…' if number.high is None else f'{100 * number.high:.0f}'}]"
