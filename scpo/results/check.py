"""A file before it is registered: what would be kept and dropped. The same check as ``scpo data check``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from scpo.data.countries import display_name
from scpo.data.limits import LIMITS, Limits
from scpo.data.sources import read_source
from scpo.data.sources.reading import Reading
from scpo.data.tables import LoadReport, Tables
from scpo.measures.families import TOO_FEW_USERS
from scpo.settings import load_settings
from scpo.words import some

FIRST_LINES = 12
"""Line numbers that are written out per reason."""


def check_file(
    source: str,
    path: Path,
    *,
    mapping: Mapping[str, str],
    group: str | None,
    winner: str | None = None,
    limits: Limits = LIMITS,
) -> dict[str, Any]:
    """Read a file of a source and return the document of ``scpo data check --json``; nothing is stored."""
    settings, reading = load_settings(), Reading(source, path, mapping, group, TOO_FEW_USERS, winner)
    loaded = read_source(reading, offline=settings.offline, token=settings.hf_token, limits=limits)
    return {**check_document(loaded.tables.report, loaded.tables), "unit": loaded.source.unit}


def check_document(report: LoadReport, tables: Tables | None) -> dict[str, Any]:
    """Build the JSON document of ``scpo data check``."""
    document = {**report.model_dump(mode="json"), "users_per_country": {}, "pairs_per_country": {}}
    if tables is not None:
        by_country = tables.pairs.groupby("country", dropna=True)
        document["users_per_country"] = {str(k): int(v) for k, v in by_country["user_id"].nunique().items()}
        document["pairs_per_country"] = {str(k): int(v) for k, v in by_country.size().items()}
        document["users"] = int(tables.pairs["user_id"].nunique())
    return document


def dropped_table(report: LoadReport) -> pd.DataFrame:
    """Return what was dropped: one row per file and reason with `file`, `reason`, `n`, `lines`, most rows first."""
    rows = [
        {"file": file, "reason": reason, "n": len(lines), "lines": some(lines, FIRST_LINES)}
        for file, reasons in report.dropped.items()
        for reason, lines in reasons.items()
    ]
    table = pd.DataFrame(rows, columns=["file", "reason", "n", "lines"])
    return table.sort_values(["file", "n", "reason"], ascending=[True, False, True], ignore_index=True)


def community_table(users: Mapping[str, int], pairs: Mapping[str, int]) -> pd.DataFrame:
    """Return one row per community with `country`, `name`, `users`, `pairs` and `too_few_users`, most users first."""
    rows = [
        {
            "country": label,
            "name": display_name(label),
            "users": users.get(label, 0),
            "pairs": pairs.get(label, 0),
            "too_few_users": users.get(label, 0) < TOO_FEW_USERS,
        }
        for label in {**pairs, **users}
    ]
    table = pd.DataFrame(rows, columns=["country", "name", "users", "pairs", "too_few_users"])
    return table.sort_values(["users", "pairs", "name"], ascending=[False, False, True], ignore_index=True)
