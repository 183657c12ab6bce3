"""What a registered data set is: counts per community, other possible communities, and its card as Markdown."""

from __future__ import annotations

import pandas as pd

from scpo.data.communities import community_sizes
from scpo.data.countries import display_name
from scpo.data.sources import SOURCES
from scpo.data.tables import DatasetInfo
from scpo.definitions import NO_NOISE_FLOOR
from scpo.measures.families import TOO_FEW_USERS
from scpo.results.check import dropped_table
from scpo.results.markdown import escaped, markdown_table
from scpo.store import datasets
from scpo.store.cache import Store
from scpo.words import parts

SYNTHETIC = "Synthetic sample: says nothing about real countries."
"""Stands on top of every card of generated data."""

WEIGHTS = {
    "per-pair": "every pair weighs 1",
    "per-choice": "each of the k pairs of a choice weighs 1/k, scaled to mean 1",
}
"""What the pairs of one choice weigh."""

LIMITS = (
    "A number describes the people in these data, not a nation: they were not drawn as a random sample of it.",
    f"Communities with fewer than {TOO_FEW_USERS} test users are shown in grey, without rank, colour or verdict.",
    "A preference says which of two responses a person liked better at that moment, not what is right or safe.",
    "Differences between communities can come from what their people asked about, not only from what they prefer.",
)
"""What preferences of people do not show."""

SURVEY_LIMITS = (
    "There are no persons in these data: each question counts as one user, and intervals say how a number would vary "
    "with other questions of this kind.",
    f"Countries with fewer than {TOO_FEW_USERS} test questions are shown in grey, without rank, colour or verdict.",
    "A preference says which of two answers more people of a country gave, not what is right or safe.",
    "Countries answered different questions, so differences between them can come from what they were asked.",
    f"{NO_NOISE_FLOOR[0].upper()}{NO_NOISE_FLOOR[1:]}.",
)
"""What survey answers do not show."""


def limits(info: DatasetInfo) -> tuple[str, ...]:
    """Return what a data set does not show."""
    return SURVEY_LIMITS if SOURCES[info.source].unit == "question" else LIMITS


def community_counts(store: Store, name: str) -> pd.DataFrame:
    """Count users with pairs, and pairs, per community and side of the split.

    Returns
    -------
    DataFrame
        One row per community, most test users first: `country`, `name`, `users`, `train_users`, `test_users`, `pairs`,
        `train_pairs`, `test_pairs`, and `too_few_users`, fewer than ten test users.
    """
    pairs = datasets.load_dataset(store, name).pairs.dropna(subset="country")
    rows = []
    for label, found in pairs.groupby("country"):
        test = found["split"] == "test"
        rows.append(
            {
                "country": label,
                "name": display_name(str(label)),
                "users": found["user_id"].nunique(),
                "train_users": found.loc[~test, "user_id"].nunique(),
                "test_users": found.loc[test, "user_id"].nunique(),
                "pairs": len(found),
                "train_pairs": int((~test).sum()),
                "test_pairs": int(test.sum()),
            }
        )
    columns = ["country", "name", "users", "train_users", "test_users", "pairs", "train_pairs", "test_pairs"]
    table = pd.DataFrame(rows, columns=columns)
    table["too_few_users"] = table["test_users"] < TOO_FEW_USERS
    return table.sort_values(["test_users", "users", "name"], ascending=[False, False, True], ignore_index=True)


def other_communities(store: Store, name: str) -> pd.DataFrame:
    """List what may be a community instead.

    Returns
    -------
    DataFrame
        One row per survey answer with at least two values: `column`, `values`, `large` (values that at least ten users
        with pairs gave), `users` (with pairs and an answer).
    """
    info = datasets.load_info(store, name)
    sizes = community_sizes(datasets.load_tables(store, name), group=info.group)
    rows = [
        {
            "column": column,
            "values": len(found),
            "large": int((found >= TOO_FEW_USERS).sum()),
            "users": int(found.sum()),
        }
        for column, found in sizes.items()
        if len(found) > 1
    ]
    return pd.DataFrame(rows, columns=["column", "values", "large", "users"])


def data_card(info: DatasetInfo, counts: pd.DataFrame) -> str:
    """Write the card of a data set as Markdown.

    Parameters
    ----------
    info : DatasetInfo
        What is known about it.
    counts : DataFrame
        From `community_counts`.
    """
    unit, split = SOURCES[info.source].unit, info.split
    source = f"{info.source}, {info.location}" + (f", revision {info.revision}" if info.revision else "")
    facts = {
        "Source": source,
        "Licence": info.licence,
        "Citation": info.citation or "none given",
        "Community": " with ".join(parts(info.group)),
        "Split": f"{split.kind}, {100 * split.test_fraction:.1f} % of {unit}s for test, seed {split.seed}",
        "Weight in training": WEIGHTS[info.choice_weight],
        "Registered": info.created_at,
        "Content key": info.key,
        **{f"Rows in {table}": f"{n:,}" for table, n in info.counts.items()},
        "Ties (no pair)": f"{info.report.ties:,}",
        "Identical responses (no pair)": f"{info.report.identical_texts:,}",
        "Single responses (no pair)": f"{info.report.single_responses:,}",
        "Empty responses (kept)": f"{info.report.empty_responses:,}",
    }
    lines = [f"# Data card: {escaped(info.name)}", ""]
    if info.synthetic:
        lines += [f"**{SYNTHETIC}**", ""]
    lines += markdown_table(["Field", "Value"], [[name, value] for name, value in facts.items()])
    lines += ["", f"## Communities ({len(counts)})", ""]
    fields = ["name", "users", "train_users", "test_users", "pairs", "train_pairs", "test_pairs"]
    people = [f"{unit.capitalize()}s", f"Training {unit}s", f"Test {unit}s"]
    heads = ["Community", *people, "Pairs", "Training pairs", "Test pairs", "Note"]
    rows = [
        [*[str(row[field]) for field in fields], f"too few test {unit}s" if row["too_few_users"] else ""]
        for row in counts.to_dict("records")
    ]
    lines += markdown_table(heads, rows)
    lines += ["", "## What was read, and what was left out", ""]
    files = [[file, f"{n:,}", f"{info.report.kept.get(file, 0):,}"] for file, n in info.report.files.items()]
    lines += markdown_table(["File", "Rows read", "Rows kept"], files) if files else ["Nothing was read from a file."]
    dropped = dropped_table(info.report)
    if len(dropped):
        rows = [[r["file"], r["reason"], f"{r['n']:,}", r["lines"]] for r in dropped.to_dict("records")]
        lines += ["", *markdown_table(["File", "Dropped because", "Rows", "Lines"], rows)]
    else:
        lines += ["", "No row was dropped."]
    lines += [f"- {escaped(note)}" for note in info.report.notes]
    lines += ["", "## Limits", "", *[f"- {limit}" for limit in limits(info)]]
    lines += ["", "## Files", "", *markdown_table(["Table", "sha256"], [[t, sha] for t, sha in info.sha256.items()])]
    return "\n".join(lines) + "\n"
