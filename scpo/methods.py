"""The registry of methods: one row for each, with everything that tells it from the others.

What validates a setting, selects and weighs pairs, moves a slider, spans a grid of previews or names a method to a
reader reads these rows. To add a method is to add a row (and, if it weighs pairs in a new way, its formula above it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from scpo.arrays import FloatArray
from scpo.errors import InputError


class Setting(Protocol):
    """The numbers of a setting, as `scpo.config.ObjectiveConfig` holds them."""

    @property
    def method(self) -> str: ...
    @property
    def tau(self) -> float | None: ...
    @property
    def beta(self) -> float | None: ...
    @property
    def inverse_clip(self) -> float: ...


LogWeight = Callable[[FloatArray, Setting], FloatArray]
"""Gaps of the global model, shape (n_pairs,), and a setting -> logarithms of the weights, shape (n_pairs,)."""


def required(value: float | None, name: str, setting: Setting) -> float:
    """Return a number that the setting's method needs, or raise InputError."""
    if value is None:
        raise InputError(f"method {setting.method} needs {name}")
    return value


def turned_down(gap: FloatArray, setting: Setting) -> FloatArray:
    r"""Turn down extreme disagreement: :math:`w = \min(e^{r^+/\beta} / e^{r^-/\beta}, 1) = e^{\min(g/\beta, 0)}`.

    A disagreement of beta weighs 1/e. A quotient beyond the largest float is minus infinity, its weight 0.
    """
    with np.errstate(over="ignore", under="ignore"):
        return np.minimum(gap / required(setting.beta, "beta", setting), 0.0)


WEIGHT = "min(exp(gap / β), 1)"
WEIGHT_LATEX = r"w = \min\!\left(e^{g / \beta},\, 1\right)"
"""`turned_down` for a reader, in a line and as an equation; rows, pages, definitions and README take it from here."""


def half_weight_gap(beta: float) -> float:
    r"""Return the gap at which `turned_down` weighs one half, :math:`-\beta \ln 2`, in logits."""
    if not (np.isfinite(beta) and beta > 0):
        raise InputError(f"beta must be a positive number, got {beta}")
    return -beta * float(np.log(2.0))


def turned_up(gap: FloatArray, setting: Setting) -> FloatArray:
    r"""Turn *up* extreme disagreement: :math:`w = \max(e^{r^-} / e^{r^+}, 1) = e^{\min(\max(-g, 0), clip)}`.

    The reference has no clip and overflows.
    """
    return np.clip(-gap, 0.0, setting.inverse_clip)


Origin = Literal["trained", "fitted", "measured", "external"]
"""Where a method's numbers come from: finetunes that can be asked for, fits of a last layer, no training at all, or
models that were trained elsewhere."""

EXTERNAL = "external"
"""The method of models that were trained elsewhere."""

EXTERNAL_PREFIX = f"{EXTERNAL}:"
"""With its name behind it: what stands for such a model where ours have the id of a run."""

TRAINING_UNKNOWN = "training unknown: whether it has seen these test users is not known"
"""What is said of every number of such a model."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """What one method makes of the pairs of a country."""

    name: str
    """As typed on the command line and written in records."""

    label: str
    """Name for a reader."""

    description: str
    """What it trains on, after "trains on"."""

    needs_tau: bool = False
    """Whether it keeps only pairs with p_glo < tau."""

    needs_beta: bool = False
    """Whether its weights depend on beta."""

    log_weight: LogWeight | None = None
    """Logarithm of a pair's weight; None weighs all pairs 1. Pairs on which the global model agrees always weigh 1."""

    weight: str = "1"
    """`log_weight` for a reader."""

    at_random: bool = False
    """Whether it draws its pairs, as many as pass the filter."""

    relabels: bool = False
    """Whether the country's training users exchange their judgements first (`scpo.method.shuffling`)."""

    control: bool = False
    """Whether it is there to be compared with: never on the front, never chosen, proposed or judged."""

    origin: Origin = "trained"

    in_paper_study: bool = False
    """Whether the preset `paper` runs it: the methods of arXiv 2606.18606 and a control."""

    @property
    def proposed(self) -> bool:
        """Whether a slider can reach it, so that a preview may propose it: it has a number to move, and no control."""
        return (self.needs_tau or self.needs_beta) and not self.control


_ROWS = (
    Method(
        name="full",
        label="All pairs",
        description="all pairs, each with weight 1: the paper's baseline",
        in_paper_study=True,
    ),
    Method(
        name="filter",
        label="Filter",
        description="the pairs below tau, with weight 1",
        needs_tau=True,
        in_paper_study=True,
    ),
    Method(
        name="inverse",
        label="Inverse weight",
        description="all pairs, extreme disagreement turned up: the paper's ablation",
        log_weight=turned_up,
        weight="min(max(exp(−gap), 1), e⁵)",
        in_paper_study=True,
    ),
    Method(
        name="weight",
        label="Weight",
        description="all pairs, extreme disagreement turned down",
        needs_beta=True,
        log_weight=turned_down,
        weight=WEIGHT,
        in_paper_study=True,
    ),
    Method(
        name="scpo",
        label="Filter + weight",
        description="the pairs below tau, extreme disagreement turned down",
        needs_tau=True,
        needs_beta=True,
        log_weight=turned_down,
        weight=WEIGHT,
        in_paper_study=True,
    ),
    Method(
        name="random",
        label="Random pairs",
        description="as many random pairs as `scpo` keeps, with weight 1: a control",
        needs_tau=True,
        at_random=True,
        control=True,
        in_paper_study=True,
    ),
    Method(
        name="shuffled",
        label="Shuffled labels",
        description="as `scpo`, after the country's users have exchanged their judgements: a control",
        needs_tau=True,
        needs_beta=True,
        log_weight=turned_down,
        weight=WEIGHT,
        relabels=True,
        control=True,
    ),
    Method(
        name="pooled",
        label="Pooled countries",
        description="all pairs of all countries that have a run, last layer only: a control",
        control=True,
        origin="fitted",
    ),
    Method(
        name="transfer",
        label="Other countries' models",
        description="nothing: the models of the other countries, mean over them: a control",
        weight="none",
        control=True,
        origin="measured",
    ),
    Method(
        name="length",
        label="Longer response",
        description="nothing: the response with more words wins: a control",
        weight="none",
        control=True,
        origin="measured",
    ),
    Method(
        name=EXTERNAL,
        label="External model",
        description="unknown: a model from elsewhere, added with `scpo model add`",
        weight="unknown",
        origin="external",
    ),
)

METHODS: dict[str, Method] = {row.name: row for row in _ROWS}
"""All methods by name, in the paper's order, then the controls and models from elsewhere; `global` is the untouched
model."""

CONTROLS: tuple[str, ...] = tuple(row.name for row in _ROWS if row.control)
"""What the others are compared with."""

NEVER_CHOSEN: tuple[str, ...] = (*CONTROLS, EXTERNAL)
"""What is never on the front, never chosen or proposed: controls, and models whose training is not known."""

TRAINED: tuple[str, ...] = tuple(row.name for row in _ROWS if row.origin == "trained")
"""What can be asked for as a finetune."""

PREVIEWED: tuple[str, ...] = tuple(name for name in TRAINED if not METHODS[name].relabels)
"""What sliders and grids preview: fits to a country's pairs as its people judged them."""

PAPER_METHODS: tuple[str, ...] = tuple(row.name for row in _ROWS if row.in_paper_study)
"""What a study compares unless told otherwise."""


def setting_id(method: str, tau: float | None, beta: float | None) -> str:
    """Name a setting: ``scpo|0.7|1.1``, with ``-`` for what the method does not use."""
    return "|".join([method, *("-" if v is None or np.isnan(v) else f"{v:g}" for v in (tau, beta))])


def point_id(country: str, setting: str) -> str:
    """Name the model of a country: ``CHL|scpo|0.7|1.1``."""
    return f"{country}|{setting}"


def known_method(name: str) -> str:
    """Return the name of a method that can be finetuned, or raise InputError."""
    if name == EXTERNAL:
        raise InputError("external is no method to finetune with: `scpo model add` brings a model from elsewhere")
    if name in METHODS and name not in TRAINED:
        raise InputError(
            f"{name} is a control that is not finetuned: `scpo frontier` and the page Trade-off show it beside the "
            f"runs; what can be finetuned is {', '.join(TRAINED)}"
        )
    if name not in METHODS:
        raise InputError(f"no method {name!r}: known are {', '.join(TRAINED)}")
    return name
