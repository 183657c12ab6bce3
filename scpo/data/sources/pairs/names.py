"""Which column of a pairs file is what: named by the user, or guessed from what columns are called."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from scpo.data.raw_files import RawRows
from scpo.data.sources.pairs.comparisons import COMPARISON, is_comparison
from scpo.errors import DataError
from scpo.words import joined

REQUIRED = ("prompt", "chosen", "rejected")
PAIR = ("chosen", "rejected")
CANONICAL = (*REQUIRED, "country", "user_id", "interaction_id")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SYNONYMS: dict[str, tuple[str, ...]] = {
    "prompt": _words("prompt user_prompt question instruction query input context message user_input history"),
    "chosen": _words(
        "chosen chosen_response response_chosen preferred better accepted preferred_response winning_response "
        "chosen_output chosen_answer"
    ),
    "rejected": _words(
        "rejected rejected_response response_rejected dispreferred loser worse losing_response rejected_output "
        "rejected_answer"
    ),
    "country": _words(
        "country reside_country location_reside_country annotator_country country_code country_of_residence nation "
        "nationality"
    ),
    "user_id": _words(
        "user_id user annotator_id annotator rater_id rater participant_id worker_id person judge judge_id labeler"
    ),
    "interaction_id": _words("interaction_id interaction prompt_id question_id"),
}
_RESPONSES = _words("response answer completion output conversation human_ref")
_COUPLES = (("a", "b"), ("1", "2"), ("0", "1"))
"""How the two responses of a comparison are told apart: ``response_a`` and ``response_b``, or numbered."""

_WINNERS = _words(
    "winner preference preferred choice label labels better preference_strength overall_preference better_response_id "
    "preferred_response_id preferred_response"
)


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
    by_key = keyed(columns)
    for first, second in _COUPLES:
        names = {
            "response_a": [f"{one}_{first}" for one in _RESPONSES],
            "response_b": [f"{one}_{second}" for one in _RESPONSES],
            "winner": _WINNERS,
        }
        compared = guessed(by_key, names)
        if len(compared) == len(COMPARISON):
            rest = {name: SYNONYMS[name] for name in CANONICAL if name not in PAIR}
            return compared | guessed(by_key, rest, compared)
    return guessed(by_key, SYNONYMS)


def keyed(columns: Iterable[str]) -> dict[str, str]:
    """Return the columns by their names in small letters, words joined by underscores; of equal ones the first."""
    found: dict[str, str] = {}
    for column in columns:
        found.setdefault(re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_"), column)
    return found


def guessed(
    by_key: Mapping[str, str],
    synonyms: Mapping[str, Sequence[str]],
    known: Mapping[str, str] = MappingProxyType({}),
    *,
    one_of: Collection[str] = (),
) -> dict[str, str]:
    """Guess columns that are not known yet by their names, see `keyed`; a column is used once, of `one_of` one name."""
    found: dict[str, str] = {}
    for name, words in synonyms.items():
        given = {**known, **found}
        if name in known or (name in one_of and any(given.get(other) for other in one_of)):
            continue
        free = [by_key[word] for word in words if word in by_key and by_key[word] not in given.values()]
        if free:
            found[name] = free[0]
    return found


def note_guesses(path: Path, raw: RawRows, guesses: Mapping[str, str]) -> None:
    """Say which columns were found by names that are not the canonical ones."""
    read = ", ".join(f"{name} is {column!r}" for name, column in guesses.items() if name != column)
    if read:
        raw.notes.append(f"{path.name}: by the names of its columns {read}; --map NAME=COLUMN changes it.")


def completed(path: Path, raw: RawRows, mapping: Mapping[str, str], group: str | None) -> dict[str, str]:
    """Complete a mapping by the columns that bear the canonical names, then by guesses, which are noted.

    What is mapped to an empty name is not in the file, and is not looked for.

    Raises
    ------
    DataError
        If the mapping names a column that is not there.
    """
    absent = {name for name, column in mapping.items() if not column}
    mapping = {name: column for name, column in mapping.items() if column}
    check_columns(path, raw, mapping)
    wanted = [
        name for name in CANONICAL if name not in {*mapping, *absent} and not (name in PAIR and is_comparison(mapping))
    ]
    own = {name: name for name in wanted if name in raw.columns}
    fixed = {**own, **mapping}
    free = [name for name in raw.columns if name not in fixed.values() and name != group]
    if is_comparison(mapping) or any(name in fixed for name in PAIR):
        guesses = guessed(keyed(free), {name: SYNONYMS[name] for name in wanted if name not in fixed})
    else:
        guesses = {name: column for name, column in guess_mapping(free).items() if name not in {*fixed, *absent}}
    note_guesses(path, raw, guesses)
    return {**fixed, **guesses}


def check_canonical(mapping: Mapping[str, str], names: Sequence[str], others: Sequence[str] = ()) -> None:
    """Refuse a mapping of what a source does not map; `others` may be mapped, too, and are not listed."""
    unknown = sorted(set(mapping) - {*names, *others})
    if unknown:
        raise DataError(f"{unknown[0]!r} is no column this source maps; the names are {', '.join(names)}")


def check_names(mapping: Mapping[str, str]) -> None:
    """Refuse a mapping that names what this program does not map, or half a comparison."""
    check_canonical(mapping, CANONICAL, COMPARISON)
    given = sorted(set(mapping) & set(COMPARISON))
    if given and not is_comparison(mapping):
        raise DataError(f"{' and '.join(given)} alone is not enough: map {', '.join(COMPARISON)} together")
    if given and {"chosen", "rejected"} & set(mapping):
        raise DataError(f"map either chosen and rejected, or {', '.join(COMPARISON)}, not both")


def found_columns(raw: RawRows) -> str:
    """Name the columns as ``--group`` takes them: those with a comma in double quotes."""
    return ", ".join(joined([column]) for column in raw.columns) or "none"


def check_columns(path: Path, raw: RawRows, wanted: Mapping[str, str]) -> None:
    """Refuse a mapping to a column that is not there."""
    for name, column in wanted.items():
        if column not in raw.columns:
            raise DataError(
                f"{path.name}: there is no column {column!r} for {name}; columns found: {found_columns(raw)}"
            )
