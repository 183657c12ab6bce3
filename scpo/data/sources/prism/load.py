"""PRISM: a survey of people and their scores of model responses (data formats, sections 1 to 7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scpo.data.countries import country_or_null
from scpo.data.json_rows import json_objects
from scpo.data.pairing import EMPTY_RESPONSE, build_pairs
from scpo.data.sources.prism import layout as known
from scpo.data.sources.prism.layout import Row
from scpo.data.tables import LoadReport, Tables
from scpo.errors import DataError
from scpo.words import counted

SURVEY, UTTERANCES_FILE, METADATA = "survey.jsonl", "utterances.jsonl", "metadata.jsonl"

NOT_IN_UTTERANCES = "its text is not in utterances.jsonl"


def load_prism(folder: Path | str) -> Tables:
    """Read PRISM from its files.

    Parameters
    ----------
    folder : Path
        Holds ``survey.jsonl`` and ``utterances.jsonl``, and perhaps ``metadata.jsonl`` for the moderation flags.

    Returns
    -------
    Tables
        `users` in the order of the survey, those without conversations included, without `split`; the country is
        the one of residence, None for `Prefer not to say`. Pairs come from scores and carry `conversation_type`.

    Raises
    ------
    InputError
        If a file is missing.
    DataError
        At the first key, category, country, model or number that PRISM's format does not know, and at a response
        whose user is not in the survey; with file, line and value.
    """
    folder = Path(folder)
    report = LoadReport()
    users = _users(folder, report)
    utterances, conversation_type = _utterances(folder, frozenset(users["user_id"]), report)
    if (folder / METADATA).is_file():
        utterances["flagged"] = _flags(folder, utterances, report)
    else:
        report.notes.append(f"without {METADATA} no text is known to be flagged, so none can be blurred.")
    country = dict(zip(users["user_id"], users["country"], strict=True))
    facets = pd.DataFrame({"conversation_type": conversation_type})
    pairs, counts = build_pairs(utterances, country=country, facets=facets)
    report.pairs, report.ties = counts["pairs"], counts["ties"]
    report.identical_texts, report.single_responses = counts["identical_texts"], counts["single_responses"]
    report.empty_responses = int((utterances["response"] == EMPTY_RESPONSE).sum())
    _add_notes(users, utterances, report)
    return Tables(users=users, utterances=utterances, pairs=pairs, report=report)


def _rows(folder: Path, file: str, keys: frozenset[str], report: LoadReport) -> Iterator[Row]:
    """Yield the rows of a file and count them; every row must be a JSON object with exactly these keys."""
    read = 0
    for line, values in json_objects(folder / file):
        if isinstance(values, str):
            raise DataError(f"{file}, line {line}: {values}; is the file complete? Download it again")
        row = Row(file, line, values)
        row.check_keys(keys)
        read += 1
        yield row
    report.files[file] = report.kept[file] = read
    report.dropped[file] = {}
    if read == 0:
        raise DataError(f"{file} holds no rows; is the file complete? Download it again")


def _users(folder: Path, report: LoadReport) -> pd.DataFrame:
    records: dict[str, dict[str, str | None]] = {}
    for row in _rows(folder, SURVEY, known.SURVEY_KEYS, report):
        user_id = row.text("user_id")
        if user_id in records:
            raise row.error(f"user_id {user_id!r} occurs twice")
        records[user_id] = {"user_id": user_id, **_survey_answers(row)}
    users = pd.DataFrame({name: _text([r[name] for r in records.values()]) for name in next(iter(records.values()))})
    users["user_id"] = users["user_id"].astype("str")
    return users


def _survey_answers(row: Row) -> dict[str, str | None]:
    """Country and facets of one person; the free texts stay in the file."""
    for name, keys, optional in (
        ("location", known.LOCATION_KEYS, known.LOCATION_OPTIONAL_KEYS),
        ("religion", known.GROUP_KEYS, frozenset()),
        ("ethnicity", known.GROUP_KEYS, frozenset()),
        ("lm_usecases", frozenset({*known.USECASES, "other_text"}), frozenset()),
        ("stated_prefs", frozenset({*known.STATED_PREFS, "other_text"}), frozenset()),
    ):
        row.check_keys(keys, of=name, optional=optional)
    for name in known.STATED_PREFS:
        row.whole(name, 0, 100, of="stated_prefs")
    answers: dict[str, str | None] = {"country": _country(row, "reside"), "birth_country": _country(row, "birth")}
    for name, values in known.CATEGORIES.items():
        not_asked = name == "lm_frequency_use" and row.fields[name] is None
        answers[name] = None if not_asked else row.category(name, values)
    for (group, key), values in known.NESTED_CATEGORIES.items():
        name = {"categorised": group, "simplified": f"{group}_simplified"}.get(key, key)
        absent = key in known.LOCATION_OPTIONAL_KEYS and key not in row.fields[group]
        answers[name] = None if absent else row.category(key, values, of=group)
    for name in known.USECASES:
        # 0 is "seen and not chosen", null is "not asked".
        not_asked = row.fields["lm_usecases"][name] is None
        answers[f"lm_usecase_{name}"] = None if not_asked else ("No", "Yes")[row.whole(name, 0, 1, of="lm_usecases")]
    return answers


def _country(row: Row, which: str) -> str | None:
    """Alpha-3 code of the country of birth or residence; its name and its code must agree."""
    location: dict[str, Any] = row.fields["location"]
    found = []
    for key in (f"{which}_countryISO", f"{which}_country"):
        if not isinstance(location[key], str):
            raise row.error(f"location.{key} must be text, found {location[key]!r}")
        try:
            found.append(country_or_null(location[key]))
        except DataError as error:
            raise row.error(f"location.{key}: {error}") from error
    if found[0] != found[1]:
        raise row.error(
            f"location.{which}_country {location[f'{which}_country']!r} and its code "
            f"{location[f'{which}_countryISO']!r} are different countries"
        )
    return found[0]


def _utterances(folder: Path, users: frozenset[str], report: LoadReport) -> tuple[pd.DataFrame, list[str]]:
    """Responses in the order of the file, and the conversation type of each."""
    columns: dict[str, list[Any]] = {name: [] for name in (
        "utterance_id", "interaction_id", "conversation_id", "user_id", "turn", "prompt", "response", "score",
        "is_partner", "model_name",
    )}  # fmt: skip
    conversation_type: list[str] = []
    seen: set[str] = set()
    interactions: dict[str, tuple[str, int, str, str]] = {}
    for row in _rows(folder, UTTERANCES_FILE, known.UTTERANCE_KEYS, report):
        values = (
            row.text("utterance_id"), row.text("interaction_id"), row.text("conversation_id"), row.text("user_id"),
            row.whole("turn", 0), row.text("user_prompt"), row.text("model_response"), row.whole("score", 1, 100),
            row.flag("if_chosen"), row.category("model_name", frozenset(known.MODELS)),
        )  # fmt: skip
        utterance_id, interaction_id, conversation_id, user_id, turn, prompt = values[:6]
        if utterance_id in seen:
            raise row.error(f"utterance_id {utterance_id!r} occurs twice")
        seen.add(utterance_id)
        if user_id not in users:
            raise row.error(f"user {user_id!r} of response {utterance_id!r} is not in {SURVEY}")
        meaning = (conversation_id, turn, user_id, prompt)
        if interactions.setdefault(interaction_id, meaning) != meaning:
            raise row.error(f"interaction {interaction_id!r} has two conversations, turns, users or prompts")
        row.category("model_provider", frozenset({known.MODELS[values[9]][1]}))
        conversation_type.append(row.category("conversation_type", known.CONVERSATION_TYPES))
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    size = len(seen)
    utterances = pd.DataFrame({name: pd.Series(column, dtype="str") for name, column in columns.items() if name not in (
        "turn", "score", "is_partner")})  # fmt: skip
    utterances["turn"] = pd.array(columns["turn"], dtype="Int32")
    utterances["score"] = np.array(columns["score"], dtype=np.float64)
    utterances["is_partner"] = pd.array(columns["is_partner"], dtype="boolean")
    utterances["flagged"] = pd.array([pd.NA] * size, dtype="boolean")
    return utterances, conversation_type


def _flags(folder: Path, utterances: pd.DataFrame, report: LoadReport) -> pd.Series:
    """Whether moderation flagged the response or its prompt; NA where neither was checked."""
    responses: dict[str, bool | None] = dict.fromkeys(utterances["utterance_id"])
    prompts: dict[str, bool | None] = dict.fromkeys(utterances["interaction_id"])
    orphans: list[int] = []
    for row in _rows(folder, METADATA, known.METADATA_KEYS, report):
        column_id = row.category("column_id", known.METADATA_TEXTS)
        if column_id not in ("model_response", "user_prompt"):
            continue
        moderation = row.fields["moderation_flag"]
        flagged = None if moderation is None else Row(METADATA, row.line, moderation).flag("flagged")
        target, key = (responses, "utterance_id") if column_id == "model_response" else (prompts, "interaction_id")
        if row.text(key) in target:
            target[row.text(key)] = flagged
        else:
            orphans.append(row.line)
    if orphans:
        report.dropped[METADATA] = {NOT_IN_UTTERANCES: orphans}
        report.kept[METADATA] -= len(orphans)
    own = pd.Series([responses[u] for u in utterances["utterance_id"]], dtype="boolean")
    of_prompt = pd.Series([prompts[i] for i in utterances["interaction_id"]], dtype="boolean")
    # One flag is enough to blur; if only one of the two was checked, it decides.
    return (own | of_prompt).fillna(own).fillna(of_prompt)


def _add_notes(users: pd.DataFrame, utterances: pd.DataFrame, report: LoadReport) -> None:
    without = int((~users["user_id"].isin(utterances["user_id"])).sum())
    if without:
        report.notes.append(
            f"{without} of {counted(len(users), 'survey participant')} rated no response and so made no pairs."
        )
    unknown = int(users["country"].isna().sum())
    if unknown:
        report.notes.append(
            f"{counted(unknown, 'participant')} did not say where they live; their pairs belong to no country."
        )
    for file, published in known.PUBLISHED_ROWS.items():
        if file in report.files and report.files[file] != published:
            report.notes.append(f"{file} has {counted(report.files[file], 'row')}; {published:,} were published.")


def _text(values: list[str | None]) -> pd.Series:
    return pd.Series(values, dtype=object)
