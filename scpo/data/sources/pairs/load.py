"""A user's own preference pairs: one file of prompt, chosen and rejected, whatever its columns are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from scpo.data.cells import is_no_text, same_text
from scpo.data.conversations import holds_its_prompt
from scpo.data.raw_files import RawRows, read_rows
from scpo.data.sources.opinions_long.names import hint
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
from scpo.data.sources.pairs.people import clean_ids, communities_of, no_country, strangers_note
from scpo.data.sources.pairs.tables import build_tables
from scpo.data.sources.pairs.texts import HISTORY, UNREADABLE, with_exchanges
from scpo.data.sources.reading import Arrange
from scpo.data.tables import PAIRS, LoadReport, Tables
from scpo.errors import DataError
from scpo.words import counted

MISSING = {name: f"missing {name}" for name in REQUIRED}
IDENTICAL = "identical chosen and rejected"
ALMOST_IDENTICAL = "chosen and rejected differ in white space only"
UNKNOWN_COUNTRY = "unknown country"
DUPLICATE = "exact duplicate of an earlier row"

HEAD = 200
"""Rows by whose columns it is decided what is what."""


def load_pairs_file(
    path: Path | str,
    *,
    mapping: Mapping[str, str],
    group: str | None = None,
    winner: str | None = None,
    arrange: Arrange | None = None,
) -> Tables:
    """Read preference pairs from any table `scpo.data.raw_files.read_rows` reads.

    Parameters
    ----------
    path : Path
        The file, or a folder of shards.
    mapping : dict
        Canonical name (`prompt`, `chosen`, `rejected`, `country`, `user_id`, `interaction_id`) -> column of the file.
        A name that is not given is looked for under its own name, then guessed; one with an empty column is not there.
        In the place of `chosen` and `rejected`: `response_a`, `response_b` and `winner` (see
        `scpo.data.sources.pairs.comparisons`).
    group : str, optional
        Column whose values are the communities, as they are. Without it `country` is resolved to ISO 3166 alpha-3.
    winner : str, optional
        What the values of the winner mean: ``0=a,1=b,2=tie`` or ``signed``.
    arrange : callable, optional
        Rewrites the rows of the file first.

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
    arrange = arrange or with_winner
    head = arrange(path, read_rows(path, most=HEAD))
    named = completed(path, head, mapping, group) if head.rows else {name: c for name, c in mapping.items() if c}
    texts = [named[name] for name in (*REQUIRED, *COMPARISON[:2]) if name in named]
    raw = arrange(path, read_rows(path, text_only=texts))
    if raw.read == 0:
        raise DataError(f"{path.name} holds no rows; it needs at least one pair of prompt, chosen and rejected")
    raw.notes = [*head.notes, *(note for note in raw.notes if note not in head.notes)]
    ties = 0
    if is_comparison(named) and raw.rows:
        raw, named, ties = as_chosen_and_rejected(path, raw, named, outcomes)
    if not raw.rows:
        raise _no_pair(path, raw)
    columns = _columns(path, raw, named, group)
    rows = _named_rows(raw, columns)
    report = LoadReport(files={path.name: raw.read}, ties=ties, notes=raw.notes)
    return tables_of(path, rows, raw, report, column=columns.get("country", "country"), grouped=group is not None)


def tables_of(
    path: Path, rows: pd.DataFrame, raw: RawRows, report: LoadReport, *, column: str, grouped: bool
) -> Tables:
    """Clean rows of pairs, drop those that are no preference, and build the tables.

    Parameters
    ----------
    rows : DataFrame
        One row per pair with the canonical columns, `line` and facets, as `build_tables` takes them.
    raw : RawRows
        What was dropped so far.
    report : LoadReport
        Completed here.
    column : str
        Name of the column of countries in the file.
    grouped : bool
        The community is the value of a grouping column.

    Raises
    ------
    DataError
        If no pair is left.
    """
    rows = with_exchanges(path, rows, report.notes)
    clean_ids(path, rows, report)
    communities, unknown = communities_of(rows, path, report, grouped=grouped)
    keep = _usable(rows, raw, unknown, has_users="user_id" in rows.columns)
    report.dropped[path.name] = first_reasons(raw, set(rows["line"][keep]))
    report.kept[path.name] = rows["line"][keep].nunique()
    report.identical_texts = len(raw.dropped.get(IDENTICAL, ())) + len(raw.dropped.get(ALMOST_IDENTICAL, ()))
    if UNKNOWN_COUNTRY in raw.dropped:
        strangers = rows[rows["line"].isin(raw.dropped[UNKNOWN_COUNTRY])]
        if not keep.any():
            raise no_country(path, strangers, column)
        report.notes.append(strangers_note(path, strangers, column))
    if not keep.any():
        raise _no_pair(path, raw)
    rows = rows.assign(country=pd.Series(communities, dtype=object))[keep].reset_index(drop=True)
    return build_tables(rows, report, path.name, grouped=grouped)


def first_reasons(raw: RawRows, kept: set[int]) -> dict[str, list[int]]:
    """Return the lines that are not kept, each under its first reason."""
    dropped: dict[str, list[int]] = {}
    seen = set(kept)
    for reason, lines in raw.dropped.items():
        new = sorted(set(lines) - seen)
        if new:
            dropped[reason] = new
            seen.update(new)
    return dropped


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
            f"--map {missing[0]}=COLUMN{hint(raw.columns)}"
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
