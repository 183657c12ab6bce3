"""The page Compare in words: who is ahead, which interval to trust, and what was asked differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.kit import text
from dashboard.kit.verdicts import compared, compared_briefly
from scpo.results import MEAN
from scpo.results.compare import OUTCOMES
from scpo.results.sides import GLOBAL, Side

LETTERS = "ABCD"

MOST_LISTED = 3
"""Of more values of one setting only their number is written."""

ALIKE = 1.2
"""From this design effect on, pairs of one person are called alike."""

HOW = {
    "sides": "**A setting** stands for the models of its countries, each on the pairs of its own, seeds averaged. "
    "**Home** are the countries that both sides were trained for, or if there is none those that either was.",
    "families": "**Corrected**: Holm over all countries with a model and ten users, shown or not, and over all other "
    "sides; the means, the countries at home and the others are families of their own. A country's gain over the "
    "global model is not better established than the mean. Between two others no mean is a gate.",
    "outcomes": "**Right**: the model prefers what the person preferred; at a margin of 0 it does not. Of a setting "
    "with several seeds the mean reward decides, so counts and the difference of accuracies, which is a mean over "
    "seeds, may differ a little. A person counts under each outcome that one of their pairs has. Counts are no "
    "estimates: they have no interval.",
    "mcnemar": "**McNemar's exact test** asks whether the two counts on which the sides disagree could be tosses of a "
    "coin. It takes pairs for independent. Pairs of one person are not, so the interval over users decides.",
    "margin": "**Margin**: reward of the preferred response minus that of the other, the mean over seeds. Rewards of "
    "different models need not have one scale: what counts is the side of 0 on which a point lies.",
}
"""What only these charts explain; the rest stands in `scpo.definitions`."""

MEASURES: dict[str, str] = {
    "all_country": "All-country",
    "true_country": "True-country",
    "excess": "Excess",
}
OUTCOME_LABELS = dict(zip(OUTCOMES, ("Both right", "Only {first}", "Only {second}", "Both wrong"), strict=True))


def outcome_labels(first: str, second: str) -> dict[str, str]:
    """Name the four outcomes of two sides by their letters."""
    return {name: label.format(first=first, second=second) for name, label in OUTCOME_LABELS.items()}


def headline_rows(table: pd.DataFrame, second: str) -> pd.DataFrame:
    """Return the rows that a headline is about: the mean, or without one the only country at home, by measure.

    Without either, the first community at home.
    """
    mine = table[(table["second"] == second) & table["home"]]
    means = mine[mine["country"] == MEAN]
    return means if len(means) else mine[mine["country"] == mine["country"].iloc[0]] if len(mine) else mine


def title(table: pd.DataFrame, second: str, first: str, other: str) -> str:
    """Write the finding of the first two sides."""
    rows = headline_rows(table, second)
    if rows.empty:
        return f"{first} and {other} were trained for other communities than those of the test pairs"
    parts = [f"{MEASURES[row['subset']]}: {compared_briefly(row, first, other)}" for _, row in rows.iterrows()]
    said = [parts[0], *(f"{one[0].lower()}{one[1:]}" for one in parts[1:])]
    name = rows["name"].iloc[0]
    where = f"{name[:1].lower()}{name[1:]}" if rows["country"].iloc[0] == MEAN else name
    return f"{'; '.join(said)} ({where})"


def verdicts(table: pd.DataFrame, second: str, first: str, other: str) -> list[str]:
    """Write one sentence per measure."""
    return [compared(row, first, other) for _, row in headline_rows(table, second).iterrows()]


def corrected(table: pd.DataFrame, *, chosen: bool) -> str:
    """Say over what the p-values of the communities are corrected."""
    cells = table[table["country"] != MEAN]
    sizes = {
        word: cells.loc[where, "n_family"].max()
        for word, where in (("at home", cells["home"]), ("elsewhere", ~cells["home"]))
    }
    over = [f"{text.count(size, 'comparison')} {word}" for word, size in sizes.items() if size > 0]
    if not over:
        return "No community has ten test users: nothing is tested."
    return f"Filled: beyond chance, corrected over {' and '.join(over)}{', selected or not' if chosen else ''}."


def trust(row: pd.Series, verdict_row: pd.Series, seeds: str) -> list[str]:
    """Say why the interval over users is the one to trust, and what the naive one and McNemar's test say.

    Parameters
    ----------
    row : Series
        Of `comparison_table`, on all pairs.
    verdict_row : Series
        Of `verdict_table`, on the same pairs.
    seeds : str
        What the interval contains of the variance between seeds.
    """
    said = ["Pairs of one person are not independent, so an interval has to ask how the difference varies over people."]
    width, naive = row["diff_high"] - row["diff_low"], row["naive_high"] - row["naive_low"]
    effect = row["design_effect"]
    if not pd.isna(effect):
        why = "pairs of one person are alike" if effect > ALIKE else "here pairs of one person are hardly alike"
        said.append(f"The design effect, variance over people by variance over pairs, is {effect:.1f}: {why}.")
    said.append(seeds)
    if naive > 0 and width > 0:
        ends = text.points_range(row["naive_low"], row["naive_high"])
        times = f"{width / naive:.1f}"
        wide = f"{times} times as wide as" if width > naive and times != "1.0" else "no wider than"
        said.append(f"In all it is {wide} if pairs were independent, which gives {ends}.")
    if not pd.isna(verdict_row["mcnemar_p"]):
        counts = f"{verdict_row['only_first']:,} pairs against {verdict_row['only_second']:,}"
        said.append(f"McNemar's exact test on {counts} has p {text.p_value(verdict_row['mcnemar_p'])}.")
        said.append("It takes pairs for independent: context, no verdict.")
    return said


def seeds_sentence(first: Side, second: Side, *, mean: bool) -> str:
    """Say whether an interval contains the variance between seeds."""
    trained = [side for side in (first, second) if side.models]
    if mean and all(len(model.runs) > 1 for side in trained for model in side.models):
        return "The interval of the mean also contains how much seeds differ."
    return "The interval does not contain how much another seed would change."


def cautions(first: Side, second: Side) -> list[str]:
    """Say what the true-country difference cannot tell."""
    if GLOBAL in (first.key, second.key):
        return [
            "The global model has 0 where it is wrong, by construction: any change recovers something, so read the "
            "excess."
        ]
    return ["What moves further from the global model recovers more, whatever it knows: the excess takes that out."]


def missing(left_out: Mapping[str, Sequence[str]], letters: Mapping[str, str]) -> str:
    """Name the communities that are not compared, as one of two sides has no model for them.

    Parameters
    ----------
    left_out, letters : mapping
        By the key of each other side.
    """
    found = {letters[key]: text.listed(groups) for key, groups in left_out.items() if groups}
    why = "as one of two sides has no model for it"
    if len(found) == len(left_out) and len(set(found.values())) == 1:
        return f"Not compared, {why}: {next(iter(found.values()))}."
    said = [f"{groups} (A against {letter})" for letter, groups in found.items()]
    return f"Not compared, {why}: {'; '.join(said)}." if said else ""


def field(name: str) -> str:
    """Write the name of a setting for a reader."""
    return name.removeprefix("objective.").removeprefix("training.").replace("_", " ").replace(".", " ")


def value(given: Any) -> str:
    """Write the value of a setting; a dash where a side has no such setting."""
    if given is None:
        return "–"
    if isinstance(given, list):
        return text.listed([str(one) for one in given]) if len(given) <= MOST_LISTED else f"{len(given)} of them"
    return f"{given:g}" if isinstance(given, float) else str(given)


def scatter_title(alike: float, first: str, second: str) -> str:
    """Write on how many pairs both sides say the same."""
    return f"{first} and {second} say the same of {text.percent(alike)} of the pairs"
