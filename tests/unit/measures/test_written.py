"""Records of measures as JSON: by their fields, null for what is unknown."""

import json
from dataclasses import dataclass

import numpy as np

from scpo.config import ObjectiveConfig
from scpo.measures.estimate import Estimate, unknown
from scpo.measures.written import Written


@dataclass(frozen=True, eq=False)
class Record(Written):
    name: str
    objective: ObjectiveConfig
    share: float
    of_users: tuple[Estimate, ...]
    distance: np.ndarray
    other: Estimate | None = None


def test_a_record_is_its_fields_and_unknown_is_null():
    record = Record("CHL", ObjectiveConfig(method="full"), np.nan, (unknown(0.95),), np.array([[np.nan, 0.5]]))
    written = record.to_json()
    (number,) = written.pop("of_users")
    assert number["value"] is None and number["level"] == 0.95
    assert written == {
        "name": "CHL", "method": "full", "tau": None, "beta": None, "share": None, "distance": [[None, 0.5]],
        "other": None,
    }  # fmt: skip
    json.dumps(written, allow_nan=False)
