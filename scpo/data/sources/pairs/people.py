"""Who preferred, and which community they belong to: ids and labels of a file, cleaned, with notes on what was done."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from scpo.data.cells import identity, is_nothing, words_for_nothing
from scpo.data.countries import (
    display_name,
    is_unsaid,
    joined_names,
    resolve_column,
    resolve_country,
    suggestions,
)
from scpo.data.tables import LoadReport
from scpo.errors import DataError
from scpo.words import counted, joined

NAMED = 5
"""At most this many unknown countries are named in the note; the rest is counted."""


def clean_ids(path: Path, rows: pd.DataFrame, report: LoadReport) -> None:
    """Give one person one id, and take words for a missing value as missing; both are noted."""
    if "user_id" not in rows.columns:
        return
    given = rows["user_id"].to_list()
    words = words_for_nothing(given)
    if words:
        n = sum(cell is not None and cell.strip() in words for cell in given)
        report.notes.append(
            f"{path.name}: {counted(n, 'row says', 'rows say')} {' or '.join(map(repr, words))} for the user; that is "
            "read as missing, and each such row counts as its own user."
        )
    first: dict[str, str] = {}
    cleaned = [None if is_nothing(cell) else first.setdefault(identity(cell), cell.strip()) for cell in given]
    merged = {cell for cell, kept in zip(given, cleaned, strict=True) if kept is not None and cell != kept}
    if merged:
        example = min(merged)
        report.notes.append(
            f"{path.name}: {counted(len(merged), 'spelling of a user differs', 'spellings of users differ')} from "
            f"another in blanks, case or '.0' only ({example!r} is {first[identity(example)]!r}); they are one person."
        )
    rows["user_id"] = pd.Series(cleaned, dtype=object)


def communities_of(
    rows: pd.DataFrame, path: Path, report: LoadReport, *, grouped: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the community of each row, text or None, and whether it names a country that nobody knows."""
    if "country" not in rows.columns:
        return np.full(len(rows), None, dtype=object), np.zeros(len(rows), dtype=bool)
    codes, values = pd.factorize(rows["country"])
    words = words_for_nothing(values)
    if words:
        n = int(rows["country"].str.strip().isin(words).sum())
        namibia = "; for Namibia write NAM" if "NA" in words and not grouped else ""
        report.notes.append(
            f"{path.name}: {counted(n, 'row says', 'rows say')} {' or '.join(map(repr, words))} for the community; "
            f"that is read as missing{namibia}."
        )
    resolved = np.full(len(values) + 1, None, dtype=object)  # the last one stands for null, code -1
    unknown = np.zeros(len(values) + 1, dtype=bool)
    present = [i for i, value in enumerate(values) if not is_nothing(value) and not is_unsaid(value)]
    labels = [values[i].strip() for i in present]
    if grouped:
        resolved[present] = np.array(labels, dtype=object)
        return resolved[codes], unknown[codes]
    found, how = resolve_column(labels)
    if how is not None:
        read = [f"{label} is {display_name(one)}" for label, one in zip(labels, found, strict=True) if one][:3]
        report.notes.append(f"{path.name}: the countries are read as {how} ISO 3166 codes ({', '.join(read)}).")
    resolved[present] = np.array(found, dtype=object)
    unknown[present] = np.array([code is None for code in found], dtype=bool)
    return resolved[codes], unknown[codes]


def no_country(path: Path, strangers: pd.DataFrame, column: str) -> DataError:
    """Say that no row is left, with the first country that is unknown."""
    first = strangers.iloc[0]
    try:
        resolve_country(first["country"])
    except DataError as error:
        why = str(error)
    return DataError(
        f"{path.name} holds no usable pair; line {first['line']}, column {column!r}: {why}; communities that are not "
        f"countries are taken as they are with --group {joined([column])}"
    )


def strangers_note(path: Path, strangers: pd.DataFrame, column: str) -> str:
    """Say which countries nobody knows."""
    names = strangers["country"].str.strip().value_counts(sort=True)
    named = [
        repr(name) + (f" ({joined_names(near)}?)" if (near := suggestions(name)) else "")
        for name in names.index[:NAMED]
    ]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return (
        f"{path.name}: {counted(len(strangers), 'row')} dropped for an unknown country in the column {column!r}: "
        f"{', '.join(named)}{more}; write the ISO 3166 alpha-3 code or the "
        "English name, or leave it empty."
    )
