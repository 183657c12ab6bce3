"""A file of one's own candidates: prompts with several responses each, and a person's scores if there are any."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scpo.data.json_rows import json_objects
from scpo.errors import DataError

SHAPE = '{"prompt": "…", "responses": ["…", "…"], "scores": [1, 2]}'


@dataclass(frozen=True)
class Candidates:
    """A prompt with its responses; `scores` are a person's, one per response, or None."""

    prompt: str
    responses: tuple[str, ...]
    scores: tuple[float, ...] | None


def read_candidates(path: Path) -> list[Candidates]:
    """Read a JSON lines file with `prompt`, `responses` and, if people have scored them, `scores` in each line.

    Raises
    ------
    DataError
        With the first line that is not so, or if there is none.
    InputError
        If there is no such file.
    """
    found = []
    for number, line in json_objects(path):
        fault = line if isinstance(line, str) else _fault(line)
        if isinstance(line, str) or fault is not None:
            raise DataError(f"{path.name}, line {number}: {fault}; each line is {SHAPE}, scores may be missing")
        scores = line.get("scores")
        found.append(
            Candidates(
                line["prompt"],
                tuple(line["responses"]),
                None if scores is None else tuple(float(one) for one in scores),
            )
        )
    if not found:
        raise DataError(f"{path.name} has no line; each line is {SHAPE}")
    return found


def _fault(line: Mapping[str, Any]) -> str | None:
    """Say what is wrong with a line, None if nothing is."""
    responses, scores = line.get("responses"), line.get("scores")
    if not isinstance(line.get("prompt"), str):
        return "prompt is no text"
    if not isinstance(responses, list) or not responses or not all(isinstance(one, str) for one in responses):
        return "responses is no list of texts"
    if scores is None:
        return None
    if not isinstance(scores, list) or len(scores) != len(responses):
        return f"scores are not as many as the {len(responses)} responses"
    known = all(isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in scores)
    return None if known else "scores are not all numbers"
