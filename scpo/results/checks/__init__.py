"""Falsification checks: each asks whether something else explains what the pages show."""

from scpo.results.checks.context import CheckContext
from scpo.results.checks.document import MEAN, CheckDocument, CheckRow, Findings, Number, corrected, json_of
from scpo.results.checks.load import find_check, known_check, load_check
from scpo.results.checks.table import CHECKS, Check, Quantity

__all__ = [
    "CHECKS",
    "MEAN",
    "Check",
    "CheckContext",
    "CheckDocument",
    "CheckRow",
    "Findings",
    "Number",
    "Quantity",
    "corrected",
    "find_check",
    "json_of",
    "known_check",
    "load_check",
]
