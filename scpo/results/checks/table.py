"""The table of checks: one row for each. Commands, cards and reports read it; to add a check is to add a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from scpo.results.checks import budget, efficiency, length, noise_floor, shuffled, topics
from scpo.results.checks.context import CheckContext
from scpo.results.checks.document import CheckRow, Findings

Page = Literal["brief", "tradeoff", "bias", "divergence", "workbench"]


class Quantity(NamedTuple):
    """A number that a check has for every row."""

    name: str
    heading: str
    kind: Literal["percent", "points", "number"]
    """`percent`: a share in [0, 1]; `points`: a difference of shares; `number`: as it is."""

    shown: bool = True
    """Whether card and command show it; JSON has all."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check."""

    name: str
    """As typed on the command line."""

    label: str
    """Name for a reader."""

    question: str
    """What it asks, in one sentence."""

    page: Page
    """Where its card stands."""

    measure: Callable[[CheckContext], Findings]
    conclude: Callable[[Sequence[CheckRow]], str]
    """Says what the rows show, in short sentences: also of rows that were kept by a version with other words."""

    quantities: tuple[Quantity, ...]
    definition: str
    """Key in `scpo.definitions`."""

    repeats: int
    """Random repeats unless asked otherwise; 0 where nothing is random."""

    fewest_repeats: int = 0
    version: int = 1
    """Raised whenever the same causes would give another result."""


_ROWS = (
    Check(
        name="shuffled",
        label="Shuffled labels",
        question="Would training on shuffled choices do as well as training on the real ones?",
        page="tradeoff",
        measure=shuffled.measure,
        conclude=shuffled.conclusion,
        quantities=(
            Quantity("excess", "Excess", "points"),
            Quantity("excess_shuffled", "Excess, shuffled", "points"),
            Quantity("gain", "Gain", "points"),
            Quantity("gain_shuffled", "Gain, shuffled", "points"),
        ),
        definition="check_shuffled",
        repeats=199,
        fewest_repeats=19,
    ),
    Check(
        name="noise-floor",
        label="Other training users",
        question="How far would the numbers move if other people of the country had been asked for training?",
        page="tradeoff",
        measure=noise_floor.measure,
        conclude=noise_floor.conclusion,
        quantities=(
            Quantity("spread", "Training users, one SD", "points"),
            Quantity("gain", "Gain", "points"),
            Quantity("gain_both", "Gain, other training users too", "points"),
            Quantity("widening", "Interval wider by", "number"),
            Quantity("excess_spread", "Excess, one SD", "points", shown=False),
        ),
        definition="check_noise_floor",
        repeats=50,
        fewest_repeats=10,
    ),
    Check(
        name="length",
        label="Length",
        question="Is the gain more than a liking for longer or shorter responses?",
        page="bias",
        measure=length.measure,
        conclude=length.conclusion,
        quantities=(
            Quantity("gain", "Gain", "points"),
            Quantity("gain_controlled", "Gain without length", "points"),
            Quantity("excess", "Excess", "points"),
            Quantity("excess_controlled", "Excess without length", "points"),
            Quantity("length_bias", "Prefers longer, more than people", "points"),
            Quantity("slope", "Logits per doubling of the words", "number"),
            Quantity("slope_people", "The same, people", "number", shown=False),
            Quantity("all_controlled", "All-country without length", "percent", shown=False),
            Quantity("true_controlled", "True-country without length", "percent", shown=False),
            Quantity("length_bias_global", "The same, global model", "points", shown=False),
        ),
        definition="check_length",
        repeats=0,
    ),
    Check(
        name="topics",
        label="Matched topics",
        question="Are communities apart, and gains their own, when all ask about the same topics?",
        page="divergence",
        measure=topics.measure,
        conclude=topics.conclusion,
        quantities=(
            Quantity("distance", "Distance", "percent"),
            Quantity("distance_matched", "Distance, topics matched", "percent"),
            Quantity("overlap", "Topics in common", "percent"),
            Quantity("gain", "Gain", "points"),
            Quantity("gain_topics", "Gain from others, same topics", "points"),
            Quantity("gain_beyond_topics", "Own choices against others'", "points"),
        ),
        definition="check_topics",
        repeats=0,
    ),
    Check(
        name="budget",
        label="Equal movement",
        question="Do methods still differ when all of them move as far from the global model as All pairs does?",
        page="workbench",
        measure=budget.measure,
        conclude=budget.conclusion,
        quantities=(
            Quantity("gain", "Gain", "points"),
            Quantity("gain_against_full", "Gain, against full", "points"),
            Quantity("excess", "Excess", "points"),
            Quantity("excess_against_full", "Excess, against full", "points"),
            Quantity("flips", "Training pairs flipped", "percent"),
            Quantity("flips_unmatched", "The same, λ of full", "percent"),
            Quantity("factor", "λ / λ of full", "number"),
        ),
        definition="check_budget",
        repeats=0,
    ),
    Check(
        name="efficiency",
        label="Random pairs",
        question="How many random pairs do as well as those that Filter + weight keeps?",
        page="workbench",
        measure=efficiency.measure,
        conclude=efficiency.conclusion,
        quantities=(
            Quantity("kept_ratio", "Pairs / kept pairs", "percent"),
            Quantity("efficiency", "Efficiency", "percent"),
            Quantity("efficiency_these_users", "The same, these test users", "percent"),
            Quantity("part", "Random part that does as well", "percent"),
            Quantity("repeats_reaching", "Repeats that get there", "percent"),
        ),
        definition="check_efficiency",
        repeats=20,
        fewest_repeats=5,
    ),
)

CHECKS: dict[str, Check] = {row.name: row for row in _ROWS}
"""The checks by name, in the order of the help."""
