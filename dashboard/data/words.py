"""The upload wizard in words: names, sentences, the command of a registration. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from dashboard.kit import text
from scpo.store.scores import HISTORY
from scpo.words import joined

FIELDS = {
    "prompt": "Prompt",
    "chosen": "Chosen response",
    "rejected": "Rejected response",
    "user_id": "User",
    "country": "Country",
    "interaction_id": "Interaction",
}
"""Fields of a pairs file in the order of the form."""

COMPARED = {
    "prompt": "Prompt",
    "response_a": "Response A",
    "response_b": "Response B",
    "winner": "Winner",
    "user_id": "User",
    "country": "Country",
}
"""Fields of a file of comparisons."""

SHAPES = {"Chosen and rejected": FIELDS, "Two responses and a winner": COMPARED}
NEEDED = ("prompt", "chosen", "rejected", "response_a", "response_b", "winner")
HELP = {
    "prompt": "What was asked.",
    "chosen": "The response the person preferred.",
    "rejected": "The other response.",
    "response_a": "The first response.",
    "response_b": "The second response.",
    "winner": "Which one the person preferred: a, b, model_a, left, the column's name … or tie.",
    "user_id": "Who preferred. Without it each row counts as a person of its own, and intervals get too narrow.",
    "country": "A country: ISO code or English name. For other communities leave it empty and choose below.",
    "interaction_id": "Rows of one prompt and one person; found by itself without it.",
}
NO_COLUMN = "Not in the file"
COUNTRY = "country"

READS = {"Each turn alone": "", "The conversation before it": HISTORY}
"""What a model may read of a conversation, and what is added to its name then."""

READ_ONLY = "This dashboard is read-only: it checks no files and registers no data."
FORMAT = (
    "One row per preference: a prompt, the response a person chose and the one they rejected. Better also: who chose "
    "(a user id, any text) and where from. Other columns can become communities."
)
PRIVACY = "The file stays on the machine this dashboard runs on; an upload that is not registered is deleted."


def name_problem(name: str, taken: Collection[str]) -> str | None:
    """Say what is wrong with the name of a new data set; None if nothing is."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        return "A name has 1 to 64 letters, digits, dots, dashes or underscores, and begins with a letter or digit."
    return f"There is a data set named {name} already: choose another name." if name in taken else None


def proposed_name(file: str, taken: Collection[str]) -> str:
    """Propose a name that is free: that of the file, numbered if need be."""
    stem = re.sub(r"[^a-z0-9]+", "-", file.rsplit(".", 1)[0].lower()).strip("-")[:40] or "mine"
    numbered = [stem, *(f"{stem}-{n}" for n in range(2, 1000))]
    return next(name for name in numbered if name not in taken)


def group_option(communities: Sequence[str]) -> str | None:
    """Return what ``--group`` gets: None for the mapped country alone, or no community at all."""
    return None if list(communities) in ([], [COUNTRY]) else joined(communities)


def add_words(name: str, path: Path, mapping: Mapping[str, str], group: str | None, test_fraction: float) -> list[str]:
    """Return the command that registers an uploaded file, without ``scpo``."""
    return [
        "data", "add", name, "--source=pairs", f"--path={path}",
        *(f"--map={field}={column}" for field, column in mapping.items()),
        *([f"--group={group}"] if group else []),
        f"--test-fraction={test_fraction:g}",
    ]  # fmt: skip


def missing(mapping: Mapping[str, str], fields: Mapping[str, str]) -> str | None:
    """Say which needed columns are not chosen yet, or which column is chosen twice; None if all is well."""
    absent = [label.lower() for field, label in fields.items() if field in NEEDED and field not in mapping]
    if absent:
        return f"Choose the column of: {', '.join(absent)}."
    twice = [column for column in mapping.values() if list(mapping.values()).count(column) > 1]
    if twice:
        names = [fields[field].lower() for field, column in mapping.items() if column == twice[0]]
        return f"The column {twice[0]} cannot be {' and '.join(names)} at once."
    return None


def verdict(document: Mapping[str, Any]) -> str:
    """Say in a sentence what of a file would be used."""
    read, kept = sum(document["files"].values()), sum(document["kept"].values())
    dropped = f"{'none' if read == kept else f'{read - kept:,}'} of {text.count(read, 'row')} dropped"
    users, communities = document["users"], len(document["users_per_country"])
    return (
        f"{text.count(document['pairs'], 'pair')} of {text.count(users, 'user')} in "
        f"{text.count(communities, 'community', 'communities')}; {dropped}"
    )


def verdicts(users: Mapping[str, int], share: float) -> str:
    """Say how many communities would have enough test users, as the stratified split rounds."""
    if not users:
        return "Without a community nothing can be compared, but a global model can be trained on these pairs."
    enough = sum(int(share * n + 0.5) >= text.FEW_USERS for n in users.values())
    least = next(n for n in range(1, 10_000) if int(share * n + 0.5) >= text.FEW_USERS)
    known = text.count(len(users), "community", "communities")
    return (
        f"With {100 * share:.0f}\u00a0% for test, {enough} of {known} would have {text.FEW_USERS} test users; "
        f"that takes {least} users of a community."
    )


def size(number: int) -> str:
    """Write the size of a file."""
    return f"{number / 1e6:.1f} MB" if number >= 1e6 else f"{max(1, round(number / 1e3))} kB"


def counted(document: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of a check in the order of the page."""
    read, kept = sum(document["files"].values()), sum(document["kept"].values())
    return {
        "Rows": read,
        "Dropped": read - kept,
        "Pairs": document["pairs"],
        "Ties": document["ties"],
        "Users": document["users"],
        "Communities": len(document["users_per_country"]),
    }
