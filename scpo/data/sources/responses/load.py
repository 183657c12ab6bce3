"""Files of judged responses to the engine's tables: each choice becomes the pairs that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from scpo.data.raw_files import RawRows, read_rows
from scpo.data.sources.opinions_long.names import hint
from scpo.data.sources.pairs import names as naming
from scpo.data.sources.pairs.load import tables_of
from scpo.data.sources.pairs.tables import MODELS, SCORES
from scpo.data.sources.pairs.texts import HISTORY
from scpo.data.sources.reading import Arrange
from scpo.data.sources.responses import shapes
from scpo.data.sources.responses.choices import Choice, Response
from scpo.data.tables import PAIRS, LoadReport, Tables
from scpo.errors import DataError
from scpo.words import counted

CANONICAL = (
    "prompt",
    "response",
    *shapes.MEANINGS,
    shapes.RANKING,
    "model_name",
    "user_id",
    "country",
    "interaction_id",
)

UNJUDGED = "no judgement of the responses"
ALONE = "the only response to its prompt"
ALIKE = "no pair: judged like every other response"

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "prompt": (*naming.SYNONYMS["prompt"], "post"),
    "response": ("response", "model_response", "answer", "completion", "output"),
    shapes.SCORE: ("score", "rating", "overall_score", "human_score", "helpfulness"),
    shapes.RANK: ("rank",),
    shapes.WINNER: ("if_chosen", "is_chosen", "chosen", "preferred", "winner", "is_best"),
    "model_name": ("model_name", "model", "generator", "policy"),
    **{name: naming.SYNONYMS[name] for name in ("user_id", "country", "interaction_id")},
}


def load_responses(
    path: Path, *, mapping: Mapping[str, str], group: str | None = None, arrange: Arrange | None = None
) -> Tables:
    """Read responses that people chose, scored or ranked.

    Parameters
    ----------
    path : Path
        A table as `scpo.data.raw_files.read_rows` reads it: one row per response; one row per prompt with the responses
        in columns (``response_a``, ``response_b`` …, also per turn: ``first_turn_response_a``); or one row per prompt
        with a list of them.
    mapping : dict
        Canonical name -> column: `prompt`, `response`, one of `score`, `rank` and `winner`, `model_name`, `user_id`,
        `country`, `interaction_id`. What is not given is guessed and noted; what has an empty name is not in the file.
    group : str, optional
        Column whose values are the communities.
    arrange : callable, optional
        Rewrites the rows of the file first.

    Returns
    -------
    Tables
        Every pair of responses to one prompt that somebody ordered; margins where there are scores.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        If the responses or their judgement cannot be found, or no pair is left.
    """
    path = Path(path)
    naming.check_canonical(mapping, CANONICAL)
    raw = read_rows(path) if arrange is None else arrange(path, read_rows(path))
    if not raw.rows:
        raise DataError(f"{path.name} holds no rows that can be read{_reasons(raw)}")
    # What a list inside a row holds are no columns of the file.
    inside = {shapes.SCORE, shapes.RANK} if shapes.list_column(raw) else set()
    wanted = {name: column for name, column in mapping.items() if column and name not in inside}
    naming.check_columns(path, raw, {**wanted, **({"country": group} if group else {})})
    columns = _named(path, raw, mapping, group)
    choices = list(_choices(path, raw, columns))
    report = LoadReport(files={path.name: raw.read}, notes=raw.notes)
    rows, members = _pair_rows(path, choices, raw, report)
    if rows.empty:
        raise DataError(f"{path.name} holds no pair of responses that somebody ordered{_reasons(raw)}")
    column = columns.get("country", "country")
    tables = tables_of(path, rows, raw, report, column=column, grouped=group is not None)
    _count_members(path, members, tables.report)
    return tables


def _reasons(raw: RawRows) -> str:
    reasons = ", ".join(f"{reason}: {counted(len(set(lines)), 'row')}" for reason, lines in raw.dropped.items())
    return f" ({reasons})" if reasons else ""


def _count_members(path: Path, members: Mapping[int, set[int]], report: LoadReport) -> None:
    """Count the rows of a choice where so far the one stands that gave the choice its line."""
    dropped = report.dropped[path.name]
    gone = {line for lines in dropped.values() for line in lines}
    report.dropped[path.name] = {
        reason: sorted(set().union(*(members.get(line, {line}) for line in lines))) for reason, lines in dropped.items()
    }
    report.kept[path.name] = len(set().union(*(lines for first, lines in members.items() if first not in gone)))


def _named(path: Path, raw: RawRows, mapping: Mapping[str, str], group: str | None) -> dict[str, str]:
    """Complete the mapping by guesses from the names of the columns."""
    if group is not None:
        mapping = {**mapping, "country": group}
    guesses = guess_judged((column for column in raw.columns if column != group), mapping)
    naming.note_guesses(path, raw, guesses)
    return {name: column for name, column in {**guesses, **mapping}.items() if column}


def is_judged(raw: RawRows) -> bool:
    """Tell whether a table has responses in rows of their own, several beside one another, or in a list."""
    guessed = guess_judged(raw.columns, {})
    in_rows = "response" in guessed and any(name in guessed for name in shapes.MEANINGS)
    return in_rows or bool(shapes.wide_groups(raw.columns)) or shapes.list_column(raw) is not None


def guess_judged(columns: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Propose which column of judged responses is what, by its name; a column is used once.

    Parameters
    ----------
    columns : iterable of str
        Column names of a file.
    mapping : dict
        What is known: canonical name -> column, empty where there is none.

    Returns
    -------
    dict
        The rest: canonical name -> column.
    """
    return naming.guessed(naming.keyed(columns), _SYNONYMS, mapping, one_of=shapes.MEANINGS)


def _choices(path: Path, raw: RawRows, columns: Mapping[str, str]) -> Iterator[Choice]:
    groups = shapes.wide_groups(raw.columns)
    held = shapes.list_column(raw)
    used = {*columns.values(), held, *(column for names in groups.values() for column in names.values())}
    facets = [name for name in raw.columns if name not in used and not _of_a_turn(name, groups)]
    if held is not None:
        return shapes.nested(raw, columns, facets, held)
    if groups:
        return shapes.wide(raw, columns, facets, groups)
    if "response" in columns and any(name in columns for name in shapes.MEANINGS):
        return shapes.long(raw, columns, facets)
    raise DataError(
        f"{path.name}: there are neither responses beside one another (response_a, response_b), nor a list of them, "
        f"nor a response with a score, rank or winner in a row; columns found: {naming.found_columns(raw)}; name them "
        f"with --map response=COLUMN --map score=COLUMN{hint(raw.columns)}"
    )


def _of_a_turn(name: str, groups: Mapping[str, object]) -> bool:
    """Tell whether a column belongs to one turn: its prompt, its choice, what was said about it."""
    return any(before and name.casefold().startswith(before) for before in groups)


def _pair_rows(
    path: Path, choices: list[Choice], raw: RawRows, report: LoadReport
) -> tuple[pd.DataFrame, dict[int, set[int]]]:
    """Write each pair of a choice as a row; what makes none is dropped with its reason.

    All pairs of a choice stand on its first line, so that without users a choice is one person; the second result
    says which lines belong to it.
    """
    found: list[dict[str, object]] = []
    members: dict[int, set[int]] = {}
    sizes: list[int] = []
    for choice in choices:
        pairs = list(choice.pairs())
        report.ties += choice.ties
        report.single_responses += len(choice.responses) == 1
        kept = {one.line for pair in pairs for one in pair}
        if pairs:
            sizes.append(len(choice.responses))
            members.setdefault(min(kept), set()).update(kept)
            found += [_row(choice, min(kept), better, worse) for better, worse in pairs]
        reason = ALONE if len(choice.responses) == 1 else UNJUDGED if np.isnan(choice.rank).all() else ALIKE
        for line in dict.fromkeys(one.line for one in choice.responses):
            if line not in kept:
                raw.drop(reason, line)
    _notes(path, choices, sizes, len(found), report)
    kinds = {**dict.fromkeys(SCORES, np.float64), "line": np.int64}
    names = list(dict.fromkeys(name for row in found for name in row))
    table = {name: pd.Series([row.get(name) for row in found], dtype=kinds.get(name, object)) for name in names}
    return pd.DataFrame(table), members


def _row(choice: Choice, line: int, better: Response, worse: Response) -> dict[str, object]:
    facets = {name if name not in _RESERVED else f"{name}_facet": cell for name, cell in choice.facets.items()}
    own = {"user_id": choice.user_id, "interaction_id": choice.interaction_id, "country": choice.country}
    return {
        **facets,
        "prompt": choice.prompt,
        "chosen": better.text,
        "rejected": worse.text,
        **own,
        HISTORY: choice.history,
        "line": line,
        **dict(zip(SCORES, (better.score, worse.score), strict=True)),
        **dict(zip(MODELS, (better.model, worse.model), strict=True)),
    }


_RESERVED = {*PAIRS.columns, "prompt", "line", "split", HISTORY, *SCORES, *MODELS}


def _notes(path: Path, choices: list[Choice], sizes: list[int], n_pairs: int, report: LoadReport) -> None:
    if sizes and max(sizes) > 2:
        low, high = min(sizes), max(sizes)
        several = f"{low}" if low == high else f"{low} to {high}"
        report.notes.append(
            f"{path.name}: {counted(len(sizes), 'choice')} among {several} responses make {n_pairs:,} pairs; pairs of "
            "one choice share its winner; --choice-weight per-choice lets each choice count once in training."
        )
    if any(choice.others_unknown and len(choice.responses) > 2 for choice in choices):
        report.notes.append(f"{path.name}: only the winner is known, so the other responses are not compared.")
