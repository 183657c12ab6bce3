"""The documents of ``scpo opinions --json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scpo.config import EvaluationConfig
from scpo.definitions import NO_NOISE_FLOOR
from scpo.measures.question_means import QuestionMean
from scpo.measures.survey import LEAST_SHARED, couple_distance
from scpo.results.model_opinions import Opinionated, closeness_table
from scpo.results.survey import Surveyed, couple_table, question_table


def couples_document(
    surveyed: Surveyed, config: EvaluationConfig, *, countries: Sequence[str] | None = None
) -> dict[str, Any]:
    """Build the document of ``scpo opinions --data NAME --json``: all couples, the most different first."""
    table = couple_table(surveyed, config, countries=countries)
    listed = [
        {"first": row["first"], "second": row["second"], "distance": _estimate(row, "distance_", config)}
        for row in table.to_dict("records")
    ]
    chosen = surveyed.answers.countries if countries is None else list(dict.fromkeys(countries))
    n_questions = surveyed.answers.n_questions
    return {
        **_about(surveyed),
        "countries": [{"country": country, "n_questions": n_questions[country]} for country in chosen],
        "couples": listed,
        "most_different": listed[0] if listed else None,
        "least_shared_questions": LEAST_SHARED,
        "couples_left_out": len(chosen) * (len(chosen) - 1) // 2 - len(listed),
    }


def couple_document(surveyed: Surveyed, first: str, second: str, config: EvaluationConfig) -> dict[str, Any]:
    """Build the document of ``scpo opinions --data NAME --couple A,B --json``: the questions that divide them."""
    table = question_table(surveyed, first, second)
    mean = couple_distance(surveyed.answers, first, second, config)
    return {
        **_about(surveyed),
        "first": first,
        "second": second,
        "distance": mean.to_json(),
        "questions": [
            {
                "question_id": row["question_id"],
                "question": row["question"],
                "distance": row["distance"],
                "answers": [{"option": option, first: a, second: b} for option, a, b in row["answers"]],
            }
            for row in table.to_dict("records")
        ],
    }


def closeness_document(
    surveyed: Surveyed,
    found: Opinionated,
    countries: Sequence[str],
    config: EvaluationConfig,
    *,
    model: str,
    temperature: float,
) -> dict[str, Any]:
    """Build the document of ``scpo opinions --data NAME --model REF --json``, one row per model and country."""
    table = closeness_table(surveyed, found.models, countries, config)
    labels = ("run", "trained_on", "trained_for", "method", "tau", "beta", "seed", "tested_on")
    rows = [
        {
            **{key: _value(row[key]) for key in labels},
            "closeness": _estimate(row, "closeness_", config),
            "global": _estimate(row, "global_", config),
            "from_uniform": _estimate(row, "uniform_", config),
            "difference": {**_estimate(row, "diff_", config), "p": _value(row["p"])},
            "holm_p": _value(row["holm"]),
            "test_questions_only": bool(row["test_questions_only"]),
        }
        for row in table.to_dict("records")
    ]
    return {
        **_about(surveyed),
        "model": model,
        "temperature": temperature,
        "countries": list(countries),
        "rows": rows,
        "not_scored": found.not_scored,
    }


def _about(surveyed: Surveyed) -> dict[str, Any]:
    return {
        "data": surveyed.info.name,
        "n_questions": int(surveyed.answers.offered.any(axis=1).sum()),
        "n_questions_without_choice": surveyed.answers.n_without_choice,
        "non_answers": "counted as options" if surveyed.non_answers else "left out, the rest renormalised",
        "noise_floor": None,
        "noise_floor_note": NO_NOISE_FLOOR,
    }


def _estimate(row: dict[Any, Any], prefix: str, config: EvaluationConfig) -> dict[str, Any]:
    value, low, high = (row[f"{prefix}{name}"] for name in ("value", "low", "high"))
    return QuestionMean(value, low, high, config.level, int(row[f"{prefix}n_questions"])).to_json()


def _value(value: Any) -> Any:
    """Return a JSON value: null for NaN, whole numbers as such."""
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return int(value) if isinstance(value, np.integer) else value
