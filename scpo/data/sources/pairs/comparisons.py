"""Files of comparisons: two responses and a column that says which one won. They become chosen and rejected."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from scpo.data.raw_files import RawRows
from scpo.errors import DataError, InputError
from scpo.words import counted, joined, parts, some

COMPARISON = ("response_a", "response_b", "winner")
"""What a file of comparisons has in the place of chosen and rejected."""

TIE = "tie: no response is preferred"
UNKNOWN_WINNER = "winner is neither a, b nor a tie"

SIGNED = "signed"
"""``--winner signed``: a number below zero is the first response, above zero the second, zero a tie."""

ONE_HOT = ("winner_model_a", "winner_model_b")
SHOWN = 8
"""Values of the winner that are named."""

_SIDES = {**dict.fromkeys(("a", "left", "first", "1"), "a"), **dict.fromkeys(("b", "right", "second", "2"), "b")}
_NOUNS = r"(?:model|response|assistant|option|answer|completion|output|candidate|chosen)"
_SIDE = re.compile(
    rf"(?:(?:{_NOUNS}_)?(a|b|left|right|first|second)(?:_{_NOUNS})?|{_NOUNS}_([12]))"
    r"(?:_(?:wins?|won|is_)?(?:_?(?:clearly|slightly|much|significantly|strongly))?_?(?:better)?)?"
)
_BETWEEN = re.compile(r"a(>+|<+)b|b(>+|<+)a")
_TIES = frozenset(
    {"tie", "tied", "tie_bothbad", "tie_both_bad", "both", "both_bad", "bothbad", "both_good", "bothgood", "neither"}
    | {"equal", "draw", "none", "same", "a=b", "no_preference", "about_the_same", "equally_good", "equally_bad"}
)


class Outcome(NamedTuple):
    """A value of a winner."""

    value: str
    rows: int
    meaning: str | None
    """``a``, ``b``, ``tie``, or None where it is not known."""


def is_comparison(mapping: Mapping[str, str]) -> bool:
    """Tell whether a mapping names two responses and a winner."""
    return all(name in mapping for name in COMPARISON)


def read_outcomes(text: str | None) -> dict[str, str] | str | None:
    """Read what ``--winner`` says: None, ``"signed"``, or value -> ``a``, ``b`` or ``tie``.

    Raises
    ------
    InputError
        If it is not of the form ``0=a,1=b,2=tie``.
    """
    if text is None or text.strip() == SIGNED:
        return None if text is None else SIGNED
    stated: dict[str, str] = {}
    for part in parts(text):
        value, equals, side = (one.strip() for one in part.rpartition("="))
        if not equals or side.casefold() not in ("a", "b", "tie"):
            raise InputError(f"--winner {text} is not of the form 0=a,1=b,2=tie, nor {SIGNED}")
        stated[value.casefold()] = side.casefold()
    if not stated:
        raise InputError(f"--winner is empty; it is of the form 0=a,1=b,2=tie, or {SIGNED}")
    return stated


def written_outcomes(meanings: Mapping[str, str]) -> str:
    """Write value -> side as ``--winner`` takes it."""
    return joined(f"{value}={side}" for value, side in meanings.items())


def outcomes_found(
    raw: RawRows, mapping: Mapping[str, str], outcomes: Mapping[str, str] | str | None = None
) -> list[Outcome]:
    """Return the values of the winner, the most frequent first; arguments as of `as_chosen_and_rejected`."""
    values, verdicts = _verdicts(raw, mapping, outcomes)
    read = dict(zip(values, verdicts, strict=True))
    return [Outcome(value, rows, read[value]) for value, rows in Counter(values).most_common() if value]


def _verdicts(
    raw: RawRows, mapping: Mapping[str, str], outcomes: Mapping[str, str] | str | None
) -> tuple[list[str], list[str | None]]:
    columns = [mapping[name] for name in COMPARISON]
    place = raw.columns.index(columns[2])
    values = [(row[place] or "").strip() for row in raw.rows]
    read = _reader(columns, outcomes if outcomes is not None else _scale_of(columns[2], values))
    return values, [read(value) for value in values]


def outcome_of(value: str | None) -> str | None:
    """Read the word for an outcome: ``a``, ``b``, ``tie``, or None where it is not known. Numbers never are."""
    key = _key(value or "")
    if key in _TIES:
        return "tie"
    between = _BETWEEN.fullmatch(key.replace("_", ""))
    if between is not None:
        first, sign = key.lstrip("_")[0], (between[1] or between[2])[0]
        return first if sign == ">" else {"a": "b", "b": "a"}[first]
    side = _SIDE.fullmatch(key)
    return _SIDES[side[1] or side[2]] if side is not None else None


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9<>=]+", "_", text.strip().casefold()).strip("_")


def as_chosen_and_rejected(
    path: Path, raw: RawRows, mapping: Mapping[str, str], outcomes: Mapping[str, str] | str | None = None
) -> tuple[RawRows, dict[str, str], int]:
    """Put the winner of each row into `chosen` and the other response into `rejected`.

    Parameters
    ----------
    raw : RawRows
        With the three columns.
    mapping : dict
        Canonical name -> column, with `response_a`, `response_b` and `winner`. A winner is the name of a response's
        column, a word for a side (``a``, ``model_a``, ``left``, ``A is clearly better``, ``A>>B``) in any case, or a
        tie.
    outcomes : mapping or "signed", optional
        What `read_outcomes` returns; it comes before words.

    Returns
    -------
    tuple
        The rows, the three columns replaced; the mapping without them; the number of ties. Rows without a winner are
        dropped with their lines, and a note counts their values.

    Raises
    ------
    DataError
        If the winner is written in numbers and nothing says which is which.
    """
    columns = [mapping[name] for name in COMPARISON]
    first, second, winner = (raw.columns.index(column) for column in columns)
    values, verdicts = _verdicts(raw, mapping, outcomes)
    _check_values(path, columns[2], values, verdicts, raw)
    replaced = {first, second, winner}
    others = [i for i, name in enumerate(raw.columns) if i not in replaced and name not in ("chosen", "rejected")]
    found = RawRows([*(raw.columns[i] for i in others), "chosen", "rejected"], [], [], raw.dropped, raw.read, raw.notes)
    for row, line, verdict in zip(raw.rows, raw.lines, verdicts, strict=True):
        if verdict not in ("a", "b"):
            found.drop(UNKNOWN_WINNER if verdict is None else TIE, line)
            continue
        best, other = (first, second) if verdict == "a" else (second, first)
        found.rows.append([*(row[i] for i in others), row[best], row[other]])
        found.lines.append(line)
    rest = {name: column for name, column in mapping.items() if name not in COMPARISON}
    return found, {**rest, "chosen": "chosen", "rejected": "rejected"}, verdicts.count("tie")


def with_winner(path: Path, raw: RawRows) -> RawRows:
    """Write one column `winner` where a file has one of 0 and 1 for each outcome (``winner_model_a``)."""
    if not set(ONE_HOT) <= set(raw.columns) or "winner" in raw.columns:
        return raw
    first, second = (raw.columns.index(name) for name in ONE_HOT)
    yes = {"1", "1.0", "true", "yes"}
    for row in raw.rows:
        a, b = ((row[place] or "").strip().casefold() in yes for place in (first, second))
        row.append("a" if a and not b else "b" if b and not a else "tie" if not a and not b else None)
    raw.columns.append("winner")
    raw.notes.append(f"{path.name}: the winner is read from the columns {' and '.join(ONE_HOT)}, neither is a tie.")
    return raw


def _reader(columns: Sequence[str], outcomes: Mapping[str, str] | str | None) -> Callable[[str], str | None]:
    """Return what reads an outcome: by what was stated, by the names of the columns, by the words in use."""
    own = {_key(columns[0]): "a", _key(columns[1]): "b"}
    if isinstance(outcomes, str):
        return _signed
    stated = outcomes or {}
    return lambda value: stated.get(value.casefold()) or own.get(_key(value)) or outcome_of(value)


def _signed(value: str) -> str | None:
    number = _number(value)
    return None if number is None or math.isnan(number) else "a" if number < 0 else "b" if number > 0 else "tie"


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _scale_of(column: str, values: Sequence[str]) -> str | None:
    """Tell a signed strength by its column's name and values on both sides of zero."""
    numbers = [_number(value) for value in values if value]
    signed = bool(numbers) and all(one is not None for one in numbers) and min(n for n in numbers if n is not None) < 0
    return SIGNED if signed and "strength" in column.casefold() else None


def _check_values(path: Path, column: str, values: Sequence[str], verdicts: Sequence[str | None], raw: RawRows) -> None:
    """Name the values that are no known outcome; refuse numbers of which nobody said what they mean."""
    strange = Counter(value for value, verdict in zip(values, verdicts, strict=True) if verdict is None and value)
    if not strange:
        return
    which = f"the column {column!r} holds {some([f'{value!r} ({n:,})' for value, n in strange.most_common()], SHOWN)}"
    if all(verdict is None for verdict in verdicts) and all(_number(value) is not None for value in strange):
        raise DataError(
            f"{path.name}: {which}; public files mean opposite sides by such numbers: say which response won with "
            f"--winner {next(iter(strange))}=a,... or --winner {SIGNED} (below zero is the first)"
        )
    raw.notes.append(
        f"{path.name}: {counted(sum(strange.values()), 'row has', 'rows have')} no known winner; {which}; --winner "
        "VALUE=a,VALUE=b,VALUE=tie says what they mean."
    )
