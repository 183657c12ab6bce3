"""The document of ``scpo behaviour --json``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from scpo.config import EvaluationConfig
from scpo.measures.estimate import known
from scpo.measures.evaluation import CountryModel
from scpo.results.behaviour.community import Community, communities
from scpo.results.behaviour.curve import curve_table
from scpo.results.behaviour.table import behaviour_table
from scpo.results.behaviour.turns import changed_turns
from scpo.results.behaviour.writers import JUDGES, writer_table
from scpo.results.frontier import MEAN
from scpo.store.scored import FinishedRun, Scored

ESTIMATES = (
    *("picked", "changed", "best", "gain", "over_random", "below_best"),
    *("score", "score_best", "score_random", "score_gain"),
    *("words", "words_gain", "characters", "characters_gain"),
)
"""Numbers of a row, by the beginning of their columns in `behaviour_table`."""


def behaviour_document(
    scored: Scored,
    runs: Sequence[FinishedRun],
    config: EvaluationConfig,
    *,
    countries: Sequence[str] | None = None,
    writers_of: Sequence[CountryModel] = (),
) -> dict[str, Any]:
    """Build the document of ``scpo behaviour --json``.

    Parameters
    ----------
    writers_of : sequence of CountryModel
        The models of the setting whose ranking of writers, and whose changed turns, are told.

    Returns
    -------
    dict
        `rows`: one per country and setting, the global model (`method` ``global``) and the mean (`country` ``mean``)
        among them, with the numbers of `behaviour_table` as estimates (`n_turns` for `n_pairs`; `gain` with `p` and
        `holm_p`). `curves`: per country and setting the `points` from random to best-of-n (`b` null is random), and
        `fall` from the highest point. `writers`, `changed_turns` (rows of utterances, no texts). `turns`: per country
        how many turns there are, by number of candidates, and what is left out. Fractions; unknown is null.
    """
    table = behaviour_table(scored, runs, config, countries=countries)
    curves = curve_table(scored, runs, level=config.level, countries=countries)
    shown = set(table["country"]) - {MEAN} if len(table) else set()
    return {
        "rows": [_row(row) for row in records(table)],
        "curves": [_curve(found) for _, found in _grouped(curves)],
        "writers": [_writer(row) for row in records(writer_table(scored, writers_of, level=config.level))],
        "changed_turns": [
            {key: known(value) if isinstance(value, float) else value for key, value in row.items()}
            for row in records(changed_turns(scored, writers_of))
        ],
        "turns": [_turns(one) for one in communities(scored, shown).values()],
    }


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def estimate_json(row: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an estimate over turns from its columns: the contract's keys, `n_turns` for pairs."""
    return {
        "value": known(row[f"{name}_value"]),
        "low": known(row[f"{name}_low"]),
        "high": known(row[f"{name}_high"]),
        "level": row["level"],
        "n_pairs": None,
        "n_turns": int(row[f"{name}_n_turns"]),
        "n_users": int(row[f"{name}_n_users"]),
    }


def _setting(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "country": row["country"],
        "method": row["method"],
        "tau": known(row["tau"]),
        "beta": known(row["beta"]),
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    gain = estimate_json(row, "gain") | {"p": known(row["gain_p"])}
    return {
        **_setting(row),
        "countries": row["countries"],
        "runs": row["runs"],
        "seeds": row["seeds"],
        "control": bool(row["control"]),
        "n_turns": int(row["n_turns"]),
        "n_users": int(row["n_users"]),
        "random": row["random_value"],
        **{name: estimate_json(row, name) for name in ESTIMATES},
        "gain": gain,
        "holm_p": known(row["gain_holm"]),
        "smallest_visible": known(row["gain_visible"]),
        "too_few_users": bool(row["too_few_users"]),
    }


def _grouped(curves: pd.DataFrame) -> Any:
    if curves.empty:
        return ()
    return curves.groupby("curve", sort=False)


def _curve(found: pd.DataFrame) -> dict[str, Any]:
    rows = records(found)
    points = [
        {
            "b": None if math.isinf(row["b"]) else row["b"],
            "kl": estimate_json(row, "kl"),
            "picked": estimate_json(row, "picked"),
            "reward": estimate_json(row, "reward"),
        }
        for row in rows
    ]
    return {
        **_setting(rows[0]),
        "unit": known(rows[0]["unit"]),
        "points": points,
        "peak": int(rows[0]["peak_step"]),
        "fall": estimate_json(rows[0], "fall"),
    }


def _writer(row: dict[str, Any]) -> dict[str, Any]:
    def judged(judge: str) -> dict[str, Any]:
        ends = {end: known(row[f"{judge}_{end}"]) for end in ("value", "low", "high")}
        rank = [row[f"{judge}_rank_best"], row[f"{judge}_rank_worst"]]
        return {
            "share": ends | {"level": row["level"], "n_pairs": row["n_pairs"], "n_users": row["n_users"]},
            "strength": known(row[f"{judge}_strength"]),
            "rank": None if pd.isna(rank[0]) else [int(one) for one in rank],
        }

    return {"writer": row["writer"], **{judge: judged(judge) for judge in JUDGES}}


def _turns(one: Community) -> dict[str, Any]:
    sizes = pd.Series(one.turns.size).value_counts().sort_index()
    return {
        "country": one.code,
        "n_turns": one.turns.n_turns,
        "n_candidates": {str(size): int(count) for size, count in sizes.items()},
        "n_scored": int(one.turns.summed(pd.notna(one.score).astype(float)).astype(bool).sum()),
        "left_out": dict(one.left_out),
    }
