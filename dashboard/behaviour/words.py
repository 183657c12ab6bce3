"""What would change for people, in sentences written from the data."""

from __future__ import annotations

import math

import pandas as pd

from dashboard.kit import text
from dashboard.kit.verdicts import IN_WORDS, no_loss, sure, verdict
from scpo.results import MEAN

SURVEY = (
    "Survey answers have no responses that one person compared, so nothing can be picked. Choose preference data, such "
    "as PRISM, in the sidebar."
)
ONLY_TWO = "Every turn here has two responses, so best-of-n is a choice between two."
NO_SCORES = "These data hold no scores: the win share comes from who was preferred to whom."
NO_WRITERS = "Which model wrote a response is not known in these data, so no writers are ranked."


def where(row: pd.Series) -> str:
    """Say where a row holds."""
    return f"on average over {len(row['countries'])} countries" if row["country"] == MEAN else f"in {row['name']}"


def title(row: pd.Series) -> str:
    """Say what would change for people under one setting: one sentence."""
    found = verdict(row, "gain", p="gain_holm")
    changed, points, place = text.percent(row["changed_value"]), text.points(row["gain_value"]), where(row)
    if found == "few":
        return f"{row['name']} has too few test users to say whether people would like other picks more"
    if found == "unknown":
        return f"{row['setting_label']} changes {changed} of the picks {place}; whether people like them is not known"
    if found == "open":
        return f"{changed} of the picks change {place}; that people like them more or less may be chance ({points})"
    liked = "more" if found == "gain" else "less"
    return f"{changed} of the picks change {place}, and people like them {liked}: {points} of win share, beyond chance"


def against_global(row: pd.Series) -> str:
    """Say how sure the change is: interval and verdict."""
    found = verdict(row, "gain", p="gain_holm")
    ends = text.points_range(row["gain_low"], row["gain_high"])
    sentence = f"{ends} against the global pick, {IN_WORDS[found]}."
    if found == "open":
        sentence += f" {no_loss(pd.DataFrame([row]), 'gain_visible').capitalize()}." if row["gain_value"] >= 0 else ""
    return sentence


def sample(row: pd.Series) -> str:
    """Say what a number of picks rests on."""
    return f"{text.count(row['n_turns'], 'turn')} of {text.count(row['n_users'], 'test user')}"


def by_country(rows: pd.DataFrame) -> str:
    """Say in how many countries people like the picks more or less."""
    single = rows[rows["country"] != MEAN]
    solid = text.solid(single)
    if solid.empty:
        return "No country has ten test users: who would like the picks more cannot be said"
    known = sure(solid, "gain", p="gain_holm")
    up, down = int((known["gain_value"] > 0).sum()), int((known["gain_value"] < 0).sum())
    lost = f"in {down} less, beyond chance" if down else no_loss(solid, "gain_visible")
    return f"People like the picks more in {up} of {text.count(len(solid), 'country', 'countries')}; {lost}"


def curve_title(steps: pd.DataFrame) -> str:
    """Say what people think of more reward: rising, falling again, or nothing."""
    first, last = steps.iloc[0], steps.iloc[-1]
    half, end = f"50{text.NBSP}%", text.share_estimate(last, "picked")
    if bool(first["too_few_users"]):
        return "The reward rises all the way; too few users to say whether people's liking does"
    if last["picked_high"] < 0.5:
        return f"More reward, less liked: at best-of-n the win share is {end}, a random pick has {half}"
    if first["fall_high"] < 0:
        return f"People's liking falls again: {text.difference_estimate(first, 'fall')} from its highest to best-of-n"
    if last["picked_low"] > 0.5:
        return f"People's liking rises with the reward: from {half} at random to {end} at best-of-n"
    return f"The reward rises, but what people like cannot be told from a random pick: {end} at best-of-n"


def reward_title(steps: pd.DataFrame) -> str:
    """Say how far the model's own reward rises."""
    last = steps.iloc[-1]
    return f"The model's own reward rises by {last['reward_value']:.2f} SD from random to best-of-n, by construction"


def step_words(row: pd.Series, who: str) -> str:
    """Say where on the way a policy is, and what people and the model think there: one sentence."""
    reward = f"{row['reward_value']:+.2f}".replace("-", "−")
    return (
        f"{who}: KL {row['kl_value']:.2f} nats; people's win share {text.percent(row['picked_value'])}; its own reward "
        f"{reward} SD above random."
    )


def b_name(b: float) -> str:
    """Name a value of b."""
    if math.isinf(b):
        return "random"
    return "best-of-n" if b == 0 else f"{b:.2g}"


def writers_title(table: pd.DataFrame) -> str:
    """Say whether the models rank the writers as people do."""
    solid = text.solid(table)
    if solid.empty:
        return "No writer was compared by ten test users: none is ranked"
    apart = {judge: len(_apart(solid, judge)) for judge in ("global", "tuned")}
    known = text.count(len(solid), "writer")
    if not apart["tuned"]:
        return f"The country's model cannot be told from people in how it ranks {known}"
    return (
        f"The country's model ranks {apart['tuned']} of {known} surely otherwise than people do, the global model "
        f"{apart['global']}"
    )


def _apart(table: pd.DataFrame, judge: str) -> list[str]:
    """Return the writers whose ranges of rank do not touch those of the people."""
    away = (table[f"{judge}_rank_best"] > table["people_rank_worst"]) | (
        table[f"{judge}_rank_worst"] < table["people_rank_best"]
    )
    return table.loc[away, "writer"].tolist()


def rank(best: float, worst: float) -> str:
    """Write a range of ranks."""
    if math.isnan(best):
        return ""
    return f"{int(best)}" if best == worst else f"{int(best)} to {int(worst)}"


def changed_title(table: pd.DataFrame) -> str:
    """Count what became of the changed picks."""
    worse, better = int((table["gain"] < 0).sum()), int((table["gain"] > 0).sum())
    same = len(table) - worse - better
    equal = f", {same} as much" if same else ""
    return f"{text.count(len(table), 'turn')} with another pick: people like {worse} less, {better} more{equal}"


def left_out(counts: dict[str, int]) -> str:
    """Say what is not picked among."""
    parts = [
        text.count(counts[name], one) for name, one in (("candidates", "response"), ("turns", "turn")) if counts[name]
    ]
    return f"Left out, as no preference is known there: {text.listed(parts)}." if parts else ""
