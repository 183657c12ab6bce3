"""What nobody should have to know who was not there: words that plain texts may not have."""

import re

TECHNICAL = re.compile(
    r"[τβλκ]|all-country|true-country|label-blind|excess|recovered|over-steer|Holm|noise floor|global model|"
    r"\bseeds?\b|\bruns?: |\bpairs\b(?! of answers)",
    re.IGNORECASE,
)


def technical(texts: list[str]) -> list[str]:
    """Return the texts that have such a word."""
    return [one for one in texts if TECHNICAL.search(one)]
