"""Clean rows of a pairs file to the engine's tables: users, each response once, and pairs that point to them."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd

from scpo.data.pairing import EMPTY_RESPONSE
from scpo.data.sources.pairs.texts import HISTORY
from scpo.data.tables import LoadReport, Tables
from scpo.words import counted

SCORES = ("score_of_chosen", "score_of_rejected")
MODELS = ("model_of_chosen", "model_of_rejected")
_TAKEN = (
    *("prompt", "chosen", "rejected", "country", "user_id", "interaction_id", "line", HISTORY),
    *SCORES,
    *MODELS,
)


def build_tables(rows: pd.DataFrame, report: LoadReport, file: str, *, grouped: bool) -> Tables:
    """Build the tables from rows that all are usable pairs.

    Parameters
    ----------
    rows : DataFrame
        `prompt`, `chosen`, `rejected`, `country`, `line`, perhaps `user_id` and `interaction_id`, and facets; text or
        None. Perhaps also the `SCORES` (float, NaN where only an order is known) and `MODELS` of the responses.
    report : LoadReport
        Completed here: counts and notes.
    file : str
        Name of the file, for the notes.
    grouped : bool
        The community is the value of a grouping column, not a country.
    """
    facets = [name for name in rows.columns if name not in _TAKEN]
    user_id = _users_of_rows(rows, report, file)
    interaction_id = _interactions_of_rows(rows, user_id, report, file)
    utterances, chosen, rejected = _utterances(rows, user_id, interaction_id)
    if HISTORY in rows.columns:
        utterances = _with_history(utterances, rows[HISTORY], chosen)
    pairs = pd.DataFrame(
        {
            "pair_id": _pair_ids(utterances, interaction_id, chosen, rejected),
            "user_id": pd.Series(user_id, dtype="str"),
            "country": rows["country"],
            "interaction_id": pd.Series(interaction_id, dtype="str"),
            "chosen": chosen,
            "rejected": rejected,
            "margin": rows[SCORES[0]] - rows[SCORES[1]] if SCORES[0] in rows.columns else np.nan,
            **{name: rows[name] for name in facets},
        }
    )
    users = _users(pairs, facets if "user_id" in rows.columns else [], report, file, grouped=grouped)
    report.pairs = len(pairs)
    report.empty_responses = int((utterances["response"] == EMPTY_RESPONSE).sum())
    report.notes.extend(_contradictions(pairs, file))
    return Tables(users=users, utterances=utterances, pairs=pairs, report=report)


def _users_of_rows(rows: pd.DataFrame, report: LoadReport, file: str) -> np.ndarray:
    own = np.array([f"row-{line}" for line in rows["line"]], dtype=object)
    if "user_id" not in rows.columns:
        report.notes.append(
            f"{file} names no users: each row counts as its own user, so intervals may be too narrow and pairs of one "
            "person may lie on both sides of the split."
        )
        return own
    absent = np.array([cell is None or not cell.strip() for cell in rows["user_id"]], dtype=bool)
    if absent.any():
        report.notes.append(
            f"{file}: {counted(absent.sum(), 'row has', 'rows have')} no user_id; each of them counts as its own user."
        )
    return np.where(absent, own, rows["user_id"].to_numpy())


def _interactions_of_rows(rows: pd.DataFrame, user_id: np.ndarray, report: LoadReport, file: str) -> np.ndarray:
    """Interaction of each row: of one user and one prompt, whatever the file says."""
    prompts = rows["prompt"].to_numpy()
    codes = _numbered(user_id, prompts)
    first = np.unique(codes, return_index=True)[1]
    generated = np.array(
        [
            f"{user}/{hashlib.sha256(prompt.encode()).hexdigest()[:12]}"
            for user, prompt in zip(user_id[first], prompts[first], strict=True)
        ],
        dtype=object,
    )[codes]
    if "interaction_id" not in rows.columns:
        return generated
    given = rows["interaction_id"].to_numpy()
    absent = np.array([cell is None or not cell.strip() for cell in given], dtype=bool)
    meanings = pd.Series(codes).groupby(pd.Series(given)).transform("nunique").fillna(1).to_numpy()
    shared = ~absent & (meanings > 1)
    if shared.any():
        n = pd.Series(given[shared]).nunique()
        report.notes.append(
            f"{file}: {counted(n, 'value of interaction_id stands', 'values of interaction_id stand')} for more than "
            "one user or prompt; each user and prompt is an interaction of its own."
        )
    own_name = np.array([f"{label}@{name}" for label, name in zip(given, generated, strict=True)], dtype=object)
    return np.where(absent, generated, np.where(shared, own_name, given))


def _numbered(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Number the different couples of two columns from 0, by their first occurrence."""
    left, right = pd.factorize(first)[0], pd.factorize(second)[0]
    return pd.factorize(left * (right.max(initial=0) + 1) + right)[0]


def _utterances(
    rows: pd.DataFrame, user_id: np.ndarray, interaction_id: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Each different response of an interaction once, in file order; and the rows of chosen and rejected."""
    # Row k of the file gives responses 2k (chosen) and 2k + 1 (rejected). Texts are told apart where they stand: only
    # those that stay are written into a table.
    responses = _of_both(rows, ("chosen", "rejected"), None)
    address = _numbered(np.repeat(interaction_id, 2), responses)
    first = np.unique(address, return_index=True)[1]
    row = first // 2
    unique = pd.DataFrame({"interaction_id": interaction_id[row]})
    position = unique.groupby("interaction_id", sort=False).cumcount()
    size = len(unique)
    utterances = pd.DataFrame(
        {
            "utterance_id": unique["interaction_id"].astype("str") + ":" + position.astype("str"),
            "interaction_id": unique["interaction_id"].astype("str"),
            "conversation_id": pd.Series([None] * size, dtype=object),
            "user_id": pd.Series(user_id[row], dtype="str"),
            "turn": pd.array([pd.NA] * size, dtype="Int32"),
            "prompt": pd.Series(rows["prompt"].to_numpy()[row], dtype="str"),
            "response": pd.Series(responses[first], dtype="str"),
            "score": _of_both(rows, SCORES, np.nan)[first].astype(np.float64),
            "is_partner": pd.array([pd.NA] * size, dtype="boolean"),
            "model_name": pd.Series(_of_both(rows, MODELS, None)[first], dtype=object),
            "flagged": pd.array([pd.NA] * size, dtype="boolean"),
        }
    )
    return utterances, address[0::2].astype(np.int32), address[1::2].astype(np.int32)


def _of_both(rows: pd.DataFrame, names: tuple[str, str], absent: float | None) -> np.ndarray:
    """Values of chosen and rejected in turns, shape (2 n,); `absent` throughout where the columns are not there."""
    values = np.full(2 * len(rows), absent, dtype=object)
    if names[0] in rows.columns:
        values[0::2], values[1::2] = rows[names[0]].to_numpy(), rows[names[1]].to_numpy()
    return values


def _with_history(utterances: pd.DataFrame, history: pd.Series, chosen: np.ndarray) -> pd.DataFrame:
    """Add the turns before a prompt as rows of its conversation, so that they can be read as context.

    A conversation is that of one interaction; its earlier turns have one response each, the one it went on with.
    """
    told = pd.DataFrame({"interaction_id": utterances["interaction_id"].to_numpy()[chosen], "history": history})
    told = told.dropna().drop_duplicates("interaction_id")
    if told.empty:
        return utterances
    utterances = utterances.copy()
    users = utterances.drop_duplicates("interaction_id").set_index("interaction_id")["user_id"]
    before: list[dict[str, object]] = []
    turns: dict[str, int] = {}
    for interaction, text in told.itertuples(index=False):
        asked: list[str] = []
        answered: list[list[str]] = []
        for message in json.loads(text):
            if message["role"] == "user":
                asked.append(message["content"])
                answered.append([])
            elif answered:
                answered[-1].append(message["content"])
        turns[interaction] = len(asked)
        before += [
            {
                "utterance_id": f"{interaction}:before-{turn}",
                "interaction_id": f"{interaction}:before-{turn}",
                "conversation_id": interaction,
                "user_id": users[interaction],
                "turn": turn,
                "prompt": prompt,
                "response": "\n\n".join(responses),
                "is_partner": True,
            }
            for turn, (prompt, responses) in enumerate(zip(asked, answered, strict=True))
        ]
    known = utterances["interaction_id"].isin(turns)
    utterances.loc[known, "conversation_id"] = utterances.loc[known, "interaction_id"]
    utterances["turn"] = utterances["interaction_id"].map(turns).astype("Int32")
    more = pd.DataFrame(before).reindex(columns=utterances.columns)
    more = more.astype({name: utterances[name].dtype for name in ("turn", "is_partner", "flagged", "score")})
    more["model_name"] = None
    return pd.concat([utterances, more.astype({"model_name": object})], ignore_index=True)


def _pair_ids(
    utterances: pd.DataFrame, interaction_id: np.ndarray, chosen: np.ndarray, rejected: np.ndarray
) -> pd.Series:
    """Name pairs ``interaction:i-j`` by the positions of the two responses; a repeat (other country) gets ``#2``."""
    position = utterances["utterance_id"].str.rsplit(":", n=1).str[1].to_numpy(dtype=object)
    ids = pd.Series(interaction_id, dtype="str") + ":" + position[chosen] + "-" + position[rejected]
    repeat = ids.groupby(ids).cumcount()
    return ids.where(repeat == 0, ids + "#" + (repeat + 1).astype("str"))


def _users(pairs: pd.DataFrame, facets: list[str], report: LoadReport, file: str, *, grouped: bool) -> pd.DataFrame:
    """One row per user in file order; a facet that never differs within a person is also a facet of the person."""
    by_user = pairs.groupby("user_id", sort=False)
    counts = pairs.dropna(subset="country").groupby(["user_id", "country"]).size().rename("n").reset_index()
    several = int(counts["user_id"].duplicated().groupby(counts["user_id"]).any().sum())
    if several:
        what = "values of the grouping column" if grouped else "countries"
        report.notes.append(
            f"{file}: {counted(several, 'user has', 'users have')} pairs of several {what}; each pair keeps its own, "
            "and the user counts for the most frequent one in the split."
        )
    most = counts.sort_values(["n", "country"], ascending=[False, True]).drop_duplicates("user_id")
    country = most.set_index("user_id")["country"]
    ids = pairs["user_id"].drop_duplicates()
    users = pd.DataFrame({"user_id": ids.to_numpy(), "country": _text(ids.map(country))})
    users["user_id"] = users["user_id"].astype("str")
    if len(users) == len(pairs):
        return users
    own = {name: _text(by_user[name].first()) for name in facets if by_user[name].nunique().le(1).all()}
    return pd.concat([users, pd.DataFrame(own, index=users.index)], axis=1)


def _contradictions(pairs: pd.DataFrame, file: str) -> list[str]:
    low = pairs[["chosen", "rejected"]].min(axis=1)
    high = pairs[["chosen", "rejected"]].max(axis=1)
    both_ways = pairs["chosen"].lt(pairs["rejected"]).groupby([low, high]).nunique()
    n = int((both_ways > 1).sum())
    if not n:
        return []
    couples = counted(n, "couple of responses is", "couples of responses are")
    return [f"{file}: {couples} preferred in both directions; all are kept."]


def _text(column: pd.Series) -> pd.Series:
    """Text cells as an object column with a fresh index, None where absent."""
    return pd.Series([cell if isinstance(cell, str) else None for cell in column], dtype=object)
