"""Which column of a table of survey answers is what: named by the user, or guessed from what columns are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from scpo.data.countries import resolve_column
from scpo.data.raw_files import RawRows
from scpo.data.sources.pairs import names as naming
from scpo.errors import DataError
from scpo.words import joined

SHARE, PERCENT, COUNT = "share", "percent", "count"
STATED = (SHARE, PERCENT, COUNT)
"""What a number beside an option may be; without one a row is one person's answer."""

CANONICAL = ("question", "country", "option", *STATED, "n", "weight", "user_id")

_WORDS: dict[str, str] = {
    "question": "question question_text item item_text statement text post tweet sentence prompt question_id id",
    "country": " ".join([*naming.SYNONYMS["country"], "cntry", "iso3", "iso_code"]),
    "option": "option answer answer_text response choice category value_label annotation rating judgement label",
    SHARE: "share fraction proportion probability value",
    PERCENT: "percent percentage pct per_cent",
    COUNT: "count frequency freq votes n_answers n_responses",
    "n": "n sample_size n_respondents respondents base",
    "weight": "weight survey_weight",
    "user_id": " ".join([*naming.SYNONYMS["user_id"], "respondent_id", "respondent"]),
}


def guess_opinions(columns: Iterable[str], mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """Propose which column of survey answers is what, by its name; a column is used once.

    Parameters
    ----------
    columns : iterable of str
        Column names of a file.
    mapping : dict, optional
        What is known: canonical name -> column, empty where there is none.

    Returns
    -------
    dict
        The rest: canonical name -> column; of share, percent and count the first that is there.
    """
    known = mapping or {}
    found = naming.guessed(
        naming.keyed(columns), {name: words.split() for name, words in _WORDS.items()}, known, one_of=STATED
    )
    if "n" in found and not any({**known, **found}.get(other) for other in STATED):
        found[COUNT] = found.pop("n")  # a number beside an option, and nothing else that says how many
    return found


def holds_opinions(columns: Iterable[str]) -> bool:
    """Tell whether a table looks like survey answers: a question, a country and an answer in a row."""
    return {"question", "country", "option"} <= set(guess_opinions(columns))


def hint(columns: Iterable[str]) -> str:
    """Say where survey answers are read, at the end of a refusal; empty where a table does not look like them."""
    return "; survey answers are read with --source opinions-long" if holds_opinions(columns) else ""


def named(path: Path, raw: RawRows, mapping: Mapping[str, str], group: str | None) -> dict[str, str]:
    """Complete the mapping by guesses, which are noted; what is mapped to an empty name is not in the file.

    Raises
    ------
    DataError
        If a name is unknown, a column is not there, or a column that is needed is not found.
    """
    naming.check_canonical(mapping, CANONICAL)
    wanted = {**{name: column for name, column in mapping.items() if column}, **({"country": group} if group else {})}
    naming.check_columns(path, raw, wanted)
    guesses = guess_opinions((one for one in raw.columns if one != group), {**mapping, **wanted})
    naming.note_guesses(path, raw, guesses)
    return {**guesses, **wanted}


def melted(path: Path, raw: RawRows, names: dict[str, str]) -> tuple[RawRows, dict[str, str]]:
    """Write one row per country and option where countries, or options, stand in columns beside one another.

    Raises
    ------
    DataError
        If the table has neither the columns that are needed nor one of these shapes.
    """
    used = set(names.values())
    rest = [column for column in raw.columns if column not in used]
    if {"question", "option"} <= set(names) and "country" not in names:
        codes, _ = resolve_column(rest)
        beside = [column for column, code in zip(rest, codes, strict=True) if code is not None]
        if len(beside) > 1:
            return _stacked(path, raw, beside, "country"), {**names, "country": "country", SHARE: SHARE}
    if {"question", "country"} <= set(names) and "option" not in names:
        beside = [column for column in rest if _are_numbers(raw, column)]
        if len(beside) > 1:
            return _stacked(path, raw, beside, "option"), {**names, "option": "option", SHARE: SHARE}
    missing = [name for name in ("question", "country", "option") if name not in names]
    if missing:
        raise DataError(
            f"{path.name}: no column for {', '.join(missing)}; columns found: {naming.found_columns(raw)}; name them "
            f"with --map {missing[0]}=COLUMN"
        )
    return raw, names


def _are_numbers(raw: RawRows, column: str) -> bool:
    place = raw.columns.index(column)
    cells = [row[place] for row in raw.rows if row[place]]
    return bool(cells) and all(_is_number(cell) for cell in cells)


def _is_number(cell: str | None) -> bool:
    try:
        return cell is not None and float(cell) >= 0
    except ValueError:
        return False


def _stacked(path: Path, raw: RawRows, beside: Sequence[str], what: str) -> RawRows:
    """Give each of the columns beside one another a row of its own; an empty cell gives none."""
    kept = [i for i, column in enumerate(raw.columns) if column not in beside]
    places = [(column, raw.columns.index(column)) for column in beside]
    found = RawRows([*(raw.columns[i] for i in kept), what, SHARE], [], [], raw.dropped, raw.read, raw.notes)
    for row, line in zip(raw.rows, raw.lines, strict=True):
        there = [(column, row[place]) for column, place in places if row[place] is not None]
        if not there:
            found.drop(f"no number beside a {what}", line)
        found.rows += [[*(row[i] for i in kept), column, cell] for column, cell in there]
        found.lines += [line] * len(there)
    many = "countries" if what == "country" else "options"
    found.notes.append(f"{path.name}: the columns {joined(beside)} are read as {many}, their numbers as shares.")
    return found
