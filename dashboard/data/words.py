"""The upload wizard in words: names, sentences, the command of a registration. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dashboard.data import upload_files
from dashboard.data.shapes import ALTERNATIVES, COMPARISON, PLAIN, RATED, SURVEY, Shape
from dashboard.kit import text
from scpo.data.limits import LIMITS
from scpo.data.sources.columns import FileColumns
from scpo.data.sources.opinions_long.names import guess_opinions, holds_opinions
from scpo.data.sources.pairs.comparisons import SIGNED, Outcome, written_outcomes
from scpo.data.sources.pairs.names import guess_mapping
from scpo.data.sources.responses.load import guess_judged
from scpo.names import RULE, is_name
from scpo.store.scores import HISTORY
from scpo.words import joined, some

SIDES = {"Not known: leave out": "", "A won": "a", "B won": "b", "A tie": "tie"}
SIGNED_LABEL = "Numbers below zero: A won; above zero: B won; zero: a tie"
MOST_VALUES = 12
"""Unknown values of a winner that can be given a meaning on the page."""

NO_COLUMN = "Not in the file"
COUNTRY = "country"

READS = {"Each turn alone": "", "The conversation before it": HISTORY}
"""What a model may read of a conversation, and what is added to its name then."""

FORMAT = (
    "One row per preference: a prompt, the response a person chose and the one they rejected. Or two responses and who "
    "won; or responses with scores; or answers of countries to survey questions. Better also: who chose (any text) and "
    "where from. Other columns can become communities."
)
PRIVACY = (
    "The file stays on the machine this dashboard runs on; an upload that is not registered is deleted. "
    f"At most {LIMITS} of a file are read."
)


class Reading(NamedTuple):
    """How an uploaded file is read: what the command gets."""

    source: str
    mapping: tuple[tuple[str, str], ...]
    group: str | None
    winner: str | None = None


def name_problem(name: str, taken: Collection[str]) -> str | None:
    """Say what is wrong with the name of a new data set; None if nothing is."""
    if not is_name(name):
        return f"{RULE[0].upper()}{RULE[1:]}."
    return f"There is a data set named {name} already: choose another name." if name in taken else None


def proposed_name(file: str, taken: Collection[str]) -> str:
    """Propose a name that is free: that of the file, numbered if need be."""
    plain = re.sub(rf"(\.({'|'.join(upload_files.TYPES)}))+$", "", file.lower())
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "mine"
    numbered = [stem, *(f"{stem}-{n}" for n in range(2, 1000))]
    return next(name for name in numbered if name not in taken)


def group_option(communities: Sequence[str]) -> str | None:
    """Return what ``--group`` gets: None for the mapped country alone, or no community at all."""
    return None if list(communities) in ([], [COUNTRY]) else joined(communities)


def add_words(name: str, path: Path, reading: Reading, test_fraction: float) -> list[str]:
    """Return the command that registers an uploaded file, without ``scpo``."""
    return [
        "data", "add", name, f"--source={reading.source}", f"--path={path}",
        *(f"--map={field}={column}" for field, column in reading.mapping),
        *([f"--group={reading.group}"] if reading.group else []),
        *([f"--winner={reading.winner}"] if reading.winner else []),
        f"--test-fraction={test_fraction:g}",
    ]  # fmt: skip


def guess(shape: Shape, columns: Collection[str]) -> dict[str, str]:
    """Propose field -> column for a shape of file, by the names of its columns, as the command does."""
    guess_of = {"pairs": guess_mapping, "opinions-long": guess_opinions}.get(shape.source)
    guessed = guess_judged(columns, {}) if guess_of is None else guess_of(columns)
    return {field: column for field, column in guessed.items() if field in shape.fields}


def guessed_shape(columns: FileColumns) -> str:
    """Propose what a row of a file holds."""
    guessed = guess_mapping(columns.names)
    if "winner" in guessed:
        return COMPARISON
    if {"chosen", "rejected"} <= set(guessed):
        return PLAIN
    return RATED if columns.judged else SURVEY if holds_opinions(columns.names) else PLAIN


def stated(shape: Shape, mapping: Mapping[str, str], columns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the mapping for the command: a field that was left out and would be guessed is mapped to nothing."""
    free = [name for name in columns if name not in mapping.values()]
    left_out = [field for field in guess(shape, free) if field not in mapping and field not in shape.needed]
    one_of = set(ALTERNATIVES.get(shape.source, ()))
    none_chosen = one_of & {*left_out} and not one_of & set(mapping)
    left_out = [field for field in left_out if field not in one_of] + (sorted(one_of) if none_chosen else [])
    return tuple(sorted({**mapping, **dict.fromkeys(left_out, "")}.items()))


def missing(mapping: Mapping[str, str], shape: Shape, with_prompt: Collection[str] = ()) -> str | None:
    """Say which needed columns are not chosen yet, or which column is chosen twice; None if all is well.

    `with_prompt` are columns of responses that hold their prompt.
    """
    fields = shape.fields
    inside = any(mapping.get(field) in with_prompt for field in shape.responses)
    absent = [
        fields[field].lower() for field in shape.needed if field not in mapping and not (field == "prompt" and inside)
    ]
    if absent:
        return f"Choose the column of: {', '.join(absent)}."
    twice = [column for column in mapping.values() if list(mapping.values()).count(column) > 1]
    if twice:
        names = [fields[field].lower() for field, column in mapping.items() if column == twice[0]]
        return f"The column {twice[0]} cannot be {' and '.join(names)} at once."
    return None


def known_outcomes(found: Sequence[Outcome]) -> str:
    """Say which values of the winner are understood, with their rows."""
    sides = {"a": "A", "b": "B", "tie": "tie"}
    known = [f"{one.value} is {sides[one.meaning]} ({one.rows:,})" for one in found if one.meaning is not None]
    return f"Values of the winner that are known: {some(known, MOST_VALUES) if known else 'none'}."


def may_be_signed(found: Sequence[Outcome]) -> bool:
    """Tell whether the winner can be a number below and above zero."""
    try:
        return min(float(one.value) for one in found) < 0
    except ValueError:
        return False


def winner_option(meanings: Mapping[str, str], *, signed: bool) -> str | None:
    """Return what ``--winner`` gets; None where nothing was said."""
    if signed:
        return SIGNED
    said = {value: side for value, side in meanings.items() if side}
    return written_outcomes(said) if said else None


def verdict(document: Mapping[str, Any]) -> str:
    """Say in a sentence what of a file would be used."""
    read, kept = sum(document["files"].values()), sum(document["kept"].values())
    dropped = f"{'none' if read == kept else f'{read - kept:,}'} of {text.count(read, 'row')} dropped"
    users, communities = document["users"], len(document["users_per_country"])
    return (
        f"{text.count(document['pairs'], 'pair')} of {text.count(users, document['unit'])} in "
        f"{text.count(communities, 'community', 'communities')}; {dropped}"
    )


def verdicts(users: Mapping[str, int], share: float, unit: str = "user") -> str:
    """Say how many communities would have enough test users, as the stratified split rounds; `unit` is what counts."""
    if not users:
        return "Without a community nothing can be compared, but a global model can be trained on these pairs."
    enough = sum(int(share * n + 0.5) >= text.FEW_USERS for n in users.values())
    least = next(n for n in range(1, 10_000) if int(share * n + 0.5) >= text.FEW_USERS)
    known = text.count(len(users), "community", "communities")
    return (
        f"With {100 * share:.0f}\u00a0% for test, {enough} of {known} would have {text.FEW_USERS} test {unit}s; "
        f"that takes {least} {unit}s of a community."
    )


def size(number: int) -> str:
    """Write the size of a file."""
    return f"{number / 1e6:.1f} MB" if number >= 1e6 else f"{max(1, round(number / 1e3))} kB"


def counted(document: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of a check in the order of the page."""
    read, kept = sum(document["files"].values()), sum(document["kept"].values())
    return {
        "Rows": read,
        "Dropped": read - kept,
        "Pairs": document["pairs"],
        "Ties": document["ties"],
        f"{document['unit'].capitalize()}s": document["users"],
        "Communities": len(document["users_per_country"]),
    }
