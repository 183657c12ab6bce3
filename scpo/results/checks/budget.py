"""The check `budget`: do methods still differ when all of them move as far from the global model as `full`?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scpo.config import ObjectiveConfig
from scpo.data.splits import user_folds
from scpo.measures.checks.matched_budget import CLOSE, FOLDS, matched_ridges
from scpo.measures.intervals import ALPHA
from scpo.method.heads import fit_heads
from scpo.method.objective import select
from scpo.methods import METHODS, PAPER_METHODS
from scpo.results.checks.context import REFERENCE, CheckContext
from scpo.results.checks.document import MEAN, CheckRow, Findings, Number, corrected
from scpo.results.checks.part import Part, averaged
from scpo.results.checks.words import points, points_range
from scpo.words import counted

TESTED = ("gain_against_full", "excess_against_full")
"""Numbers with a p-value of their own."""

FULL = "full"


@dataclass(frozen=True, eq=False, kw_only=True)
class _Moved(Part):
    """One method: its numbers at the matched lambda."""

    method: str
    factor: float
    """lambda over that of `full`; on average the geometric mean."""

    flips: tuple[float, float]
    """Flip rate on training users at the matched lambda and at that of `full`."""


def measure(context: CheckContext) -> Findings:
    """Give each method of the paper the lambda at which it flips as many training pairs as `full`."""
    objectives = [ObjectiveConfig(method=method) for method in PAPER_METHODS]
    measured, left_out = context.of_countries(lambda country, _: _country(context, country, objectives))
    found, apart = [one for known in measured for one in known], dict[str, list[str]]()
    for known in measured:
        for missing in sorted(set(PAPER_METHODS) - {one.method for one in known}):
            apart.setdefault(missing, []).append(known[0].country)
    rows = []
    for method in PAPER_METHODS:
        own = [one for one in found if one.method == method]
        judged = [one for one in own if one.eligible]
        part = [_row(one, context.config.level) for one in [*own, *([_mean(judged)] if judged else [])]]
        for name in TESTED if method != FULL else ():
            part = corrected(part, name)
        rows += part
    return Findings(
        rows=rows,
        left_out=left_out,
        about=context.about(),
        notes=[
            f"No lambda that was tried makes {method} flip as many training pairs as full in {', '.join(places)}."
            for method, places in apart.items()
        ],
    )


def _country(context: CheckContext, country: str, objectives: Sequence[ObjectiveConfig]) -> list[_Moved] | str:
    """Measure the methods that can be matched in one country; `full` always can."""
    previewer, users = context.previewer, context.train_users(country)
    n_users = np.unique(users).size
    if n_users < FOLDS:
        return f"{counted(n_users, 'training user')}, folds need at least {FOLDS}"
    features, evaluation = previewer.features(country), previewer.ruler.evaluation
    weight = np.array([select(features.gap, one, seed=context.seed).weight for one in objectives])
    folds = user_folds(users, folds=FOLDS, seed=context.seed)
    matched = matched_ridges(
        features,
        np.array([folds[user] for user in users]),
        weight,
        reference=np.ones(features.gap.size),
        ridge=context.ridge,
    )
    there = np.flatnonzero(np.isfinite(matched.ridge))
    heads = fit_heads(features, weight[there], ridge=matched.ridge[there], tolerance=CLOSE).heads
    everything, flips = evaluation.counted(country), evaluation.flips(country)
    start = everything.accuracy(evaluation.global_gap[context.test_rows(country)])
    accuracies, excesses = [], []
    for gap in context.own_test_gaps(country, heads):
        accuracies.append(everything.accuracy(gap))
        excesses.append(flips.excess(gap))
    of_full = [objectives[int(place)].method for place in there].index(FULL)
    return [
        _Moved(
            country=country,
            method=objectives[place].method,
            numbers={
                "gain": accuracy.minus(start),
                "excess": excess,
                "gain_against_full": accuracy.minus(accuracies[of_full]),
                "excess_against_full": excess.minus(excesses[of_full]),
            },
            factor=float(matched.ridge[place]) / context.ridge,
            flips=(float(matched.flips[place]), float(matched.unmatched[place])),
            users=users,
        )
        for place, accuracy, excess in zip(there.tolist(), accuracies, excesses, strict=True)
    ]


def _mean(parts: Sequence[_Moved]) -> _Moved:
    return _Moved(
        **averaged(parts),
        method=parts[0].method,
        factor=math.exp(float(np.mean([math.log(one.factor) for one in parts]))),
        flips=(float(np.mean([one.flips[0] for one in parts])), float(np.mean([one.flips[1] for one in parts]))),
    )


def _row(one: _Moved, level: float) -> CheckRow:
    cells = one.cells(level, tested=TESTED)
    if one.method == FULL:
        cells = {name: cells[name] for name in ("gain", "excess")}
    trained = {
        "level": level,
        "low": None,
        "high": None,
        "n_pairs": one.users.size,
        "n_users": np.unique(one.users).size,
    }
    return one.row(
        {
            **cells,
            "flips": Number(value=one.flips[0], **trained),
            "flips_unmatched": Number(value=one.flips[1], **trained),
            "factor": Number(value=one.factor, **trained),
        },
        other=one.method,
    )


def conclusion(rows: Sequence[CheckRow]) -> str:
    """Say whether `scpo` differs from `full` at the same movement."""
    name, full = METHODS[REFERENCE.method].label, METHODS[FULL].label
    mean = next((row for row in rows if row.country == MEAN and row.other == REFERENCE.method), None)
    if mean is None:
        return f"No country with ten test users in which {name} can be matched: there is no verdict."
    n = sum(row.country != MEAN and row.other == REFERENCE.method and not row.too_few_users for row in rows)
    words = []
    for key, noun in (("gain", "gain"), ("excess", "excess")):
        number = mean.numbers[f"{key}_against_full"]
        if number.value is None or number.low is None or number.high is None or number.p is None:
            return f"Whether {name} differs from {full} at the same movement is unknown."
        seen = "beyond chance" if number.p < ALPHA else "within chance"
        words.append(f"{noun} by {points(number.value)} points {points_range(number.low, number.high)}, {seen}")
    over = counted(n, "country", "countries")
    return f"Moved as far as {full}, {name} differs from it in {words[0]}. It differs in {words[1]} (mean over {over})."
