"""Layouts in which several people judge the responses of one row: CoVal, MultiPref, Summarize from Feedback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scpo.data.json_rows import json_objects
from scpo.data.raw_files import RawRows
from scpo.data.sources.adapters.rows import (
    UNUSABLE,
    Row,
    Rows,
    arranges,
    beside,
    cells_of,
    dict_of,
    list_of,
    ordered,
    text_of,
    value_of,
)
from scpo.data.sources.pairs.comparisons import outcome_of
from scpo.words import counted

NO_VERDICT = "nobody judged the responses"

ANNOTATORS = "annotators.jsonl"
"""Who judged CoVal; it lies beside the comparisons."""

_RESIDENCE = ("country_of_residence", "country", "residence_country", "country_residence", "residence")


@arranges
def coval(path: Path, raw: RawRows) -> Rows:
    """Rank the responses of CoVal by each person's ranking for the world; the personal one is `personal_ranking`."""
    people = _annotators(path, raw)
    for cells, line in cells_of(raw):
        asked = list_of(dict_of(value_of(cells["prompt"])).get("messages"))
        answers = {
            str(dict_of(one).get("response_index", "")): list_of(dict_of(one).get("messages"))
            for one in list_of(value_of(cells["responses"]))
        }
        assessments = list_of(dict_of(value_of(cells["metadata"])).get("assessments"))
        if not asked or len(answers) < 2 or not all(answers.values()):
            raw.drop(UNUSABLE, line)
            continue
        texts = [text_of(dict_of(answers[name][-1]).get("content")) for name in sorted(answers)]
        if not assessments:
            raw.drop(NO_VERDICT, line)
        for one in map(dict_of, assessments):
            blocks = dict_of(one.get("ranking_blocks"))
            person = text_of(one.get("annotator_id"))
            about = people.get(person or "", {}) | dict_of(one.get("demographics"))
            yield (
                line,
                {
                    "prompt": text_of(asked),
                    **beside(texts),
                    "ranking": _ranking(blocks.get("world")),
                    "personal_ranking": _ranking(blocks.get("personal")),
                    "user_id": person,
                    "country": next((text_of(about[name]) for name in _RESIDENCE if name in about), None),
                    **{name: text_of(value) for name, value in about.items() if name not in _RESIDENCE},
                    **{name: text_of(one.get(name)) for name in ("importance", "representativeness", "subjectivity")},
                },
            )


def _ranking(blocks: Any) -> str | None:
    first = next(iter(list_of(blocks)), None)
    return text_of(dict_of(first).get("ranking"))


def _annotators(path: Path, raw: RawRows) -> dict[str, dict[str, Any]]:
    file = path.with_name(ANNOTATORS)
    if not file.is_file():
        raw.notes.append(
            f"{path.name} does not say where people come from: put {ANNOTATORS} of the same data set beside it."
        )
        return {}
    found = {
        str(one["annotator_id"]): dict_of(one.get("demographics"))
        for _, one in json_objects(file)
        if isinstance(one, dict) and "annotator_id" in one
    }
    raw.notes.append(f"{path.name}: {counted(len(found), 'person', 'people')} described in {ANNOTATORS}.")
    return found


@arranges
def multipref(path: Path, raw: RawRows) -> Rows:
    """Compare the two completions of MultiPref once per person who judged them."""
    for cells, line in cells_of(raw):
        judged = [
            (kind, one)
            for kind in ("normal", "expert")
            for one in map(dict_of, list_of(value_of(cells.get(f"{kind}_worker_annotations"))))
        ]
        if not judged:
            raw.drop(NO_VERDICT, line)
        for kind, one in judged:
            verdict = text_of(one.get("overall_pref"))
            yield (
                line,
                {
                    "prompt": cells["text"],
                    **beside([cells["completion_a"], cells["completion_b"]]),
                    "ranking": {"a": "a>b", "b": "b>a", "tie": "a=b"}.get(outcome_of(verdict) or ""),
                    "user_id": text_of(one.get("evaluator")),
                    "worker": kind,
                    "category": cells.get("category"),
                    "source": cells.get("source"),
                },
            )


@arranges
def summaries_compared(path: Path, raw: RawRows) -> Rows:
    """Compare the two summaries of a post, by the one that was chosen (counted from 0)."""
    for cells, line in cells_of(raw):
        summaries = [text_of(dict_of(one).get("text")) for one in list_of(value_of(cells["summaries"]))]
        choice = value_of(cells["choice"])
        if len(summaries) != 2 or choice not in (0, 1) or isinstance(choice, bool):
            raw.drop(UNUSABLE, line)
            continue
        won = {choice: 0.0, 1 - choice: 1.0}
        yield line, {**_post(cells), **beside(summaries), "ranking": ordered(won)}


@arranges
def summaries_rated(path: Path, raw: RawRows) -> Rows:
    """Write one rated summary of a post in a row, with its overall score."""
    for cells, line in cells_of(raw):
        summary = dict_of(value_of(cells["summary"]))
        score = dict_of(summary.get("axes")).get("overall")
        model = text_of(summary.get("policy"))
        yield (
            line,
            {
                **_post(cells),
                "response": text_of(summary.get("text")),
                "score": text_of(score),
                "model_name": model,
            },
        )


def _post(cells: Row) -> Row:
    info = dict_of(value_of(cells["info"]))
    body = info.get("post") or info.get("article")
    title = info.get("title")
    return {
        "prompt": "\n\n".join(str(one) for one in (title, body) if one) or None,
        "user_id": cells.get("worker"),
        "subreddit": text_of(info.get("subreddit")),
    }


@arranges
def oasst(path: Path, raw: RawRows) -> Rows:
    """Put the ranked answers to each message of OpenAssistant beside what was said before it; rank 0 is best."""
    messages: dict[str, tuple[dict[str, Any], int]] = {}
    for cells, line in cells_of(raw):
        if "message_id" in cells:
            messages[cells["message_id"] or f"line {line}"] = ({**cells}, line)
        else:
            _walk(dict_of(value_of(cells["prompt"])), None, line, messages)
    for key, (message, line) in messages.items():
        if message.get("role") != "assistant":
            if "message_id" in raw.columns:
                raw.drop("a message of the user", line)
            continue
        if str(message.get("deleted")).casefold() == "true":
            raw.drop("deleted", line)
            continue
        asked = _before(messages, key)
        if asked is None:
            raw.drop("no message before the answer", line)
            continue
        yield (
            line,
            {
                "prompt": json.dumps(asked, ensure_ascii=False),
                "response": text_of(message.get("text")),
                "rank": text_of(message.get("rank")),
                "interaction_id": text_of(message.get("parent_id")),
                "model_name": text_of(message.get("model_name")),
                "lang": text_of(message.get("lang")),
            },
        )


def _walk(message: dict[str, Any], parent: str | None, line: int, into: dict[str, tuple[dict[str, Any], int]]) -> None:
    waiting = [(message, parent)]
    while waiting:
        one, above = waiting.pop()
        key = str(one.get("message_id"))
        into[key] = ({**one, "parent_id": above}, line)
        waiting += [(reply, key) for reply in reversed(list_of(one.get("replies"))) if isinstance(reply, dict)]


def _before(messages: dict[str, tuple[dict[str, Any], int]], key: str) -> list[dict[str, str]] | None:
    """Return the messages before one, oldest first; None unless they begin at the root and end with a question."""
    found: list[dict[str, str]] = []
    seen = {key}
    above = messages[key][0].get("parent_id")
    while above:
        if above not in messages or above in seen:
            return None
        seen.add(above)
        one = messages[above][0]
        role = "assistant" if one.get("role") == "assistant" else "user"
        found.append({"role": role, "content": str(one.get("text") or "")})
        above = one.get("parent_id")
    return found[::-1] if found and found[0]["role"] == "user" else None
