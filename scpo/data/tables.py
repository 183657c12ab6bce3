"""The data dictionary: every table of the engine, its columns, types and meaning.

Loaders produce these tables, the cache validates them on the way in, and everything else relies on them.
Text columns that may be absent hold ``None``; absent numbers are ``NaN``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import pandera.pandas as pa
from pydantic import Field

from scpo.config import Record, SplitConfig
from scpo.errors import DataError

USERS = pa.DataFrameSchema(
    {
        "user_id": pa.Column(str, unique=True, description="identifier of a person, the unit of resampling"),
        "country": pa.Column(
            str, nullable=True, description="community of the person: ISO 3166 alpha-3, or a label; null is unknown"
        ),
        "split": pa.Column(str, pa.Check.isin(["train", "test"]), description="training or test user"),
    },
    strict=False,
    description="one row per person; further text columns are survey answers (facets), null where not given",
)

UTTERANCES = pa.DataFrameSchema(
    {
        "utterance_id": pa.Column(str, unique=True, description="identifier of a response"),
        "interaction_id": pa.Column(str, description="one prompt with all its responses"),
        "conversation_id": pa.Column(str, nullable=True, description="the conversation the interaction belongs to"),
        "user_id": pa.Column(str, description="who wrote the prompt and judged the response"),
        "turn": pa.Column(
            "Int32", pa.Check.ge(0), nullable=True, description="turn in the conversation, 0 is the first"
        ),
        "prompt": pa.Column(str, description="the human message of this turn"),
        "response": pa.Column(str, description="the response that was judged"),
        "score": pa.Column(
            float, nullable=True, description="the person's score, 1-100; NaN where only an order is known"
        ),
        "is_partner": pa.Column(
            "boolean", nullable=True, description="the response with which the conversation went on"
        ),
        "model_name": pa.Column(str, nullable=True, description="the model that wrote the response"),
        "flagged": pa.Column("boolean", nullable=True, description="response or prompt was flagged by moderation"),
    },
    strict=True,
    description="one row per judged response; its row number is its address in pairs, rewards and features",
)

PAIRS = pa.DataFrameSchema(
    {
        "pair_id": pa.Column(str, unique=True, description="identifier of a pair, stable across loads"),
        "user_id": pa.Column(str, description="who preferred"),
        "country": pa.Column(
            str, nullable=True, description="community of this pair; null counts for global models only"
        ),
        "interaction_id": pa.Column(str, description="pairs are built within an interaction, never across"),
        "chosen": pa.Column("int32", pa.Check.ge(0), description="row of the preferred response in utterances"),
        "rejected": pa.Column("int32", pa.Check.ge(0), description="row of the other response in utterances"),
        "margin": pa.Column(
            float, nullable=True, description="score(chosen) - score(rejected) > 0; NaN without scores"
        ),
        "choice_weight": pa.Column(
            float,
            pa.Check.gt(0),
            required=False,
            description="what a pair weighs in training beside a method's weight, mean 1; absent where all weigh 1",
        ),
    },
    strict=False,
    description="one row per preference; further text columns are facets such as conversation_type",
)

OPINIONS = pa.DataFrameSchema(
    {
        "question_id": pa.Column(str, description="hash of question text and options"),
        "question": pa.Column(str, description="the question, whitespace collapsed, placeholders as they are"),
        "country": pa.Column(str, description="ISO 3166 alpha-3"),
        "label": pa.Column(str, description="the country as the source writes it"),
        "option_index": pa.Column("int32", pa.Check.ge(0), description="position in the source's list, no scale value"),
        "option": pa.Column(str, description="answer text"),
        "share": pa.Column(float, pa.Check.in_range(0, 1), description="share of the country that gave this answer"),
        "is_answer": pa.Column(bool, description="false for non-answers such as DK/Refused"),
        "survey": pa.Column(str, nullable=True, description="GAS or WVS where known"),
        "n": pa.Column(
            float,
            pa.Check.gt(0),
            nullable=True,
            required=False,
            description="people of the country who answered the question; absent where the source does not say it",
        ),
    },
    strict=True,
    description="one row per question, country and option",
)

REWARDS = pa.DataFrameSchema(
    {
        "utterance": pa.Column("int32", pa.Check.ge(0), unique=True, description="row of the response in utterances"),
        "reward": pa.Column("float32", description="scalar reward of the model, logits without scale"),
    },
    strict=True,
    description="one row per scored response",
)

METRICS = pa.DataFrameSchema(
    {
        "tested_on": pa.Column(str, description="community whose test pairs were ranked"),
        "subset": pa.Column(str, pa.Check.isin(["all_country", "true_country", "excess"]), description="which number"),
        "value": pa.Column(
            float, pa.Check.in_range(-1, 1), nullable=True, description="accuracy, or excess; NaN without pairs"
        ),
        "low": pa.Column(float, nullable=True, description="lower end of the interval over users"),
        "high": pa.Column(float, nullable=True, description="upper end of the interval over users"),
        "level": pa.Column(float, description="confidence level"),
        "n_pairs": pa.Column("int64", pa.Check.ge(0), description="test pairs"),
        "n_users": pa.Column("int64", pa.Check.ge(0), description="test users with at least one such pair"),
        "n_ties": pa.Column("int64", pa.Check.ge(0), description="pairs with equal rewards, counted as wrong"),
        "design_effect": pa.Column(float, nullable=True, description="variance over users / variance over pairs"),
    },
    strict=True,
    description="accuracies and excess of one model on every community",
)


class LoadReport(Record):
    """What a loader read, kept and dropped. For every file: rows read = rows kept + rows dropped."""

    files: dict[str, int] = Field(default_factory=dict)
    """Rows read per file."""

    kept: dict[str, int] = Field(default_factory=dict)
    """Rows kept per file."""

    dropped: dict[str, dict[str, list[int]]] = Field(default_factory=dict)
    """File -> reason -> line numbers (1-based, as an editor shows them; for Parquet the 1-based row)."""

    pairs: int = 0
    ties: int = 0
    """Couples of responses with equal scores: they make no pair."""

    identical_texts: int = 0
    """Couples of responses with the same text: they make no pair."""

    single_responses: int = 0
    """Interactions with one response: they make no pair."""

    empty_responses: int = 0
    """Responses that are the text EMPTY STRING; they are kept."""

    notes: list[str] = Field(default_factory=list)
    """Sentences about what a user should know, for example that each row counts as its own user."""


class DatasetInfo(Record):
    """`dataset.json`: what a registered data set is and where it came from."""

    format_version: int = 1
    name: str
    source: str
    """Name of a row of `scpo.data.sources.SOURCES`."""

    location: str
    """Hub repository, file or folder it was read from (as the user named it)."""

    revision: str | None = None
    group: str = "country"
    """What the community is: the country of residence, or the name of the grouping column."""

    choice_weight: Literal["per-pair", "per-choice"] = "per-pair"
    """What the k pairs of one choice weigh in training: 1 each, or 1/k each (scaled to mean 1)."""

    licence: str
    citation: str | None = None
    synthetic: bool = False
    split: SplitConfig
    counts: dict[str, int] = Field(default_factory=dict)
    users_per_country: dict[str, int] = Field(default_factory=dict)
    pairs_per_country: dict[str, int] = Field(default_factory=dict)
    sha256: dict[str, str] = Field(default_factory=dict)
    """Table name -> sha256 of its Parquet file."""

    key: str = ""
    """Content key of the tables: equal data, equal key."""

    created_at: str = ""
    report: LoadReport


@dataclass(frozen=True)
class Tables:
    """What a loader returns, before it is registered. `users.split` is filled by `scpo.data.splits`."""

    users: pd.DataFrame
    utterances: pd.DataFrame
    pairs: pd.DataFrame
    report: LoadReport
    opinions: pd.DataFrame | None = None
    truth: dict[str, Any] = field(default_factory=dict)
    """Ground truth of a generated data set, JSON values; empty for real data."""


def validate(table: pd.DataFrame, schema: pa.DataFrameSchema, what: str) -> pd.DataFrame:
    """Check a table against its schema.

    Raises
    ------
    DataError
        With the first offending column, check and value.
    """
    try:
        return schema.validate(table)
    except pa.errors.SchemaError as error:
        raise DataError(f"table {what} is not as described in the data dictionary: {error}") from error
