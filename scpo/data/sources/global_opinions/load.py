"""GlobalOpinionQA: how countries answer survey questions (data formats, section 8)."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import canonical_json
from scpo.data.cells import python_value
from scpo.data.countries import display_name, opinion_label
from scpo.data.raw_files import RawRows, read_rows
from scpo.data.tables import LoadReport
from scpo.errors import DataError
from scpo.words import counted

NON_ANSWERS = frozenset(
    {
        "DK/Refused",
        "Don't know",
        "Don't know/Refused",
        "No answer",
        "No answer/refused",
        "No answer/Refused",
        "Missing",
        "Missing; Not available",
        "Missing; Not available; Not applicable",
        "Missing; Not applicable for other reasons",
        "Missing; Unknown",
        "Other missing; Multiple answers Mail (EVS)",
        "Other missing; Not applicable; Multiple answers Mail (EVS)",
    }
)
"""Option texts that mean that no opinion was given. Exact: `Neither (VOL)` and the like are answers."""

SUM_TOLERANCE = 0.02
"""How far the shares of a country may be from 1; up to 0.003 is seen, by rounding."""

OWN_COLUMNS = frozenset({"selections", "options"})
"""Columns that no other file has."""

NO_QUESTION = "no question"
BAD_OPTIONS = "options are no list of answers"
BAD_SELECTIONS = "selections are no table of countries and shares"
NOTHING_LEFT = "no country's answers are left"

WRONG_LENGTH = "another number of shares than of options"
NO_SHARES = "shares are no numbers from 0 to 1"
ALL_ZERO = "all shares are zero: missing, not a distribution"
WRONG_SUM = "shares do not sum to 1"
OTHER_SAMPLE = "another national sample of the same country is used"
REPEATED = "the same question and country occurred in an earlier row"

Kept = tuple[str, str, list[float]]


def load_global_opinions(path: Path | str) -> tuple[pd.DataFrame, LoadReport]:
    """Read GlobalOpinionQA to one row per question, country and option.

    National samples only: for India the current one, else the old one. Shares stand as in the file, those in percent
    as parts of 1; non-answers are marked, not removed.

    Parameters
    ----------
    path : Path
        ``global_opinions.csv``.

    Returns
    -------
    opinions : DataFrame
        Rows of OPINIONS.
    report : LoadReport
        Under the file's name its rows (questions); under ``<file>: country distributions`` every pair of question
        and country label. For both: read = kept + dropped. The notes name the labels that are no everyday country
        name with the code they stand for, and the labels that are left out.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        If a column is missing, a country label or a source is unknown, or no question is left.
    """
    path = Path(path)
    raw = read_rows(path)
    missing = [name for name in ("question", "selections", "options") if name not in raw.columns]
    if missing:
        found = ", ".join(raw.columns) or "none"
        raise DataError(f"{path.name}: no column {missing[0]!r}; columns found: {found}; is this GlobalOpinionQA?")
    labels, left_out = RawRows(columns=[]), Counter[str]()
    columns: dict[str, list[Any]] = {name: [] for name in (
        "question_id", "question", "country", "label", "option_index", "option", "share", "is_answer", "survey",
    )}  # fmt: skip
    seen: set[tuple[str, str]] = set()
    kept_rows = kept_labels = percents = 0
    for cells, line in zip(raw.rows, raw.lines, strict=True):
        cell = dict(zip(raw.columns, cells, strict=True))
        question = _collapse(cell["question"] or "")
        parsed = _parse(question, cell["options"], cell["selections"])
        if isinstance(parsed, str):
            raw.drop(parsed, line)
            continue
        options, selections = parsed
        in_percent = {label: _of_percent(shares) for label, shares in selections.items()}
        percents += sum(shares is not None for shares in in_percent.values())
        selections = {label: in_percent[label] or shares for label, shares in selections.items()}
        survey = _survey(path, line, cell.get("source"))
        key = question_id(question, options)
        labels.read += len(selections)
        kept = _national(path, line, selections, len(options), labels, left_out)
        for country, label, _ in [entry for entry in kept if (key, entry[0]) in seen]:
            labels.drop(REPEATED, line)
            kept = [entry for entry in kept if entry[:2] != (country, label)]
        if not kept:
            raw.drop(NOTHING_LEFT, line)
            continue
        kept_rows += 1
        kept_labels += len(kept)
        for country, label, shares in kept:
            seen.add((key, country))
            for index, (option, share) in enumerate(zip(options, shares, strict=True)):
                is_answer = option not in NON_ANSWERS
                values = (key, question, country, label, index, option, share, is_answer, survey)
                for column, value in zip(columns.values(), values, strict=True):
                    column.append(value)
    if not kept_rows:
        raise DataError(f"{path.name} holds no usable question ({_counted(raw.dropped) or 'no rows'})")
    opinions = _table(columns)
    report = _report(path, raw, kept_rows, labels, kept_labels)
    if percents:
        written = counted(percents, "country distribution is", "country distributions are")
        report.notes.append(f"{path.name}: {written} in percent, and divided by 100.")
    report.notes.extend(_names(opinions, left_out))
    return opinions, report


def question_id(question: str, options: Sequence[str]) -> str:
    """Name a question by its words and those of its options."""
    return hashlib.sha256(canonical_json([question, list(options)]).encode()).hexdigest()[:16]


def _table(columns: dict[str, list[Any]]) -> pd.DataFrame:
    texts = ("question_id", "question", "country", "label", "option")
    table: dict[str, Any] = {name: pd.Series(column, dtype="str") for name, column in columns.items() if name in texts}
    table["option_index"] = np.array(columns["option_index"], dtype=np.int32)
    table["share"] = np.array(columns["share"], dtype=np.float64)
    table["is_answer"] = np.array(columns["is_answer"], dtype=bool)
    table["survey"] = pd.Series(columns["survey"], dtype=object)
    return pd.DataFrame({name: table[name] for name in columns})


def _report(path: Path, raw: RawRows, kept_rows: int, labels: RawRows, kept_labels: int) -> LoadReport:
    distributions = f"{path.name}: country distributions"
    report = LoadReport(
        files={path.name: raw.read, distributions: labels.read},
        kept={path.name: kept_rows, distributions: kept_labels},
        dropped={path.name: raw.dropped, distributions: labels.dropped},
    )
    note = f"{kept_labels:,} of {labels.read:,} country distributions are used"
    report.notes.append(f"{note}; left out: {_counted(labels.dropped)}." if labels.dropped else f"{note}.")
    return report


def _names(opinions: pd.DataFrame, left_out: Counter[str]) -> list[str]:
    """Say which labels were read as which country, and which stand for no country, with their questions."""
    used = opinions.drop_duplicates(["label", "question_id"])
    counts = Counter(zip(used["label"].tolist(), used["country"].tolist(), strict=True))
    odd = [f"{label} is {code} ({n})" for (label, code), n in sorted(counts.items()) if label != display_name(code)]
    gone = [f"{label} ({n})" for label, n in sorted(left_out.items())]
    notes = [f"Country names that were resolved, with their questions: {', '.join(odd)}."] if odd else []
    return notes + ([f"Samples that are left out, with their questions: {', '.join(gone)}."] if gone else [])


def _counted(dropped: dict[str, list[int]]) -> str:
    return ", ".join(f"{len(lines)} ({reason})" for reason, lines in dropped.items())


def _collapse(text: str) -> str:
    return " ".join(text.split())


def _parse(
    question: str, options_text: str | None, selections_text: str | None
) -> tuple[list[str], dict[str, Any]] | str:
    """Options and shares by label of one row, or the reason why there are none."""
    if not question:
        return NO_QUESTION
    options = python_value(options_text or "")
    if not isinstance(options, list | tuple) or not options:
        return BAD_OPTIONS
    text = selections_text or ""
    # The text of a defaultdict is no literal; what stands outside the braces is cut away, never evaluated.
    selections = python_value(text[text.find("{") : text.rfind("}") + 1])
    if not isinstance(selections, dict) or not all(isinstance(label, str) for label in selections):
        return BAD_SELECTIONS
    return [_collapse(str(option)) for option in options], selections


def _survey(path: Path, line: int, source: str | None) -> str | None:
    text = (source or "").strip()
    if text not in ("", "GAS", "WVS"):
        raise DataError(f"{path.name}, line {line}: source {text!r} is unknown; known are GAS and WVS")
    return text or None


def _national(
    path: Path, line: int, selections: dict[str, Any], n_options: int, labels: RawRows, left_out: Counter[str]
) -> list[Kept]:
    """Usable (country, label, shares) of one question; what is left out is noted in `labels`.

    Samples that are left out for what they are, not for their shares, are counted by label in `left_out`.
    """
    best: dict[str, tuple[int, Kept]] = {}
    for label, shares in selections.items():
        try:
            meaning = opinion_label(label)
        except DataError as error:
            raise DataError(f"{path.name}, line {line}: country label {label!r} is unknown; {error}") from error
        fault = meaning.reason or _fault(shares, n_options)
        if fault is not None or meaning.code is None:
            labels.drop(str(fault), line)
            left_out.update([label] if meaning.reason else [])
            continue
        entry = (meaning.preference, (meaning.code, label, [float(share) for share in shares]))
        if meaning.code in best:
            labels.drop(OTHER_SAMPLE, line)
            entry, other = sorted((best[meaning.code], entry), key=lambda candidate: candidate[0])
            left_out[other[1][1]] += 1
        best[meaning.code] = entry
    return [entry for _, entry in best.values()]


def _of_percent(shares: Any) -> list[float] | None:
    """Return shares that are written in percent as parts of 1; None where they are not."""
    if not isinstance(shares, list | tuple):
        return None
    if not all(isinstance(share, int | float) and not isinstance(share, bool) and share >= 0 for share in shares):
        return None
    is_percent = abs(math.fsum(shares) - 100) <= 100 * SUM_TOLERANCE
    return [share / 100 for share in shares] if is_percent else None


def _fault(shares: Any, n_options: int) -> str | None:
    """Why these are no answers of a country, or None."""
    if not isinstance(shares, list | tuple):
        return NO_SHARES
    if len(shares) != n_options:
        return WRONG_LENGTH
    if not all(isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1 for share in shares):
        return NO_SHARES
    total = math.fsum(shares)
    if total == 0:
        return ALL_ZERO
    return WRONG_SUM if abs(total - 1) > SUM_TOLERANCE else None
