"""Falsification checks: each asks whether something else explains what the pages show."""

from scpo.results.checks.document import MEAN, CheckDocument, CheckRow, Number
from scpo.results.checks.load import check_keys, find_check, known_check, load_check
from scpo.results.checks.table import CHECKS, Check
