"""The instant preview: SCPO on the last layer, on cached features.

The reward of a sequence-classification model is linear in the input of its last layer:
``r(x, y) = w0 . phi(x, y) + b``. With ``d_i = phi(x, y+) - phi(x, y-)`` the preview of one setting minimises

.. math:: \\sum_i w_i \\log(1 + e^{-d_i \\cdot v}) + \\tfrac{\\lambda}{2} |v - w_0|^2

over the head v: a weighted Bradley-Terry regression that is pulled towards the global head. It is convex and solved in
milliseconds (`scpo.method.newton`). lambda plays the part of "how long one finetunes"; it is calibrated once per global
model. A preview is not a finetune, and every screen that shows one says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scpo.arrays import FloatArray, IndexArray
from scpo.config import ObjectiveConfig
from scpo.errors import InputError
from scpo.method.heads import HeadFit, PreferenceFeatures, fit_heads
from scpo.method.margins import inverse_hessian
from scpo.method.objective import effective_sample_size, select
from scpo.methods import METHODS


@dataclass(frozen=True, eq=False)
class Preview:
    """Previews of several settings for one country, in the order they were asked for.

    Attributes
    ----------
    objectives : tuple of ObjectiveConfig
    n_kept : ndarray of int, shape (n_settings,)
        Training pairs each setting keeps.
    effective : ndarray, shape (n_settings,)
        Effective sample size of its weights.
    fit : HeadFit
    starts : dict of ObjectiveConfig to Start
        Where each setting ended: good for it and its neighbours.
    """

    objectives: tuple[ObjectiveConfig, ...]
    n_kept: IndexArray
    effective: FloatArray
    fit: HeadFit
    starts: dict[ObjectiveConfig, Start]


@dataclass(frozen=True, eq=False)
class Start:
    """Where a fit may start: the `HeadFit.shift` of a neighbouring setting, and an inverse Hessian there, if any."""

    shift: FloatArray
    conditioner: NDArray[np.float32] | None


def preview(
    features: PreferenceFeatures,
    objectives: Sequence[ObjectiveConfig],
    *,
    ridge: float,
    seed: int = 0,
    start: Mapping[ObjectiveConfig, Start] | None = None,
    conditioned: bool = False,
) -> Preview:
    """Preview many settings for one country; settings that are equal (a method ignores tau or beta) are solved once.

    Parameters
    ----------
    features : PreferenceFeatures
    objectives : sequence of ObjectiveConfig
    ridge : float, > 0
        lambda.
    seed : int
        Seed of the pairs that `random` draws.
    start : mapping of ObjectiveConfig to Start, optional
        Where to start each setting: where it, or one like it, ended before.
    conditioned : bool
        Give the last start of each method a conditioner (with few dimensions), for those who go on from there.

    Raises
    ------
    InputError
        If a method exchanges judgements and the features have not, or the other way round.
    """
    asked = tuple(objectives)
    check_judgements(features, asked)
    distinct = {objective: place for place, objective in enumerate(dict.fromkeys(asked))}
    back = np.array([distinct[objective] for objective in asked], dtype=np.intp)
    selections = [select(features.gap, objective, seed=seed) for objective in distinct]
    weight = np.array([selection.weight for selection in selections]).reshape(len(distinct), features.gap.size)
    counted = weight if features.share is None else weight * features.share
    nowhere = Start(np.zeros(features.shape[1]), None)
    first = [(start or {}).get(objective, nowhere) for objective in distinct]
    fit = fit_heads(
        features,
        weight,
        ridge=ridge,
        start=[one.shift for one in first] if first else None,
        conditioner=_together([one.conditioner for one in first]),
    )
    last = {objective.method: objective for objective in distinct}
    return Preview(
        objectives=asked,
        n_kept=np.array([selection.n_kept for selection in selections], dtype=np.intp)[back],
        effective=np.array([effective_sample_size(one) for one in counted])[back],
        fit=replace(
            fit,
            shift=fit.shift[back],
            margin_error=fit.margin_error[back],
            newton_steps=fit.newton_steps[back],
            inner_steps=fit.inner_steps[back],
            conditioner=None,
        ),
        starts={
            one: _start(fit, place, counted[place], ridge, conditioned=conditioned and last[one.method] is one)
            for place, one in enumerate(distinct)
        },
    )


def check_judgements(features: PreferenceFeatures, objectives: Sequence[ObjectiveConfig]) -> None:
    """Raise InputError if a method exchanges judgements and the features have not, or the other way round."""
    wrong = [one.method for one in objectives if METHODS[one.method].relabels != features.relabelled]
    if wrong:
        kind = "exchanged" if features.relabelled else "own"
        raise InputError(f"{wrong[0]} cannot be fitted to users' {kind} judgements")


def _together(conditioners: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32] | None:
    """Return one array if every setting has a conditioner."""
    known = [one for one in conditioners if one is not None]
    return np.array(known) if known and len(known) == len(conditioners) else None


def _start(fit: HeadFit, place: int, weight: FloatArray, ridge: float, *, conditioned: bool) -> Start:
    """Return where a setting ended; a conditioner takes as long as a fit, so one for each method is enough."""
    if fit.conditioner is not None:
        return Start(fit.shift[place], fit.conditioner[place])
    if not conditioned:
        return Start(fit.shift[place], None)
    order = fit.features.order
    gap, rows = fit.features.gap[order], fit.features.prepared
    return Start(fit.shift[place], inverse_hessian(rows, gap, weight[order], ridge, fit.shift[place]))
