"""The shapes files of judged responses have: one row per response, one per prompt, or a list inside a row."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from scpo.data.raw_files import RawRows
from scpo.data.sources.pairs.comparisons import outcome_of
from scpo.data.sources.responses.choices import (
    Choice,
    Response,
    by_order,
    by_scores,
    by_winner,
    number_of,
    without_end,
)

_LISTS = ("completions", "responses", "answers", "candidates", "outputs", "summaries")
_TEXT = ("response", "text", "content", "completion", "answer", "output")
_SCORE = ("score", "rating", "overall_score", "human_score", "reward")
_RANK = ("rank", "ranking", "position")
_MODEL = ("model", "model_name", "generator", "policy")
_WIDE = re.compile(r"(?P<before>.*?)(?:response|answer|completion|output)_(?P<name>[a-z]|[0-9]{1,2})")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_CHOSEN = ("preferred_response", "preferred", "winner", "choice", "best", "preference")
_RANKINGS = ("ranking", "ranks", "ranking_text")

NO_RESPONSE = "no response"

WINNER, SCORE, RANK, RANKING = "winner", "score", "rank", "ranking"
MEANINGS = (WINNER, SCORE, RANK)
"""How responses may be judged."""


def wide_groups(columns: Sequence[str]) -> dict[str, dict[str, str]]:
    """Find the columns of responses that stand beside one another, by what their names begin with.

    Returns
    -------
    dict
        Beginning (``""``, ``"first_turn_"``) -> name of the response (``"a"``) -> column; at least two responses each,
        in the order of the columns, turns that say their number in words in that order.
    """
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for column in columns:
        found = _WIDE.fullmatch(column.casefold())
        if found:
            groups[found["before"]][found["name"]] = column
    several = {before: names for before, names in groups.items() if len(names) > 1}
    return {before: several[before] for before in sorted(several, key=_turn)}


def _turn(before: str) -> int:
    """Place of a turn that says its number in words; others stay as the columns stand."""
    word = before.partition("_")[0]
    return _ORDINALS.index(word) if word in _ORDINALS else len(_ORDINALS)


def list_column(raw: RawRows) -> str | None:
    """Find the column that holds a list of responses with their judgements."""
    for name in _LISTS:
        if name in raw.columns:
            place = raw.columns.index(name)
            first = next((row[place] for row in raw.rows if row[place]), None)
            if first is not None and _objects(first):
                return name
    return None


def _objects(cell: str) -> list[dict[str, Any]] | None:
    try:
        value = json.loads(cell)
    except ValueError:
        return None
    ok = isinstance(value, list) and value and all(isinstance(one, dict) and _first(one, _TEXT) for one in value)
    return value if ok else None


def _first(names: Mapping[str, Any] | Sequence[str], known: Sequence[str]) -> str | None:
    return next((name for name in known if name in names), None)


def nested(raw: RawRows, columns: Mapping[str, str], facets: Sequence[str], held: str) -> Iterator[Choice]:
    """Yield a choice per row from a list of responses inside it."""
    place = raw.columns.index(held)
    for row, line in zip(raw.rows, raw.lines, strict=True):
        cells = dict(zip(raw.columns, row, strict=True))
        found = _objects(row[place] or "")
        if found is None:
            raw.drop(f"no list of responses in {held}", line)
            continue
        score = columns.get(SCORE) or next((name for one in found if (name := _first(one, _SCORE))), None)
        rank = columns.get(RANK) or next((name for one in found if (name := _first(one, _RANK))), None)
        responses = [
            Response(
                without_end(str(one[str(_first(one, _TEXT))])),
                line,
                np.nan if score is None else number_of(_text(one.get(score))),
                _text(one.get(str(_first(one, _MODEL)))),
            )
            for one in found
        ]
        ranks = by_scores([one.score for one in responses])
        if rank is not None and np.isnan(ranks).all():
            ranks = np.array([number_of(_text(one.get(rank))) for one in found])
        yield _choice(cells, columns, facets, responses, ranks)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def wide(
    raw: RawRows, columns: Mapping[str, str], facets: Sequence[str], groups: Mapping[str, Mapping[str, str]]
) -> Iterator[Choice]:
    """Yield a choice per row and turn from responses in columns of their own."""
    lower = {column.casefold(): column for column in raw.columns}
    for row, line in zip(raw.rows, raw.lines, strict=True):
        cells = dict(zip(raw.columns, row, strict=True))
        history: list[dict[str, str]] | None = []
        if all(cells[column] is None for names in groups.values() for column in names.values()):
            raw.drop(NO_RESPONSE, line)
            continue
        for turn, (before, names) in enumerate(groups.items()):
            prompt = cells.get(lower.get(f"{before}prompt", columns.get("prompt", "")))
            present = {name: column for name, column in names.items() if cells[column] is not None}
            if not present:
                continue  # a conversation of fewer turns
            responses = [
                Response(without_end(cells[column]), line, _score(cells, lower, before, name))
                for name, column in present.items()
            ]
            ranks, winner = _judged(cells, columns, lower, before, list(present), responses)
            own = {} if len(groups) == 1 else {"turn": str(turn)}
            told = json.dumps(history, ensure_ascii=False) if history else None
            yield _choice(
                cells, columns, facets, responses, ranks, prompt=prompt, history=told, more=own, winner=winner
            )
            best: Any = np.flatnonzero(ranks == np.nanmin(ranks)) if not np.isnan(ranks).all() else []
            if history is not None and len(best) == 1 and prompt is not None:
                answer = responses[int(best[0])].text or ""
                history = [*history, {"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
            else:
                history = None


def _score(cells: Mapping[str, str | None], lower: Mapping[str, str], before: str, name: str) -> float:
    for word in ("score", "rating"):
        for spelled in (f"{before}{word}_{name}", f"{before}response_{name}_{word}"):
            if spelled in lower:
                return number_of(cells[lower[spelled]])
    return np.nan


def _judged(
    cells: Mapping[str, str | None],
    columns: Mapping[str, str],
    lower: Mapping[str, str],
    before: str,
    names: Sequence[str],
    responses: Sequence[Response],
) -> tuple[np.ndarray, bool]:
    """Ranks of the responses of a turn, and whether only the winner is known."""
    scores = [one.score for one in responses]
    if not np.isnan(scores).all():
        return by_scores(scores), False
    ranking = columns.get(RANKING) or lower.get(_first(lower, [f"{before}{name}" for name in _RANKINGS]) or "")
    if ranking is not None and cells[ranking]:
        return by_order(cells[ranking], names), False
    chosen = _first(lower, [f"{before}{name}" for name in _CHOSEN])
    said = (cells[lower[chosen]] or "").strip().casefold() if chosen is not None else ""
    side = re.sub(r"^.*?(?:response|answer|completion|output|option)[ _]", "", said)
    if side not in names and outcome_of(said) in names:
        side = str(outcome_of(said))
    return by_winner(len(names), names.index(side) if side in names else None), True


def long(raw: RawRows, columns: Mapping[str, str], facets: Sequence[str]) -> Iterator[Choice]:
    """Yield a choice per user and prompt from one row per response."""
    groups: dict[tuple[str | None, ...], list[tuple[dict[str, str | None], int]]] = defaultdict(list)
    for row, line in zip(raw.rows, raw.lines, strict=True):
        cells = dict(zip(raw.columns, row, strict=True))
        own = cells.get(columns.get("interaction_id", ""))
        key = (cells.get(columns.get("user_id", "")), own or cells.get(columns.get("prompt", "")))
        groups[key].append((cells, line))
    for members in groups.values():
        responses = [
            Response(
                without_end(cells[columns["response"]]),
                line,
                number_of(cells.get(columns.get(SCORE, ""))),
                cells.get(columns.get("model_name", "")),
            )
            for cells, line in members
        ]
        winner = False
        if SCORE in columns:
            ranks = by_scores([one.score for one in responses])
        elif RANK in columns:
            ranks = np.array([number_of(cells[columns[RANK]]) for cells, _ in members])
        else:
            flags = [_is_yes(cells[columns[WINNER]]) for cells, _ in members]
            ranks, winner = by_winner(len(flags), flags.index(True) if sum(flags) == 1 else None), True
        cells = members[0][0]
        shared = [name for name in facets if len({other[name] for other, _ in members}) == 1]
        yield _choice(cells, columns, shared, responses, ranks, winner=winner)


def _is_yes(cell: str | None) -> bool:
    return (cell or "").strip().casefold() in ("true", "1", "1.0", "yes", "chosen", "winner", "best")


def _choice(
    cells: Mapping[str, str | None],
    columns: Mapping[str, str],
    facets: Sequence[str],
    responses: list[Response],
    ranks: np.ndarray,
    *,
    prompt: str | None = None,
    history: str | None = None,
    more: Mapping[str, str] | None = None,
    winner: bool = False,
) -> Choice:
    own = {name: cells.get(columns[name]) for name in ("user_id", "country", "interaction_id") if name in columns}
    if more:  # the turns of a conversation are interactions of their own
        own["interaction_id"] = None
    return Choice(
        prompt=prompt if prompt is not None else cells.get(columns.get("prompt", "")),
        responses=responses,
        rank=ranks,
        others_unknown=winner,
        facets={**{name: cells[name] for name in facets}, **(more or {})},
        history=history,
        **own,
    )
