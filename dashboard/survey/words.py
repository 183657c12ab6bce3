"""Survey answers in sentences written from the data."""

from __future__ import annotations

import pandas as pd

from dashboard.kit import glossary, text
from scpo.definitions import NO_NOISE_FLOOR
from scpo.measures.survey import LEAST_SHARED
from scpo.words import shortened

NOTHING_SHARED = 0.9995
"""A distance that is written as 1.000: two countries gave no answer in common."""

UNIFORM = "Every option alike"

EMPTY = "No survey answers are registered"

FEW = f"Grey: fewer than {LEAST_SHARED} questions."


def no_floor() -> tuple[str, ...]:
    """Say in a caption that nobody knows what is chance; in plain words the limits of the page say it."""
    return () if glossary.is_plain() else (NO_NOISE_FLOOR,)


def number(value: float) -> str:
    """Write a distance or a closeness."""
    return text.UNKNOWN if pd.isna(value) else f"{value:.3f}"


def signed(value: float) -> str:
    """Write a difference of two of them."""
    if pd.isna(value):
        return text.UNKNOWN
    return {"+0.000": "0.000", "-0.000": "0.000"}.get(f"{value:+.3f}", f"{value:+.3f}".replace("-", "−"))


def estimate(row: pd.Series, name: str = "") -> str:
    """Write value and interval from the columns ``value``, ``low``, ``high``, with a prefix ``<name>_``."""
    value, low, high = (row[f"{name}_{end}" if name else end] for end in ("value", "low", "high"))
    return text.UNKNOWN if pd.isna(value) else f"{number(value)} {_range(number(low), number(high))}"


def difference(row: pd.Series, name: str = "diff") -> str:
    """Write a difference with its interval."""
    value, low, high = (row[f"{name}_{end}"] for end in ("value", "low", "high"))
    return f"{signed(value)} {_range(signed(low), signed(high))}"


def _range(low: str, high: str) -> str:
    return "no interval" if text.UNKNOWN in (low, high) else f"[{low}, {high}]"


def questions(row: pd.Series, column: str = "n_questions") -> str:
    """Write what a number rests on."""
    return text.count(row[column], "question")


def title(couples: pd.DataFrame) -> str:
    """Say which couple answers most differently, and which most alike."""
    solid = couples[~couples["too_few_questions"].astype(bool)]
    if solid.empty:
        return f"No two of these countries share {LEAST_SHARED} questions"
    far, near = solid.iloc[solid["value"].argmax()], solid.iloc[solid["value"].argmin()]
    most = f"{far['first_name']} and {far['second_name']}"
    if len(solid) == 1:
        return f"The answers of {most} are {estimate(far)} apart, on a scale from 0 to 1"
    return (
        f"Of {text.count(len(solid), 'couple')}, {most} answer most differently ({number(far['value'])} of 1), "
        f"{near['first_name']} and {near['second_name']} most alike ({number(near['value'])})"
    )


def couples_subtitle(n_countries: int, level: float, *, non_answers_count: bool) -> str:
    """Say what the distances of couples are."""
    if glossary.is_plain():
        return (
            "0: the same answers; 1: no answer in common. Each number is the mean over the questions that both "
            "answered. Diagonal: how many questions the country answered."
        )
    return (
        f"Mean Jensen-Shannon distance (0 equal, 1 nothing shared) over the questions both answered; "
        f"{n_countries} countries, {text.level_name(level)} intervals over questions in tooltips and table. Diagonal: "
        f"questions the country answered. {non_answers(non_answers_count)}"
    )


def verdict() -> str:
    """Say why a couple gets no verdict."""
    if glossary.is_plain():
        return "none: nobody can say how much of it is chance"
    return "none: without a noise floor nobody can say how much of it is chance of the samples"


def couple(row: pd.Series) -> str:
    """Say what is known about a couple."""
    names = f"{row['first_name']} and {row['second_name']}"
    if bool(row["too_few_questions"]):
        return f"{names} share {questions(row)}, fewer than {LEAST_SHARED}: no rank, no colour."
    return f"{names}: mean distance {number(row['value'])} over {questions(row)} that both answered."


def non_answers(counted: bool) -> str:
    """Say what happens to non-answers."""
    if counted:
        return "Non-answers count as options."
    return "Non-answers are left out and the rest adds up to 100 %."


def dividing_title(table: pd.DataFrame, first: str, second: str, *, n_shown: int) -> str:
    """Say how far apart the answers to the most dividing questions are."""
    each = table.drop_duplicates("question_id")
    if n_shown == 1:
        return f"The question that divides {first} and {second} most: distance {number(each['distance'].iloc[0])}"
    low, high = each["distance"].iloc[n_shown - 1], each["distance"].iloc[0]
    return f"The {n_shown} questions that divide {first} and {second} most: distances {number(high)} to {number(low)}"


def dividing_subtitle(n_shown: int, n_questions: int, *, non_answers_count: bool) -> str:
    """Say what the bars of the most dividing questions are."""
    shown = f"{n_shown} of {text.count(n_questions, 'question')} that both answered"
    if glossary.is_plain():
        return f"{shown}, the most different answers first. Bars: how many in a hundred gave this answer."
    return (
        f"{shown}, the largest Jensen-Shannon distance first; bars: share of the answers. "
        f"{non_answers(non_answers_count)} Single questions have no interval."
    )


def question_note(row: pd.Series, first: str, second: str) -> str:
    """Say how far apart two countries' answers to a question are, and what makes the number doubtful."""
    parts = [f"distance {number(row['distance'])}"]
    if row["distance"] >= NOTHING_SHARED:
        parts.append("no answer in common: perhaps they were asked different versions")
    shares = [(first, row["first_left_out"]), (second, row["second_left_out"])]
    if any(share > 0 for _, share in shares):
        parts.append("non-answers left out: " + ", ".join(f"{name} {text.percent(share)}" for name, share in shares))
    return "; ".join(parts)


def spread_title(table: pd.DataFrame, n_countries: int) -> str:
    """Say which of the shown countries most often stands apart."""
    top = table.loc[table.groupby("question_id")["distance"].idxmax()]
    counts = top["name"].value_counts()
    n_questions = len(top)
    if n_questions == 1:
        return f"One question was answered by enough of {n_countries} countries; {counts.index[0]} stands apart most"
    most = counts[counts == counts.iloc[0]]
    if len(most) == 1:
        where = text.count(counts.iloc[0], "question")
        return (
            f"On the {n_questions} questions that divide these countries most, {counts.index[0]} most often stands "
            f"apart from the rest ({where})"
        )
    return f"On the {n_questions} questions that divide these countries most, no single country stands apart"


def spread_subtitle(n_questions: int, n_countries: int, *, least: int) -> str:
    """Say what the cells of the questions that divide most are."""
    if glossary.is_plain():
        return (
            f"The {text.count(n_questions, 'question')} with the most different answers. Dark: this country answers "
            "far from the mean of these countries. Empty: no answers."
        )
    return (
        f"{text.count(n_questions, 'question')} with the largest mean distance, of those that at least {least} of the "
        f"{n_countries} shown countries answered; cell: Jensen-Shannon distance of the country's answers to the mean "
        "of these countries. Empty: no answers. Single questions have no interval."
    )


def question_title(table: pd.DataFrame) -> str:
    """Say whose answers to one question are at the ends of its most divided option."""
    by_option = table.groupby("option_index")["share"]
    index = (by_option.max() - by_option.min()).idxmax()
    rows = table[table["option_index"] == index]
    low, high = rows.iloc[rows["share"].argmin()], rows.iloc[rows["share"].argmax()]
    return (
        f"“{glossary.kept(shortened(low['option'], 50))}”: from {text.percent(low['share'])} in {low['name']} to "
        f"{text.percent(high['share'])} in {high['name']}"
    )


def ends(words: str, most: int, *, head: float = 0.4) -> str:
    """Return the two ends of a text on one line: questions of one battery begin alike and differ at their end."""
    line = " ".join(str(words).split())
    if len(line) <= most:
        return line
    front = int(head * (most - 3))
    back = most - 3 - front
    return f"{line[:front].rsplit(' ', 1)[0]} … {line[-back:].split(' ', 1)[-1]}"


def of_global_title(table: pd.DataFrame, temperature: float) -> str:
    """Say for how many countries the global model is closer than one that knows nothing."""
    solid = table[~table["too_few_questions"].astype(bool)]
    if solid.empty:
        return "Too few questions to say how close the global model's opinions are"
    sure = solid[solid["gain_holm"] < text.ALPHA]
    closer, further = int((sure["gain"] > 0).sum()), int((sure["gain"] < 0).sum())
    among = text.count(len(solid), "country", "countries")
    at = f"at temperature {temperature:g}"
    if len(solid) == 1:
        name = solid["name"].iloc[0]
        verdict = "closer than" if closer else "further off than" if further else "no closer than"
        return f"The global model's opinions are {verdict} equal shares to the answers of {name}, {at}"
    if not closer and not further:
        return f"The global model's opinions fit none of {among} better than equal shares do, {at}"
    parts = [f"{way} {n}" for n, way in ((closer, "closer to"), (further, "further from")) if n]
    return f"The global model's opinions are {' and '.join(parts)} of {among} than equal shares are, {at}"


def of_global_subtitle() -> str:
    """Say what the closeness of the global model is."""
    if glossary.is_plain():
        return (
            "1: the model likes each answer as much as the country's people do. Marks: a model that finds every answer "
            "equally good. Lines: how the number could change with other questions."
        )
    return (
        "1 − Jensen-Shannon distance between the softmax over option rewards and the country's answers, mean over "
        "questions; dot with 80 % (thick) and 95 % (thin) intervals over questions."
    )


def of_runs_title(table: pd.DataFrame, name: str, temperature: float) -> str:
    """Say how many runs come closer to a country's answers than the global model."""
    runs = table[table["run"].notna()]
    among, at = text.count(len(runs), "run"), f"at temperature {temperature:g}"
    if bool(runs["too_few_questions"].all()):
        return f"{name}: too few questions to tell runs from the global model"
    sure = runs[runs["sure"].astype(bool)]
    closer, further = int((sure["diff_value"] > 0).sum()), int((sure["diff_value"] < 0).sum())
    if not closer and not further:
        return f"None of {among} differs from the global model at the answers of {name} beyond chance, {at}"
    parts = [
        f"{n} {'is' if n == 1 else 'are'} {way}" for n, way in ((closer, "closer to"), (further, "further from")) if n
    ]
    return f"Of {among}, {' and '.join(parts)} the answers of {name} than the global model, {at}"


def run_label(row: pd.Series) -> str:
    """Name a compared model: the country it was trained for, its setting and its seed."""
    if pd.isna(row["trained_for"]):
        return UNIFORM
    setting = text.setting_label(row["method"], row["tau"], row["beta"])
    star = " *" if bool(row["test_questions_only"]) else ""
    return f"{row['trained_name']}: {setting}, seed {int(row['seed'])} · {row['run'][:6]}{star}"
