"""Records of numbers as JSON documents: by their fields, null for what is unknown."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from scpo.config import ObjectiveConfig
from scpo.measures.estimate import Estimate, known


@dataclass(frozen=True)
class Written:
    """A record that is written as it is."""

    def to_json(self) -> dict[str, Any]:
        """Return all fields as JSON values, an objective as method, tau and beta."""
        found: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            found |= objective_json(value) if isinstance(value, ObjectiveConfig) else {field.name: _value(value)}
        return found


def objective_json(objective: ObjectiveConfig) -> dict[str, Any]:
    """Return method, tau and beta as JSON values."""
    return {"method": objective.method, "tau": objective.tau, "beta": objective.beta}


def _value(value: Any) -> Any:
    if isinstance(value, Estimate):
        return value.to_json()
    if isinstance(value, np.ndarray):
        return _value(value.tolist())
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    return known(value) if isinstance(value, float) else value
