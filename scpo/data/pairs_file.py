"""A user's own preference pairs: one file of prompt, chosen and rejected, whatever its columns are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from scpo.data.comparisons import COMPARISON, as_chosen_and_rejected, is_comparison
from scpo.data.countries import PREFER_NOT_TO_SAY, country_or_null
from scpo.data.pairs_tables import build_tables
from scpo.data.raw_files import RawRows, read_rows
from scpo.data.tables import PAIRS, LoadReport, Tables
from scpo.errors import DataError

REQUIRED = ("prompt", "chosen", "rejected")
OPTIONAL = ("country", "user_id", "interaction_id")
CANONICAL = (*REQUIRED, *OPTIONAL)

MISSING = {name: f"missing {name}" for name in REQUIRED}
IDENTICAL = "identical chosen and rejected"
DUPLICATE = "exact duplicate of an earlier row"


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
        `response_a`, `response_b` and `winner` (see `scpo.data.comparisons`).
    group : str, optional
        Column whose values are the communities, as they are. Without it `country` is resolved to ISO 3166 alpha-3.

    Returns
    -------
    Tables
        `users` without `split`; each response of an interaction once in `utterances`; scores and margins NaN.
        Rows without a community have a null country. Every dropped row is in the report.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        If a column is missing, a country is unknown, the file is not UTF-8, or no pair is left.
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
    rows = _drop_unusable(rows, raw, has_users="user_id" in columns)
    report.dropped[path.name] = {reason: sorted(lines) for reason, lines in raw.dropped.items()}
    report.kept[path.name] = len(rows)
    report.identical_texts = len(raw.dropped.get(IDENTICAL, ()))
    if rows.empty:
        raise _no_pair(path, raw)
    communities = _communities(path, rows, columns.get("country"), grouped=group is not None)
    rows["country"] = pd.Series(communities, dtype=object)
    return build_tables(rows, report, path.name, grouped=group is not None)


def _no_pair(path: Path, raw: RawRows) -> DataError:
    reasons = ", ".join(f"{reason}: {len(lines)} rows" for reason, lines in raw.dropped.items())
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
    found = ", ".join(raw.columns) or "none"
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


def _check_columns(path: Path, raw: RawRows, wanted: Mapping[str, str]) -> None:
    found = ", ".join(raw.columns) or "none"
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


def _drop_unusable(rows: pd.DataFrame, raw: RawRows, *, has_users: bool) -> pd.DataFrame:
    """Drop rows that are no preference; each is noted once, with the first reason that holds."""
    keep = np.ones(len(rows), dtype=bool)

    def drop(reason: str, where: np.ndarray) -> None:
        where = where & keep
        if where.any():
            raw.dropped.setdefault(reason, []).extend(rows["line"].to_numpy()[where].tolist())
            keep[where] = False

    for name in REQUIRED:
        drop(MISSING[name], np.array([cell is None or not cell.strip() for cell in rows[name]], dtype=bool))
    drop(IDENTICAL, (rows["chosen"] == rows["rejected"]).to_numpy(dtype=bool))
    # With users a repeated preference is one preference; without them only a row that is equal in every cell.
    known = [name for name in CANONICAL if name in rows.columns] if has_users else None
    compared = rows.drop(columns="line") if known is None else rows[known]
    repeated = compared[keep].duplicated().to_numpy()
    where = np.zeros(len(rows), dtype=bool)
    where[np.flatnonzero(keep)[repeated]] = True
    drop(DUPLICATE, where)
    return rows[keep].reset_index(drop=True)


def _communities(path: Path, rows: pd.DataFrame, column: str | None, *, grouped: bool) -> np.ndarray:
    """Community of each row, object array of text or None."""
    communities = np.full(len(rows), None, dtype=object)
    if column is None:
        return communities
    codes, values = pd.factorize(rows["country"])
    resolved = np.full(len(values) + 1, None, dtype=object)  # the last one stands for null, code -1
    for i, value in enumerate(values):
        label = value.strip()
        if grouped:
            resolved[i] = None if label in ("", PREFER_NOT_TO_SAY) else label
            continue
        try:
            resolved[i] = country_or_null(label)
        except DataError as error:
            line = rows["line"].to_numpy()[np.flatnonzero(codes == i)[0]]
            raise DataError(
                f"{path.name}, line {line}, column {column!r}: {error}; for communities that are not countries name "
                f"the column with --group {column}"
            ) from error
    return resolved[codes]
