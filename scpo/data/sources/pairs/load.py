"""A user's own preference pairs: one file of prompt, chosen and rejected, whatever its columns are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from scpo.data.cells import identity, is_no_text, is_nothing, same_text, words_for_nothing
from scpo.data.conversations import holds_its_prompt
from scpo.data.countries import PREFER_NOT_TO_SAY, country_or_null, resolve_country
from scpo.data.raw_files import RawRows, read_rows
from scpo.data.sources.pairs.comparisons import (
    COMPARISON,
    as_chosen_and_rejected,
    is_comparison,
    read_outcomes,
    with_winner,
)
from scpo.data.sources.pairs.names import (
    CANONICAL,
    PAIR,
    REQUIRED,
    check_columns,
    check_names,
    completed,
    found_columns,
)
from scpo.data.sources.pairs.tables import build_tables
from scpo.data.sources.pairs.texts import HISTORY, UNREADABLE, with_exchanges
from scpo.data.tables import PAIRS, LoadReport, Tables
from scpo.errors import DataError
from scpo.words import counted, joined

MISSING = {name: f"missing {name}" for name in REQUIRED}
IDENTICAL = "identical chosen and rejected"
ALMOST_IDENTICAL = "chosen and rejected differ in white space only"
UNKNOWN_COUNTRY = "unknown country"
DUPLICATE = "exact duplicate of an earlier row"

HEAD = 200
"""Rows by whose columns it is decided what is what."""

NAMED = 5
"""At most this many unknown countries are named in the note; the rest is counted."""


def load_pairs_file(
    path: Path | str, *, mapping: Mapping[str, str], group: str | None = None, winner: str | None = None
) -> Tables:
    """Read preference pairs from any table `scpo.data.raw_files.read_rows` reads.

    Parameters
    ----------
    path : Path
        The file, or a folder of shards.
    mapping : dict
        Canonical name (`prompt`, `chosen`, `rejected`, `country`, `user_id`, `interaction_id`) -> column of the file.
        A name that is not given is looked for under its own name, then guessed. In the place of `chosen` and
        `rejected`: `response_a`, `response_b` and `winner` (see `scpo.data.sources.pairs.comparisons`).
    group : str, optional
        Column whose values are the communities, as they are. Without it `country` is resolved to ISO 3166 alpha-3.
    winner : str, optional
        What the values of the winner mean: ``0=a,1=b,2=tie`` or ``signed``.

    Returns
    -------
    Tables
        `users` without `split`; each response of an interaction once in `utterances`; scores and margins NaN.
        Rows without a community have a null country. Every dropped row is in the report, also those whose country
        nobody knows; notes say what was guessed, cleaned or read as missing.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        If a column is missing, the file is not UTF-8, or no pair is left.
    """
    path = Path(path)
    outcomes = read_outcomes(winner)
    check_names(mapping)
    head = with_winner(path, read_rows(path, most=HEAD))
    named = completed(path, head, mapping, group) if head.rows else dict(mapping)
    texts = [named[name] for name in (*REQUIRED, *COMPARISON[:2]) if name in named]
    raw = with_winner(path, read_rows(path, text_only=texts))
    if raw.read == 0:
        raise DataError(f"{path.name} holds no rows; it needs at least one pair of prompt, chosen and rejected")
    raw.notes = [*head.notes, *(note for note in raw.notes if note not in head.notes)]
    ties = 0
    if is_comparison(named) and raw.rows:
        raw, named, ties = as_chosen_and_rejected(path, raw, named, outcomes)
    if not raw.rows:
        raise _no_pair(path, raw)
    columns = _columns(path, raw, named, group)
    rows = with_exchanges(path, _named_rows(raw, columns), raw)
    report = LoadReport(files={path.name: raw.read}, ties=ties, notes=raw.notes)
    _clean_ids(path, rows, report)
    communities, unknown = _communities(rows, path, report, grouped=group is not None)
    keep = _usable(rows, raw, unknown, has_users="user_id" in rows.columns)
    report.dropped[path.name] = {reason: sorted(lines) for reason, lines in raw.dropped.items()}
    report.kept[path.name] = int(keep.sum())
    report.identical_texts = len(raw.dropped.get(IDENTICAL, ())) + len(raw.dropped.get(ALMOST_IDENTICAL, ()))
    if UNKNOWN_COUNTRY in raw.dropped:
        strangers = rows[rows["line"].isin(raw.dropped[UNKNOWN_COUNTRY])]
        if not keep.any():
            raise _no_country(path, strangers, columns["country"])
        report.notes.append(_strangers_note(path, strangers, columns["country"]))
    if not keep.any():
        raise _no_pair(path, raw)
    rows = rows.assign(country=pd.Series(communities, dtype=object))[keep].reset_index(drop=True)
    return build_tables(rows, report, path.name, grouped=group is not None)


def _no_country(path: Path, strangers: pd.DataFrame, column: str) -> DataError:
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


def _strangers_note(path: Path, strangers: pd.DataFrame, column: str) -> str:
    """Say which countries nobody knows."""
    names = strangers["country"].str.strip().value_counts(sort=True)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return (
        f"{path.name}: {counted(len(strangers), 'row')} dropped for an unknown country in the column {column!r}: "
        f"{', '.join(repr(name) for name in names.index[:NAMED])}{more}; write the ISO 3166 alpha-3 code or the "
        "English name, or leave it empty."
    )


def _no_pair(path: Path, raw: RawRows) -> DataError:
    reasons = ", ".join(f"{reason}: {counted(len(lines), 'row')}" for reason, lines in raw.dropped.items())
    return DataError(f"{path.name} holds no usable pair ({reasons}); check the file, its columns and --map")


def _columns(path: Path, raw: RawRows, named: Mapping[str, str], group: str | None) -> dict[str, str]:
    """Canonical name -> column of the file, for those that are there."""
    wanted = {**named, **({"country": group} if group is not None else {})}
    check_columns(path, raw, wanted)
    columns = {name: wanted[name] for name in CANONICAL if name in wanted}
    missing = [name for name in PAIR if name not in columns]
    if "prompt" not in columns and not (not missing and any(holds_its_prompt(c) for c in _cells(raw, columns))):
        missing.insert(0, "prompt")
    if missing:
        raise DataError(
            f"{path.name}: no column for {', '.join(missing)}; columns found: {found_columns(raw)}; name them with "
            f"--map {missing[0]}=COLUMN"
        )
    twice = [column for column in columns.values() if list(columns.values()).count(column) > 1]
    if twice:
        names = " and ".join(name for name, column in columns.items() if column == twice[0])
        raise DataError(f"{path.name}: the column {twice[0]!r} cannot be {names} at once; change --map or --group")
    return columns


def _cells(raw: RawRows, columns: Mapping[str, str]) -> Iterator[str | None]:
    """Yield the chosen responses."""
    place = raw.columns.index(columns["chosen"])
    return (row[place] for row in raw.rows)


def _named_rows(raw: RawRows, columns: dict[str, str]) -> pd.DataFrame:
    """Frame of the canonical columns, the facets under their own names, and `line`; all cells text or None."""
    canonical = {column: name for name, column in columns.items()}
    reserved = {*PAIRS.columns, *CANONICAL, HISTORY, "line", "split"}
    data: dict[str, object] = {} if "prompt" in columns else {"prompt": pd.Series([None] * len(raw.rows), dtype=object)}
    for position, column in enumerate(raw.columns):
        name = canonical.get(column, column)
        if column not in canonical:
            while name in reserved or name in data:
                name += "_facet"
        cells = np.empty(len(raw.rows), dtype=object)
        cells[:] = [row[position] for row in raw.rows]
        data[name] = pd.Series(cells, dtype=object)
    data["line"] = np.array(raw.lines, dtype=np.int64)
    return pd.DataFrame(data)


def _clean_ids(path: Path, rows: pd.DataFrame, report: LoadReport) -> None:
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


def _usable(rows: pd.DataFrame, raw: RawRows, unknown: np.ndarray, *, has_users: bool) -> np.ndarray:
    """Mark the rows that are a preference; each other is noted once, with the first reason that holds."""
    keep = np.ones(len(rows), dtype=bool)

    def drop(reason: str, where: np.ndarray) -> None:
        where = where & keep
        if where.any():
            raw.dropped.setdefault(reason, []).extend(rows["line"].to_numpy()[where].tolist())
            keep[where] = False

    unreadable = rows.pop(UNREADABLE) if UNREADABLE in rows.columns else pd.Series([None] * len(rows), dtype=object)
    for reason in unreadable.dropna().unique():
        drop(reason, (unreadable == reason).to_numpy(dtype=bool))
    for name in REQUIRED:
        drop(MISSING[name], np.array([is_no_text(cell) for cell in rows[name]], dtype=bool))
    drop(IDENTICAL, (rows["chosen"] == rows["rejected"]).to_numpy(dtype=bool))
    couples = zip(rows["chosen"], rows["rejected"], strict=True)
    drop(ALMOST_IDENTICAL, np.array([same_text(a or "", b or "") for a, b in couples], dtype=bool))
    drop(UNKNOWN_COUNTRY, unknown)
    # With users a repeated preference is one preference; without them only a row that is equal in every cell.
    known = [name for name in CANONICAL if name in rows.columns] if has_users else None
    compared = rows.drop(columns="line") if known is None else rows[known]
    repeated = compared[keep].duplicated().to_numpy()
    where = np.zeros(len(rows), dtype=bool)
    where[np.flatnonzero(keep)[repeated]] = True
    drop(DUPLICATE, where)
    return keep


def _communities(rows: pd.DataFrame, path: Path, report: LoadReport, *, grouped: bool) -> tuple[np.ndarray, np.ndarray]:
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
    for i, value in enumerate(values):
        label = value.strip()
        if is_nothing(label) or label == PREFER_NOT_TO_SAY:
            continue
        if grouped:
            resolved[i] = label
            continue
        try:
            resolved[i] = country_or_null(label)
        except DataError:
            unknown[i] = True
    return resolved[codes], unknown[codes]
