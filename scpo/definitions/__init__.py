"""What every number means: one place for its name, formula, sentence and source. Pages and reports quote it."""

from __future__ import annotations

from scpo.definitions import behaviour, bias, certainty, checks, divergence, measures, method, survey
from scpo.definitions.definition import Definition
from scpo.definitions.divergence import LOWER_BOUND
from scpo.definitions.survey import NO_NOISE_FLOOR

DEFINITIONS: dict[str, Definition] = {
    key: found
    for section in (method, measures, bias, behaviour, certainty, divergence, survey, checks)
    for key, found in section.DEFINITIONS.items()
}
"""Key -> definition, in the order of a page."""


def markdown(key: str) -> str:
    """Write a definition as Markdown: name, sentence and formula.

    Raises
    ------
    KeyError
        If nothing is defined under this key.
    """
    found = DEFINITIONS[key]
    formula = f"\n\n$${found.formula}$$" if found.formula else ""
    return f"**{found.name}**: {found.plain}{formula}"
