"""Exports of annotation tools: Label Studio and Argilla; and answers that were only marked good or bad."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scpo.data.raw_files import RawRows
from scpo.data.sources.adapters.people import NO_VERDICT
from scpo.data.sources.adapters.rows import (
    LETTERS,
    Row,
    Rows,
    arranges,
    beside,
    cells_of,
    dict_of,
    list_of,
    numbered,
    ordered,
    text_of,
    value_of,
)
from scpo.data.sources.pairs.comparisons import outcome_of

NO_RESPONSES = "no two responses (answer1 and answer2, or a list of items)"
_ORDER = {"a": "a>b", "b": "b>a", "tie": "a=b"}
_BODY = ("text", "body", "html", "content", "title")


@arranges
def label_studio(path: Path, raw: RawRows) -> Rows:
    """Rank the responses of a Label Studio export (JSON) by each annotation: pairwise, a choice, or a ranker."""
    for cells, line in cells_of(raw):
        data = dict_of(value_of(cells["data"]))
        found = False
        for annotation in map(dict_of, list_of(value_of(cells["annotations"]))):
            results = [] if annotation.get("was_cancelled") else list_of(annotation.get("result"))
            judged = next((one for one in (_judged(dict_of(each), data) for each in results) if one), None)
            if judged is None:
                continue
            found = True
            responses, ranking = judged
            facets = {name: text_of(value) for name, value in data.items() if value not in responses}
            yield line, {**facets, **beside(responses), "ranking": ranking, "user_id": _person(annotation)}
        if not found:
            raw.drop(NO_VERDICT if _responses(data) else NO_RESPONSES, line)


def _person(annotation: Mapping[str, Any]) -> str | None:
    by = annotation.get("completed_by")
    return text_of(by.get("id") if isinstance(by, dict) else by)


def _responses(data: Mapping[str, Any], named: Sequence[str] = ()) -> list[str]:
    """Return the two responses: those an annotation names, else those whose names differ in a number or letter."""
    names = [one for one in named if isinstance(data.get(one), str)]
    names = names if len(names) == 2 else numbered(name for name, value in data.items() if isinstance(value, str))
    return [data[name] for name in names] if len(names) == 2 else []


def _judged(result: dict[str, Any], data: Mapping[str, Any]) -> tuple[list[str], str] | None:
    """Return the responses and their ranking as one result of an annotation says, or None if it says none."""
    value = dict_of(result.get("value"))
    if result.get("type") == "ranker":
        return _by_ranker(value, data)
    said = value.get("selected") or next(iter(list_of(value.get("choices"))), None)
    verdict = outcome_of(text_of(said))
    responses = _responses(data, str(result.get("to_name", "")).replace(" ", "").split(","))
    return (responses, _ORDER[verdict]) if responses and verdict else None


def _by_ranker(value: dict[str, Any], data: Mapping[str, Any]) -> tuple[list[str], str] | None:
    lists = (one for one in data.values() if list_of(one) and all(isinstance(i, dict) for i in one))
    items: list[dict[str, Any]] = next(lists, [])
    texts = {str(one.get("id")): next((str(one[name]) for name in _BODY if one.get(name)), "") for one in items}
    ranker = value.get("ranker")
    ranks = next((list_of(one) for one in (ranker.values() if isinstance(ranker, dict) else [ranker])), [])
    best_first = [str(one) for one in ranks if str(one) in texts]
    if len(best_first) < 2:
        return None
    place = {key: i for i, key in enumerate(texts)}
    return list(texts.values()), ordered({place[key]: float(rank) for rank, key in enumerate(best_first)})


@arranges
def label_studio_flat(path: Path, raw: RawRows) -> Rows:
    """Compare the responses of a flat Label Studio export (JSON-MIN or CSV), where ``left`` or ``right`` was chosen."""
    for cells, line in cells_of(raw):
        said = next((name for name, cell in cells.items() if cell in ("left", "right")), None)
        data = {name: cell for name, cell in cells.items() if name != said and cell is not None}
        responses = _responses(data)
        if not responses or said is None:
            raw.drop(NO_VERDICT if responses else NO_RESPONSES, line)
            continue
        facets = {name: cell for name, cell in data.items() if cell not in responses and name != "annotator"}
        verdict = _ORDER[outcome_of(cells[said]) or ""]
        yield line, {**facets, **beside(responses), "ranking": verdict, "user_id": cells.get("annotator")}


@arranges
def argilla(path: Path, raw: RawRows) -> Rows:
    """Rank the responses of an Argilla export by each submitted answer: a ranking, or the name of the better one."""
    fields = numbered(name for name in raw.columns if "." not in name and not _is_question(name, raw))
    for cells, line in cells_of(raw):
        facets = {name: cell for name, cell in cells.items() if name not in fields and "." not in name}
        texts = [cells[name] for name in fields]
        found = False
        for person, said in _submitted(cells):
            verdict = _verdict(said, fields)
            if verdict:
                found = True
                yield line, {**facets, **beside(texts), **verdict, "user_id": person}
        if not found:
            raw.drop(NO_VERDICT if fields else NO_RESPONSES, line)


def _is_question(name: str, raw: RawRows) -> bool:
    place = raw.columns.index(name)
    first = next((value_of(row[place]) for row in raw.rows if row[place]), None)
    return bool(list_of(first)) and all(isinstance(one, dict) and "value" in one for one in list_of(first))


def _submitted(cells: Row) -> Iterator[tuple[str | None, Any]]:
    """Yield who answered and what, of every question: lists beside one another, or a list of answers."""
    for name, cell in cells.items():
        value = value_of(cell)
        if name.endswith(".responses"):
            people = list_of(value_of(cells.get(f"{name}.users")))
            status = list_of(value_of(cells.get(f"{name}.status")))
            for i, said in enumerate(list_of(value)):
                if i >= len(status) or status[i] == "submitted":
                    yield (text_of(people[i]) if i < len(people) else None), said
        elif "." not in name:
            for one in list_of(value):
                answer = dict_of(one)
                if {"user_id", "value"} <= set(answer) and answer.get("status", "submitted") == "submitted":
                    yield text_of(answer["user_id"]), answer["value"]


def _verdict(said: Any, fields: Sequence[str]) -> Row | None:
    """Read an answer: a list of fields with ranks, the two in lists, or the name of the preferred field."""
    place = {name.casefold(): i for i, name in enumerate(fields)}
    if isinstance(said, str):
        known = place.get(said.casefold())
        side = LETTERS[known] if known is not None else outcome_of(said) if len(fields) == 2 else None
        return None if side is None else {"ranking": _ORDER[side]} if len(fields) == 2 else {"winner": side}
    if isinstance(said, dict):
        couples = zip(list_of(said.get("value")), list_of(said.get("rank")), strict=False)
        said = [{"value": value, "rank": rank} for value, rank in couples]
    ranks = {
        place[str(one["value"]).casefold()]: float(one["rank"])
        for one in map(dict_of, list_of(said))
        if isinstance(one.get("rank"), int | float) and str(one.get("value")).casefold() in place
    }
    return {"ranking": ordered(ranks)} if len(ranks) > 1 else None


def good_or_bad(path: Path, raw: RawRows) -> RawRows:
    """Give a completion that was marked good a score of 1, and one that was marked bad 0."""
    place = raw.columns.index("label")
    score = {"true": "1", "1": "1", "false": "0", "0": "0"}
    rows = [[*row, score.get((row[place] or "").strip().casefold())] for row in raw.rows]
    return RawRows([*raw.columns, "mark"], rows, raw.lines, raw.dropped, raw.read, raw.notes)
