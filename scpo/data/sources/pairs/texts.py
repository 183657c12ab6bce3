"""Rows whose cells are written conversations: prompt, history and responses are taken out of them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from scpo.data.conversations import Exchange, NotAConversation, exchange
from scpo.data.limits import check_time
from scpo.words import counted

HISTORY = "history"
"""Column of the messages before the prompt, as JSON; None where there are none."""

UNREADABLE = "unreadable"
"""Column of the reason why the conversation of a row cannot be used; None where it can."""


def with_exchanges(path: Path, rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Replace written conversations in `prompt`, `chosen` and `rejected` by their texts.

    Parameters
    ----------
    rows : DataFrame
        `prompt`, `chosen` and `rejected`; the prompt is None where it stands inside the responses.
    notes : list of str
        Gets sentences with the numbers of rows.

    Returns
    -------
    DataFrame
        The rows; where there was a conversation with the columns `history` and `unreadable`.
    """
    found: dict[int, Exchange | str] = {}
    cells = rows[["prompt", "chosen", "rejected"]]
    for i, (prompt, chosen, rejected) in enumerate(cells.itertuples(index=False, name=None)):
        check_time(path.name)
        if chosen is None or rejected is None:
            continue
        try:
            read = exchange(prompt, (chosen, rejected))
        except NotAConversation as reason:
            found[i] = str(reason)
            continue
        if read is not None:
            found[i] = read
    if not found:
        return rows
    texts = {name: rows[name].to_list() for name in ("prompt", "chosen", "rejected")}
    history: list[str | None] = rows[HISTORY].to_list() if HISTORY in rows.columns else [None] * len(rows)
    unreadable: list[str | None] = [None] * len(rows)
    for i, one in found.items():
        if isinstance(one, str):
            unreadable[i] = one
            continue
        texts["prompt"][i], (texts["chosen"][i], texts["rejected"][i]) = one.prompt, one.responses
        history[i] = json.dumps(one.history, ensure_ascii=False) if one.history else history[i]
    _note(path, [one for one in found.values() if not isinstance(one, str)], notes)
    return rows.assign(
        **{name: pd.Series(column, dtype=object) for name, column in texts.items()},
        **{HISTORY: pd.Series(history, dtype=object), UNREADABLE: pd.Series(unreadable, dtype=object)},
    )


def _note(path: Path, read: list[Exchange], notes: list[str]) -> None:
    kinds = {
        "is a written conversation": "are written conversations",
        "has turns before the prompt, read with --context history": "have turns before the prompt, read with --context "
        "history",
        "has a text of the system; it stands before the first message of the user": "have a text of the system; it "
        "stands before the first message of the user",
        "is judged over several turns; what follows the first message is one response": "are judged over several "
        "turns; what follows the first message is one response",
    }
    counts = [
        len(read),
        sum(bool(one.history) for one in read),
        sum(one.with_system for one in read),
        sum(one.joined for one in read),
    ]
    notes += [
        f"{path.name}: {counted(n, f'row {one}', f'rows {many}')}."
        for n, (one, many) in zip(counts, kinds.items(), strict=True)
        if n
    ]
