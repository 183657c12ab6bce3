"""Secrets stay out of what is written down: records, logs, messages, and what a cluster is told."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

HIDDEN = "***"
LEAST_LENGTH = 8
"""Shorter values are words like ``true`` that stand in every text."""

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:TOKENS?|\w*PASSWO?R?D|PASS|PWD|PAT|SECRETS?|CREDENTIALS?|AUTH|(?:API|ACCESS|PRIVATE)?KEYS?)(?=_|$)",
    re.IGNORECASE,
)
_HARMLESS = re.compile(r"^(?:OLD)?PWD$|_(?:PATH|FILE|DIR|SOCK)$", re.IGNORECASE)
_USER_OF_URL = re.compile(r"(?<=://)[^\s/?#@'\"<>]+@")
_PARAMETER = re.compile(
    r"(?<=[?&])([^\s=&#]*(?:token|secret|password|key|signature|credential)[^\s=&#]*)=[^\s&#'\"<>]+", re.IGNORECASE
)


def names_secret(name: str) -> bool:
    """Tell whether a variable of this name holds a secret: ``HF_TOKEN``, ``AWS_SECRET_ACCESS_KEY``, ``DB_PASSWORD``."""
    return bool(_SECRET_NAME.search(name)) and not _HARMLESS.search(name)


def without_secrets(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Replace secrets by stars: who is named in an address, secret parameters of one, and values of secret variables.

    Parameters
    ----------
    environment : mapping of str to str, optional
        Variables whose values are looked for where `names_secret`; this process's if not given.
    """
    variables = os.environ if environment is None else environment
    values = {value for name, value in variables.items() if names_secret(name) and len(value) >= LEAST_LENGTH}
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return _PARAMETER.sub(rf"\1={HIDDEN}", _USER_OF_URL.sub(f"{HIDDEN}@", text))
