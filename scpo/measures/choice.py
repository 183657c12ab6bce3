r"""How much too good a chosen setting looks on the users it was chosen on, and how sure the choice is.

The setting that a rule prefers is the best of several on the same test users, so part of its number is luck. For
resample b of users let :math:`s_b` be the setting that the rule chooses there, :math:`A_b` an accuracy on the resample
and :math:`A` on the users as they are:

.. math:: \text{optimism} = \sqrt 2 \; \operatorname{mean}_b \left( A_b(s_b) - A(s_b) \right)

The mean is Efron's bootstrap estimate of optimism (Journal of the American Statistical Association 78, 1983), for the
step that chooses. Where all settings are alike it is too small by the factor before it: a resample lies as far from the
users as they lie from everybody, what is chosen in it owes half of its luck to each, and only one half is in the
difference, while its spread is that of both together. Where one setting always wins the mean is about 0, and so is the
optimism.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scpo.arrays import FloatArray
from scpo.errors import InputError
from scpo.measures.frontier import DEFAULT_EPS, Rule, choose, choose_each

ALIKE = math.sqrt(2.0)
"""What the bootstrap's optimism is too small by where all settings are alike."""


@dataclass(frozen=True, eq=False)
class Choice:
    """What a rule chooses among settings, and how far it can be trusted.

    Attributes
    ----------
    chosen : int or None
        Position of the chosen setting; None if no setting has both accuracies.
    true_value, all_value : float
        Its accuracies on the users it was chosen on.
    true_optimism, all_optimism : float
        How much too good they are, about 0 or more; NaN where no resample has a choice.
    selected : ndarray, shape (n_settings,), in [0, 1]
        Share of the resamples in which the rule chooses each setting; NaN where none has a choice.
    """

    chosen: int | None
    true_value: float
    all_value: float
    true_optimism: float
    all_optimism: float
    selected: FloatArray

    @property
    def frequency(self) -> float:
        """Return the share of the resamples in which the rule chooses what it has chosen."""
        return math.nan if self.chosen is None else float(self.selected[self.chosen])

    @property
    def true_corrected(self) -> float:
        """Return the true-country accuracy without the optimism."""
        return self.true_value - self.true_optimism

    @property
    def all_corrected(self) -> float:
        """Return the all-country accuracy without the optimism."""
        return self.all_value - self.all_optimism


def judge_choice(
    true_country: ArrayLike,
    all_country: ArrayLike,
    true_draws: ArrayLike,
    all_draws: ArrayLike,
    *,
    rule: Rule = "max_all_country",
    eps: float = DEFAULT_EPS,
) -> Choice:
    """Choose a setting by a rule, and say how much too good it looks and how often it would be chosen.

    Parameters
    ----------
    true_country, all_country : array_like, shape (n_settings,)
        On the users as they are.
    true_draws, all_draws : array_like, shape (n_resamples, n_settings)
        Over the *same* resamples of them (`scpo.measures.resampling`).
    rule, eps
        See `scpo.measures.frontier.choose`.
    """
    x, y = np.asarray(true_country, dtype=np.float64), np.asarray(all_country, dtype=np.float64)
    x_draws, y_draws = np.asarray(true_draws, dtype=np.float64), np.asarray(all_draws, dtype=np.float64)
    best, each = choose(x, y, rule=rule, eps=eps), choose_each(x_draws, y_draws, rule=rule, eps=eps)
    if x_draws.shape[1] != x.size:
        raise InputError(f"{x.size} settings need as many columns of draws, got {x_draws.shape[1]}")
    drawn = np.flatnonzero(each >= 0)
    if best is None or not drawn.size:
        values = (math.nan, math.nan) if best is None else (float(x[best]), float(y[best]))
        return Choice(best, *values, math.nan, math.nan, np.full(x.size, math.nan))
    there = each[drawn]
    true_optimism, all_optimism = (
        ALIKE * float(np.mean(draws[drawn, there] - value[there])) for draws, value in ((x_draws, x), (y_draws, y))
    )
    selected = np.bincount(there, minlength=x.size) / drawn.size
    return Choice(best, float(x[best]), float(y[best]), true_optimism, all_optimism, selected)
