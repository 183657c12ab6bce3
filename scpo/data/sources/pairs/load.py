"""A user's own preference pairs: one file of prompt, chosen and rejected, whatever its columns are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from scpo.data.countries import PREFER_NOT_TO_SAY, country_or_null, resolve_country
from scpo.data.raw_files import RawRows, read_rows
from scpo.data.sources.pairs.comparisons import COMPARISON, as_chosen_and_rejected, is_comparison
from scpo.data.sources.pairs.tables import build_tables
from scpo.data.tables import PAIRS, LoadReport, Tables
from scpo.errors import DataError
from scpo.words import counted, joined

REQUIRED = ("prompt", "chosen", "rejected")
OPTIONAL = ("country", "user_id", "interaction_id")
CANONICAL = (*REQUIRED, *OPTIONAL)

MISSING = {name: f"missing {name}" for name in REQUIRED}
IDENTICAL = "identical chosen and rejected"
UNKNOWN_COUNTRY = "unknown country"
DUPLICATE = "exact duplicate of an earlier row"

NAMED = 5
"""At most this many unknown countries are named in the note; the rest is counted."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SYNONYMS: dict[str, tuple[str, ...]] = {
    "prompt": _words("prompt user_prompt question instruction query input context message"),
    "chosen": _words(
        "chosen chosen_response response_chosen preferred winner better accepted preferred_response winning_response"
    ),
    "rejected": _words("rejected rejected_response response_rejected dispreferred loser worse losing_response"),
    "country": _words("country reside_country country_code country_of_residence nation nationality"),
    "user_id": _words("user_id user annotator_id annotator rater_id rater participant_id worker_id person"),
    "interaction_id": _words("interaction_id interaction prompt_id question_id"),
    "response_a": _words("response_a answer_a completion_a output_a"),
    "response_b": _words("response_b answer_b completion_b output_b"),
    "winner": _words("winner preference preferred choice label better"),
}


def guess_mapping(columns: Iterable[str]) -> dict[str, str]:
    """Propose which column is what, by its name.

    Parameters
    ----------
    columns : iterable of str
        Column names of a file.

    Returns
    -------
    dict
        Canonical name -> column. A canonical name without a likely column is absent; a column is used once. Two
        responses with a winner are found before chosen and rejected.
    """
    by_key: dict[str, str] = {}
    for column in columns:
        by_key.setdefault(re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_"), column)
    guessed = _guess(by_key, COMPARISON)
    compared = len(guessed) == len(COMPARISON)
    rest = [name for name in CANONICAL if not (compared and name in ("chosen", "rejected"))]
    return _guess(by_key, rest, guessed if compared else {})


def _guess(by_key: Mapping[str, str], names: Iterable[str], before: Mapping[str, str] | None = None) -> dict[str, str]:
    guessed = dict(before or {})
    for name in names:
        for synonym in _SYNONYMS[name]:
            if synonym in by_key and by_key[synonym] not in guessed.values():
                guessed[name] = by_key[synonym]
                break
    return guessed


def load_pairs_file(path: Path | str, *, mapping: Mapping[str, str], group: str | None = None) -> Tables:
    """Read preference pairs from CSV, JSON lines or Parquet.

    Parameters
    ----------
    path : Path
        The file; its extension says what it is.
    mapping : dict
        Canonical name (`prompt`, `chosen`, `rejected`, `country`, `user_id`, `interaction_id`) -> column of the file.
        A name that is not given is looked for under its own name. In the place of `chosen` and `rejected`:
        `response_a`, `response_b` and `winner` (see `scpo.data.sources.pairs.comparisons`).
    group : str, optional
        Column whose values are the communities, as they are. Without it `country` is resolved to ISO 3166 alpha-3.

    Returns
    -------
    Tables
        `users` without `split`; each response of an interaction once in `utterances`; scores and margins NaN.
        Rows without a community have a null country. Every dropped row is in the report, also those whose country
        nobody knows; a note names the countries.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        If a column is missing, the file is not UTF-8, or no pair is left.
    """
    path = Path(path)
    _check_names(mapping)
    compared = is_comparison(mapping)
    texts = ("prompt", *COMPARISON[:2]) if compared else REQUIRED
    raw = read_rows(path, text_only=[mapping.get(name, name) for name in texts])
    if raw.read == 0:
        raise DataError(f"{path.name} holds no rows; it needs at least one pair of prompt, chosen and rejected")
    ties = 0
    if compared and raw.rows:
        _check_columns(path, raw, mapping)
        raw, mapping, ties = as_chosen_and_rejected(raw, mapping)
    if not raw.rows:
        raise _no_pair(path, raw)
    columns = _columns(path, raw, mapping, group)
    rows = _named_rows(raw, columns)
    report = LoadReport(files={path.name: raw.read}, ties=ties)
    communities, unknown = _communities(rows, grouped=group is not None)
    keep = _usable(rows, raw, unknown, has_users="user_id" in columns)
    report.dropped[path.name] = {reason: sorted(lines) for reason, lines in raw.dropped.items()}
    report.kept[path.name] = int(keep.sum())
    report.identical_texts = len(raw.dropped.get(IDENTICAL, ()))
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


def _check_names(mapping: Mapping[str, str]) -> None:
    unknown = sorted(set(mapping) - {*CANONICAL, *COMPARISON})
    if unknown:
        raise DataError(f"{unknown[0]!r} is no column this program maps; the names are {', '.join(CANONICAL)}")
    given = sorted(set(mapping) & set(COMPARISON))
    if given and not is_comparison(mapping):
        raise DataError(f"{' and '.join(given)} alone is not enough: map {', '.join(COMPARISON)} together")
    if given and {"chosen", "rejected"} & set(mapping):
        raise DataError(f"map either chosen and rejected, or {', '.join(COMPARISON)}, not both")


def _columns(path: Path, raw: RawRows, mapping: Mapping[str, str], group: str | None) -> dict[str, str]:
    """Canonical name -> column of the file, for those that are there."""
    found = _found(raw)
    wanted = {**mapping, **({"country": group} if group is not None else {})}
    _check_columns(path, raw, wanted)
    columns = {name: wanted.get(name, name) for name in CANONICAL}
    columns = {name: column for name, column in columns.items() if column in raw.columns}
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise DataError(
            f"{path.name}: no column for {', '.join(missing)}; columns found: {found}; name them with "
            f"--map {missing[0]}=COLUMN"
        )
    twice = [column for column in columns.values() if list(columns.values()).count(column) > 1]
    if twice:
        names = " and ".join(name for name, column in columns.items() if column == twice[0])
        raise DataError(f"{path.name}: the column {twice[0]!r} cannot be {names} at once; change --map or --group")
    return columns


def _found(raw: RawRows) -> str:
    """Name the columns as ``--group`` takes them: those with a comma in double quotes."""
    return ", ".join(joined([column]) for column in raw.columns) or "none"


def _check_columns(path: Path, raw: RawRows, wanted: Mapping[str, str]) -> None:
    found = _found(raw)
    for name, column in wanted.items():
        if column not in raw.columns:
            raise DataError(f"{path.name}: there is no column {column!r} for {name}; columns found: {found}")


def _named_rows(raw: RawRows, columns: dict[str, str]) -> pd.DataFrame:
    """Frame of the canonical columns, the facets under their own names, and `line`; all cells text or None."""
    canonical = {column: name for name, column in columns.items()}
    reserved = {*PAIRS.columns, *CANONICAL, "line", "split"}
    data: dict[str, object] = {}
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

    for name in REQUIRED:
        drop(MISSING[name], np.array([cell is None or not cell.strip() for cell in rows[name]], dtype=bool))
    drop(IDENTICAL, (rows["chosen"] == rows["rejected"]).to_numpy(dtype=bool))
    drop(UNKNOWN_COUNTRY, unknown)
    # With users a repeated preference is one preference; without them only a row that is equal in every cell.
    known = [name for name in CANONICAL if name in rows.columns] if has_users else None
    compared = rows.drop(columns="line") if known is None else rows[known]
    repeated = compared[keep].duplicated().to_numpy()
    where = np.zeros(len(rows), dtype=bool)
    where[np.flatnonzero(keep)[repeated]] = True
    drop(DUPLICATE, where)
    return keep


def _communities(rows: pd.DataFrame, *, grouped: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the community of each row, text or None, and whether it names a country that nobody knows."""
    if "country" not in rows.columns:
        return np.full(len(rows), None, dtype=object), np.zeros(len(rows), dtype=bool)
    codes, values = pd.factorize(rows["country"])
    resolved = np.full(len(values) + 1, None, dtype=object)  # the last one stands for null, code -1
    unknown = np.zeros(len(values) + 1, dtype=bool)
    for i, value in enumerate(values):
        label = value.strip()
        if grouped:
            resolved[i] = None if label in ("", PREFER_NOT_TO_SAY) else label
            continue
        try:
            resolved[i] = country_or_null(label)
        except DataError:
            unknown[i] = True
    return resolved[codes], unknown[codes]
