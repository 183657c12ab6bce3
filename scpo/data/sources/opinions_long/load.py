"""Long tables of survey answers to the engine's tables: the same ones that GlobalOpinionQA becomes.

A row is a question, a country, an option, and the share, the percent or the count of people who gave it; or, without
such a number, the answer of one person. Ratings of single texts by people of several countries are read so, too: the
text is the question, the rating the option.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scpo.data.cells import identity, is_no_text, is_nothing
from scpo.data.communities import group_columns
from scpo.data.raw_files import RawRows, read_rows
from scpo.data.sources.global_opinions.load import (
    ALL_ZERO,
    NON_ANSWERS,
    OWN_COLUMNS,
    SUM_TOLERANCE,
    WRONG_SUM,
    question_id,
)
from scpo.data.sources.global_opinions.pairs import opinion_tables
from scpo.data.sources.opinions_long.names import COUNT, SHARE, STATED, melted, named
from scpo.data.sources.pairs.load import UNKNOWN_COUNTRY, first_reasons
from scpo.data.sources.pairs.people import communities_of, no_country, strangers_note
from scpo.data.tables import LoadReport, Tables
from scpo.errors import DataError, InputError
from scpo.words import counted

NO_QUESTION, NO_OPTION, NO_COUNTRY = "no question", "no answer", "no country"
NO_NUMBER = "no number from 0"
TWICE = "an option of a question and country stands there twice: another column breaks it down"
ANSWERED = "an earlier row has this person's answer to the question"
CELL = ["question", "code", "option"]
KEY = ["question", "code"]


def load_long_opinions(path: Path | str, *, mapping: Mapping[str, str], group: str | None = None) -> Tables:
    """Read survey answers from a long table, or one with countries or options beside one another.

    Parameters
    ----------
    path : Path
        A table as `scpo.data.raw_files.read_rows` reads it.
    mapping : dict
        Canonical name -> column: `question`, `country`, `option`, one of `share`, `percent` and `count`, `n` (people
        who answered), and for rows of persons `user_id` and `weight`. What is not given is guessed and noted.
    group : str, optional
        Column whose values are the communities, as they are.

    Returns
    -------
    Tables
        With `opinions`, `n` in them where the file says it. Every row is kept or dropped with its reason.

    Raises
    ------
    InputError
        If there is no such file, or several columns are to be the community.
    DataError
        If a column is missing, nothing says how many gave an answer, or no answers are left.
    """
    path = Path(path)
    columns = group_columns(group) if group else []
    if len(columns) > 1:
        raise InputError("survey answers have one column of communities: give --group one name")
    raw = read_rows(path)
    if set(raw.columns) >= OWN_COLUMNS:
        raise DataError(f"{path.name} is laid out as GlobalOpinionQA: read it with --source global-opinions")
    names = named(path, raw, mapping, columns[0] if columns else None)
    raw, names = melted(path, raw, names)
    report = LoadReport(files={path.name: raw.read}, notes=raw.notes)  # a copy: notes go into the report from here
    rows = _clean(path, raw, names, report, grouped=bool(columns))
    stated = next((name for name in STATED if name in names), None)
    if stated is None:
        cells, kept = _of_persons(path, rows, names, raw, report)
    else:
        cells, kept = _of_numbers(path, rows, stated, raw, report)
    if not kept:
        raise _nothing(path, raw)
    opinions = _opinions(cells, ordered=stated is not None, report=report, path=path)
    report.dropped[path.name] = first_reasons(raw, kept)
    report.kept[path.name] = len(kept)
    _note_codes(path, opinions, report)
    tables = opinion_tables(opinions, report)
    if tables.pairs.empty:
        raise DataError(f"{path.name} holds no pair: no country gave one answer to a question more often than another")
    return tables


def _clean(path: Path, raw: RawRows, names: Mapping[str, str], report: LoadReport, *, grouped: bool) -> pd.DataFrame:
    """Return the usable rows with the canonical columns, `code` of the community and `line`; the rest is noted."""
    place = {name: raw.columns.index(column) for name, column in names.items()}
    rows = pd.DataFrame(
        {name: pd.Series([row[i] for row in raw.rows], dtype=object) for name, i in place.items()},
    ).assign(line=np.array(raw.lines, dtype=np.int64))
    codes, unknown = communities_of(rows, path, report, grouped=grouped)
    rows["code"] = pd.Series(codes, dtype=object)
    faults = {
        NO_QUESTION: rows["question"].map(is_no_text).to_numpy(dtype=bool),
        NO_OPTION: rows["option"].map(is_no_text).to_numpy(dtype=bool),
        UNKNOWN_COUNTRY: unknown,
        NO_COUNTRY: rows["code"].isna().to_numpy() & ~unknown,
    }
    keep = np.ones(len(rows), dtype=bool)
    for reason, where in faults.items():
        _drop(raw, reason, rows["line"].to_numpy()[where & keep])
        keep &= ~where
    if unknown.any():
        strangers = rows[unknown]
        if not keep.any():
            raise no_country(path, strangers, names["country"])
        report.notes.append(strangers_note(path, strangers, names["country"]))
    if not keep.any():
        raise _nothing(path, raw)
    rows = rows[keep].reset_index(drop=True)
    for name in ("question", "option"):
        rows[name] = rows[name].map(lambda text: " ".join(text.split()))
    return rows


def _drop(raw: RawRows, reason: str, lines: np.ndarray | pd.Series) -> None:
    if len(lines):
        raw.dropped.setdefault(reason, []).extend(int(line) for line in lines)


def _nothing(path: Path, raw: RawRows) -> DataError:
    reasons = ", ".join(f"{reason}: {counted(len(set(lines)), 'row')}" for reason, lines in raw.dropped.items())
    return DataError(f"{path.name} holds no usable question ({reasons or 'no rows'})")


def _numbers(cells: pd.Series) -> pd.Series:
    """Numbers from 0; NaN for everything else."""
    found = pd.to_numeric(cells.map(lambda cell: (cell or "").strip().removesuffix("%")), errors="coerce")
    return found.where(np.isfinite(found) & (found >= 0))


def _of_persons(
    path: Path, rows: pd.DataFrame, names: Mapping[str, str], raw: RawRows, report: LoadReport
) -> tuple[pd.DataFrame, set[int]]:
    """Count the persons of each question, community and option: `share` and `n`; and the lines that are counted."""
    if "user_id" in rows.columns:
        person = rows["user_id"].map(lambda cell: None if is_nothing(cell) else identity(cell))
        again = person.notna() & pd.DataFrame({"q": rows["question"], "p": person}).duplicated()
        _drop(raw, ANSWERED, rows["line"][again])
        rows = rows[~again]
    elif not rows.duplicated(CELL).any():
        raise DataError(
            f"{path.name}: no answer of a country occurs twice, and no column says how many gave it; name it with "
            "--map share=COLUMN, --map percent=COLUMN or --map count=COLUMN, or the persons with --map user_id=COLUMN"
        )
    weight = _numbers(rows["weight"]) if "weight" in rows.columns else pd.Series(1.0, index=rows.index)
    _drop(raw, f"weight: {NO_NUMBER}", rows["line"][weight.isna()])
    rows = rows.assign(weight=weight)[weight.notna()]
    rows = _whole(rows, raw, ALL_ZERO, rows.groupby(KEY)["weight"].transform("sum") > 0)
    counts = {"weight": ("weight", "sum"), "n": ("line", "size"), "label": ("country", "first")}
    cells = rows.groupby(CELL, sort=False, as_index=False).agg(**counts)
    by = cells.groupby(KEY)
    cells = cells.assign(share=cells["weight"] / by["weight"].transform("sum"), n=by["n"].transform("sum"))
    weighted = f", each with the weight in {names['weight']!r}" if "weight" in names else ""
    report.notes.append(f"{path.name}: a row is one person's answer; shares are counted from them{weighted}.")
    return cells, set(rows["line"].tolist())


def _of_numbers(
    path: Path, rows: pd.DataFrame, stated: str, raw: RawRows, report: LoadReport
) -> tuple[pd.DataFrame, set[int]]:
    """Take the share of each question, community and option from the file, and `n` where it is known; and the lines."""
    value = _numbers(rows[stated])
    _drop(raw, f"{stated}: {NO_NUMBER}", rows["line"][value.isna()])
    cells = rows.assign(value=value)[value.notna()].rename(columns={"country": "label"})
    cells = _whole(cells, raw, TWICE, ~cells.duplicated(CELL, keep=False))
    cells = _whole(cells, raw, ALL_ZERO, cells.groupby(KEY)["value"].transform("sum") > 0)
    total = cells.groupby(KEY)["value"].transform("sum")
    if stated == COUNT:
        return cells.assign(share=cells["value"] / total, n=total), set(cells["line"].tolist())
    percent = (total - 100).abs() <= 100 * SUM_TOLERANCE
    cells = cells.assign(share=cells["value"].where(~percent, cells["value"] / 100), percent=percent)
    cells = _whole(cells, raw, WRONG_SUM, percent | ((total - 1).abs() <= SUM_TOLERANCE) & (stated == SHARE))
    if written := len(cells[cells["percent"]].drop_duplicates(KEY)):
        kinds = counted(written, "country distribution is", "country distributions are")
        report.notes.append(f"{path.name}: {kinds} in percent, and divided by 100.")
    return cells.assign(n=_people(cells) if "n" in cells.columns else np.nan), set(cells["line"].tolist())


def _whole(cells: pd.DataFrame, raw: RawRows, reason: str, fine: pd.Series) -> pd.DataFrame:
    """Drop all rows of a question and community if one of them is not fine."""
    keep = fine.groupby([cells[name] for name in KEY]).transform("all").astype(bool)
    _drop(raw, reason, cells["line"][~keep])
    return cells[keep]


def _people(cells: pd.DataFrame) -> pd.Series:
    """People who answered: one number throughout a question and community, or parts that stand as the shares do."""
    n = _numbers(cells["n"]).where(lambda number: number > 0)
    by = n.groupby([cells[name] for name in KEY])
    total = by.transform("sum")
    same = (by.transform("nunique") == 1) & n.notna()
    parts = ((n / total - cells["share"]).abs() <= SUM_TOLERANCE).groupby([cells[name] for name in KEY])
    return n.where(same, total.where(parts.transform("all")))


def _opinions(cells: pd.DataFrame, *, ordered: bool, report: LoadReport, path: Path) -> pd.DataFrame:
    """Rows of OPINIONS: every option of a question for every community that answered it, 0 where nobody gave it."""
    found: list[dict[str, Any]] = []
    absent = 0
    for question, group in cells.groupby("question", sort=False):
        options = list(dict.fromkeys(group["option"]))
        if not ordered:
            options.sort(key=_natural)
        key = question_id(str(question), options)
        for code, answered in group.groupby("code", sort=False):
            share = dict(zip(answered["option"], answered["share"], strict=True))
            absent += len(options) - len(share)
            about = {"question_id": key, "question": question, "country": code, "label": answered["label"].iloc[0]}
            found += [
                {
                    **about,
                    "option_index": index,
                    "option": option,
                    "share": share.get(option, 0.0),
                    "is_answer": option not in NON_ANSWERS,
                    "survey": None,
                    "n": answered["n"].iloc[0],
                }
                for index, option in enumerate(options)
            ]
    if absent and ordered:
        rows = counted(absent, "option has", "options have")
        report.notes.append(f"{path.name}: {rows} no row for a country that answered: nobody gave it.")
    opinions = pd.DataFrame(found).astype({"option_index": np.int32, "share": np.float64, "n": np.float64})
    texts = ("question_id", "question", "country", "label", "option")
    return opinions.astype(dict.fromkeys(texts, "str")).assign(survey=pd.Series([None] * len(opinions), dtype=object))


def _natural(option: str) -> tuple[bool, float, str]:
    """Sort numbers by their value, before words."""
    try:
        return False, float(option), option
    except ValueError:
        return True, 0.0, option


def _note_codes(path: Path, opinions: pd.DataFrame, report: LoadReport) -> None:
    if not opinions["question"].str.contains(" ", regex=False).any():
        report.notes.append(
            f"{path.name}: the questions look like codes ({opinions['question'].iloc[0]!r}), and a model reads them as "
            "they are; give the column of their texts with --map question=COLUMN."
        )
