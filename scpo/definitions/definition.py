"""What a definition holds."""

from __future__ import annotations

from typing import NamedTuple

PAPER = "arXiv 2606.18606"
OWN = "this project"


class Definition(NamedTuple):
    """A quantity of the method."""

    name: str
    plain: str
    """What it is and which way it points, plain text."""

    formula: str = ""
    """LaTeX without dollar signs; empty where words say it all."""

    source: str = PAPER
    section: str = "Measures"
