"""The generated sample: a population with known preferences, in PRISM's shape, for demonstrations and tests.

It says nothing about real countries: which deviation a country gets is a random permutation, and so are all texts,
survey answers and people.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.data.pairing import EMPTY_RESPONSE, build_pairs
from scpo.data.sources.sample.people import Floats, Preferences, Tastes, draw_people, draw_preferences, draw_tastes
from scpo.data.sources.sample.text import ATTRIBUTES, response_text
from scpo.data.sources.sample.topics import CONVERSATION_TYPES, TOPICS, later_prompt, opening_prompt
from scpo.data.tables import LoadReport, Tables
from scpo.errors import InputError

Ints = NDArray[np.int64]

N_MODELS = 8
MODEL_STYLE_SD = 0.5
"""Spread of the models' own styles; responses scatter around them with standard deviation 1."""
LEVEL_CUTS = (-0.48, 0.48)
EMPTY_SHARE = 0.003
EMPTY_UTILITY = -5.0
"""Utility of an empty response for everybody."""
FLAGGED_SHARE = 0.005
"""Harmless texts that are marked as flagged, so that blurring can be seen."""

CONVERSATIONS = (2, 5)
"""Fewest and most conversations of a user who has any."""
FIRST_TURN_SIZES = ((4, 3, 2), (0.88, 0.08, 0.04))
LATER_TURNS = ((1, 2, 3), (0.55, 0.30, 0.15))


class Responses(NamedTuple):
    """Structure and styles of all responses; every array has one row per response."""

    user: Ints
    conversation: Ints
    interaction: Ints
    turn: Ints
    model: Ints
    levels: Ints
    empty: NDArray[np.bool_]
    utility: Floats


def generate_sample(*, n_users: int = 600, seed: int = 0) -> Tables:
    r"""Generate people, conversations and judgements from known preferences.

    A response has a level :math:`a_k \in \{0, 1, 2\}` of each style attribute, which its text shows. The utility of a
    response for a user is :math:`\sum_k (a_k - 1) v_k` plus Gumbel noise, so that within an interaction a user's
    preferences follow the Bradley-Terry model with weights :math:`v` = common weights + the country's deviation + the
    user's own deviation; outliers have reversed or random weights. Scores are the utilities on each user's own
    scale, rounded to 1-100.

    Parameters
    ----------
    n_users : int
        At least 60. With 600, each of the seven countries of the paper has 53 to 58 users and there are 12,000 to
        15,000 responses.
    seed : int
        The only source of randomness: equal seed, equal tables.

    Returns
    -------
    Tables
        `users` without `split`. `truth` holds JSON values: ``attributes`` (names), ``common_weights``
        (n_attributes,), ``countries`` (sorted), ``country_deviations`` and ``clusters`` (by country), ``outliers``
        (user -> ``"reversed"`` or ``"random"``), ``levels`` (one string of digits per utterance, null for an empty
        response), ``distance`` (n_countries, n_countries) and ``distance_to_common`` (n_countries,).
        A distance is the expected disagreement share on a common set of response pairs: the share, in [0, 1], of all
        couples of differing responses within the interactions of the whole sample that two noise-free country
        utilities (common weights + deviation) rank differently.

    Raises
    ------
    InputError
        If `n_users` is below 60.
    """
    if n_users < 60:
        raise InputError(f"the sample needs at least 60 users, so that every country has some, got {n_users}")
    people, taste, behaviour, english = _generators(seed)
    users, active = draw_people(people, n_users)
    preferences = draw_preferences(taste, users["country"].tolist())
    responses = _responses(behaviour, active, preferences)
    utterances, kinds = _utterances(english, users, responses)
    country = dict(zip(users["user_id"], users["country"], strict=True))
    pairs, counts = build_pairs(utterances, country=country, facets=pd.DataFrame({"conversation_type": kinds}))
    report = LoadReport(
        files={"generated responses": len(utterances)},
        kept={"generated responses": len(utterances)},
        pairs=counts["pairs"],
        ties=counts["ties"],
        identical_texts=counts["identical_texts"],
        single_responses=counts["single_responses"],
        empty_responses=int(responses.empty.sum()),
        notes=["Generated: people, texts and preferences are invented and say nothing about real countries."],
    )
    truth = _truth(users["user_id"].tolist(), preferences, responses)
    return Tables(users=users, utterances=utterances, pairs=pairs, report=report, truth=truth)


def sample_tastes(seed: int) -> Tastes:
    """Draw the weights of countries that `generate_sample` has with this seed."""
    return draw_tastes(_generators(seed)[1])


def _generators(seed: int) -> list[np.random.Generator]:
    """Return the generators of people, tastes, behaviour and English."""
    return [np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(4)]


def _responses(rng: np.random.Generator, active: NDArray[np.bool_], preferences: Preferences) -> Responses:
    talkers = np.flatnonzero(active)
    owner = np.repeat(talkers, rng.integers(CONVERSATIONS[0], CONVERSATIONS[1] + 1, len(talkers)))
    first = rng.choice(FIRST_TURN_SIZES[0], len(owner), p=FIRST_TURN_SIZES[1])
    turns = 1 + rng.choice(LATER_TURNS[0], len(owner), p=LATER_TURNS[1])
    conversation_of = np.repeat(np.arange(len(owner)), turns)
    turn_of = np.arange(turns.sum()) - np.repeat(np.cumsum(turns) - turns, turns)
    size = np.where(turn_of == 0, first[conversation_of], 2)
    interaction = np.repeat(np.arange(len(size)), size)
    conversation, turn = conversation_of[interaction], turn_of[interaction]
    n = len(interaction)
    place = np.arange(n) - (np.cumsum(size) - size)[interaction]
    lineup = np.argsort(rng.random((len(owner), N_MODELS)), axis=1)
    model = np.where(turn == 0, lineup[conversation, place], lineup[conversation, 0])
    styles = rng.normal(scale=MODEL_STYLE_SD, size=(N_MODELS, len(ATTRIBUTES)))
    style = styles[model] + rng.normal(size=(n, len(ATTRIBUTES)))
    levels = np.digitize(style, LEVEL_CUTS).astype(np.int64)
    empty = rng.random(n) < EMPTY_SHARE
    user = owner[conversation]
    utility = np.sum((levels - 1) * preferences.users[user], axis=1)
    utility = np.where(empty, EMPTY_UTILITY, utility) + rng.gumbel(size=n)
    return Responses(user, conversation, interaction, turn, model, levels, empty, utility)


def _utterances(rng: np.random.Generator, users: pd.DataFrame, responses: Responses) -> tuple[pd.DataFrame, list[str]]:
    """Write prompts, texts and scores; return the table and the conversation type of every row."""
    n, n_conversations = len(responses.user), int(responses.conversation[-1]) + 1
    centre = rng.normal(60.0, 6.0, len(users))
    spread = rng.uniform(4.0, 8.0, len(users))
    score = np.clip(np.rint(centre[responses.user] + spread[responses.user] * responses.utility), 1, 100)
    topic = rng.integers(len(TOPICS), size=n_conversations)
    kind = rng.choice(len(CONVERSATION_TYPES), n_conversations, p=(0.4, 0.3, 0.3))
    n_interactions = int(responses.interaction[-1]) + 1
    template, case = rng.integers(24, size=(2, n_interactions))
    variant = rng.integers(2, size=(n, len(ATTRIBUTES)))
    rotation = rng.integers(6, size=n)
    flagged = rng.random(n) < FLAGGED_SHARE
    winner = np.lexsort((rng.random(n), score, responses.interaction))
    last = np.append(np.diff(responses.interaction[winner]) != 0, True)
    partner = np.zeros(n, dtype=bool)
    partner[winner[last]] = True
    prompts, texts = [], []
    for row, (c, i) in enumerate(zip(responses.conversation, responses.interaction, strict=True)):
        about = TOPICS[topic[c]]
        if responses.turn[row] == 0:
            prompts.append(opening_prompt(about, CONVERSATION_TYPES[kind[c]], int(template[i]), int(case[i])))
        else:
            prompts.append(later_prompt(about, int(template[i]), int(case[i])))
        text = response_text(about, responses.levels[row], variant[row], int(rotation[row]))
        texts.append(EMPTY_RESPONSE if responses.empty[row] else text)
    table = pd.DataFrame(
        {
            "utterance_id": [f"s-ut{row}" for row in range(n)],
            "interaction_id": [f"s-int{i}" for i in responses.interaction],
            "conversation_id": [f"s-c{c}" for c in responses.conversation],
            "user_id": [f"s-user{u}" for u in responses.user],
            "turn": pd.array(responses.turn, dtype="Int32"),
            "prompt": prompts,
            "response": texts,
            "score": score,
            "is_partner": pd.array(partner, dtype="boolean"),
            "model_name": [f"sample-model-{m + 1}" for m in responses.model],
            "flagged": pd.array(flagged, dtype="boolean"),
        }
    )
    return table, [CONVERSATION_TYPES[k] for k in kind[responses.conversation]]


def _truth(user_ids: list[str], preferences: Preferences, responses: Responses) -> dict[str, Any]:
    countries = sorted(preferences.deviations)
    weights = np.array([preferences.common + preferences.deviations[c] for c in countries] + [preferences.common])
    distance = _disagreement(weights, responses)
    rows = zip(responses.levels.tolist(), responses.empty.tolist(), strict=True)
    return {
        "attributes": list(ATTRIBUTES),
        "common_weights": preferences.common.tolist(),
        "countries": countries,
        "country_deviations": {c: preferences.deviations[c].tolist() for c in countries},
        "clusters": {c: preferences.clusters[c] for c in countries},
        "outliers": {u: kind for u, kind in zip(user_ids, preferences.outliers, strict=True) if kind is not None},
        "levels": [None if empty else "".join(map(str, level)) for level, empty in rows],
        "distance": distance[:-1, :-1].tolist(),
        "distance_to_common": distance[-1, :-1].tolist(),
    }


def _disagreement(weights: Floats, responses: Responses) -> Floats:
    """Share of couples of responses that two rows of `weights` rank differently, shape (n, n)."""
    interaction, levels = responses.interaction, responses.levels
    steps = []
    for lag in range(1, 4):
        same = (interaction[lag:] == interaction[:-lag]) & ~responses.empty[lag:] & ~responses.empty[:-lag]
        step = (levels[lag:] - levels[:-lag])[same]
        steps.append(step[step.any(axis=1)])
    above = (np.concatenate(steps) @ weights.T > 0).astype(np.float64)
    both = above.T @ above
    alone = np.diag(both)
    return (alone[:, None] + alone[None, :] - 2 * both) / len(above)
