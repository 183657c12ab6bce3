"""Over-steering: a model that follows a country's own preferences by flipping more, not by knowing more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scpo.config import ObjectiveConfig
from scpo.measures.estimate import Estimate, estimate
from scpo.measures.evaluation import CountryModel, Evaluation
from scpo.measures.families import enough
from scpo.measures.intervals import ALPHA, holm, p_value
from scpo.measures.written import Written

Verdict = Literal["over_steering", "none", "unknown"]


@dataclass(frozen=True)
class OverSteering(Written):
    """What one setting won on a country's own preferences, and what that cost on all of them.

    Attributes
    ----------
    trained_for : str
    objective : ObjectiveConfig
    runs : tuple of str
    recovered : Estimate
        Recovered share: true-country accuracy (the global model has 0 by construction).
    excess : Estimate
        What of it is more than label-blind flips of the same size recover.
    against_global : Estimate
        All-country accuracy minus that of the global model.
    recovered_against_full, against_full, excess_against_full : Estimate or None
        Recovered share, all-country accuracy and excess minus those of `full`; None for `full` itself or where it was
        not run.
    p, holm_p : float
        Of over-steering: the larger p of its two parts where both point there, else 1; after Holm over all settings and
        countries. NaN where there is no `full`, no interval, or too few users.
    verdict : {"over_steering", "none", "unknown"}
        ``over_steering``: its excess is below that of `full` *and* it ranks fewer of all pairs right than the global
        model, both paired, after Holm: it recovers by flipping more, and knows less of which pairs are wrong.
    too_few_users : bool
        True if one of the two accuracies has fewer than `TOO_FEW_USERS`.
    """

    trained_for: str
    objective: ObjectiveConfig
    runs: tuple[str, ...]
    recovered: Estimate
    excess: Estimate
    against_global: Estimate
    recovered_against_full: Estimate | None
    against_full: Estimate | None
    excess_against_full: Estimate | None
    p: float
    holm_p: float
    verdict: Verdict
    too_few_users: bool


def over_steering(models: Sequence[CountryModel], evaluation: Evaluation) -> list[OverSteering]:
    """Set what every model knows of its own country against its all-country change there.

    Parameters
    ----------
    models : sequence of CountryModel
        *All* there are: p-values are adjusted over them.

    Returns
    -------
    list of OverSteering
        In the order of models. `full` models among them are the reference for the others of their country.

    Raises
    ------
    InputError
        If a model's country has no test pairs.
    """
    full = {(model.trained_for, model.training): model for model in models if model.objective.method == "full"}
    found = [_steering(model, full.get((model.trained_for, model.training)), evaluation) for model in models]
    marks = holm([one.p for one in found])
    return [
        replace(one, holm_p=float(mark), verdict=_verdict(float(mark))) for one, mark in zip(found, marks, strict=True)
    ]


def _steering(model: CountryModel, full: CountryModel | None, evaluation: Evaluation) -> OverSteering:
    """Measure one model against the global model and `full`, before the correction over all of them."""
    group, level = model.trained_for, evaluation.level
    recovered = evaluation.accuracy(model.gap, group, true_country=True)
    everything = evaluation.accuracy(model.gap, group)
    excess = evaluation.excess(model.gap, group)
    change = everything.minus(evaluation.accuracy(evaluation.global_gap, group))
    n_users = min(recovered.n_users, everything.n_users)
    more = less = knows = None
    p = math.nan
    if full is not None and model.objective.method != "full":
        more = recovered.minus(evaluation.accuracy(full.gap, group, true_country=True))
        less = everything.minus(evaluation.accuracy(full.gap, group))
        knows = excess.minus(evaluation.excess(full.gap, group))
        if enough(n_users):
            p = max(p_value(knows), p_value(change)) if knows.value < 0 and change.value < 0 else 1.0
    return OverSteering(
        trained_for=group,
        objective=model.objective,
        runs=model.runs,
        recovered=estimate(recovered, level=level),
        excess=estimate(excess, level=level),
        against_global=estimate(change, level=level),
        recovered_against_full=None if more is None else estimate(more, level=level),
        against_full=None if less is None else estimate(less, level=level),
        excess_against_full=None if knows is None else estimate(knows, level=level),
        p=p,
        holm_p=math.nan,
        verdict="unknown",
        too_few_users=not enough(n_users),
    )


def _verdict(p: float) -> Verdict:
    """Return what the corrected p says; see `OverSteering`."""
    return "unknown" if math.isnan(p) else "over_steering" if p < ALPHA else "none"
