"""The generated sample: its shape, and that its truth can be found again in its scores and in its words."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import spearmanr

from scpo.config import PAPER_COUNTRIES, SplitConfig
from scpo.data.sources.sample.generate import generate_sample
from scpo.data.sources.sample.text import ATTRIBUTES, PHRASES, response_text
from scpo.data.sources.sample.topics import TOPICS
from scpo.data.splits import assign_split
from scpo.data.tables import PAIRS, USERS, UTTERANCES, Tables, validate
from scpo.errors import InputError


@pytest.fixture(scope="module")
def sample() -> Tables:
    return generate_sample()


@pytest.fixture(scope="module")
def small() -> Tables:
    return generate_sample(n_users=80, seed=3)


def levels_of(tables: Tables) -> np.ndarray:
    """Attribute levels of every response, shape (n, 10); NaN for an empty one."""
    return np.array([[np.nan] * 10 if row is None else [int(c) for c in row] for row in tables.truth["levels"]])


def steps_of(tables: Tables) -> tuple[np.ndarray, pd.DataFrame]:
    """Attributes of chosen minus rejected, and the pairs, without pairs that have an empty response."""
    levels = levels_of(tables)
    step = levels[tables.pairs["chosen"]] - levels[tables.pairs["rejected"]]
    full = ~np.isnan(step).any(axis=1)
    return step[full], tables.pairs[full]


def bradley_terry(step: np.ndarray) -> np.ndarray:
    """Weights of a Bradley-Terry model by a general optimiser, shape (10,)."""

    def loss(v: np.ndarray) -> tuple[float, np.ndarray]:
        gap = step @ v
        return float(np.logaddexp(0, -gap).sum() + v @ v / 2), v - step.T @ expit(-gap)

    return np.asarray(minimize(loss, np.zeros(step.shape[1]), jac=True).x)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_equal_seeds_give_equal_tables_and_other_seeds_do_not(small: Tables) -> None:
    again, other = generate_sample(n_users=80, seed=3), generate_sample(n_users=80, seed=4)
    for name in ("users", "utterances", "pairs"):
        pd.testing.assert_frame_equal(getattr(small, name), getattr(again, name))
    assert small.truth == again.truth
    assert other.truth["common_weights"] != small.truth["common_weights"]
    assert other.utterances["response"].tolist() != small.utterances["response"].tolist()


def test_tables_follow_the_data_dictionary(sample: Tables) -> None:
    users = assign_split(sample.users, SplitConfig(test_fraction=0.25), with_pairs=set(sample.pairs["user_id"]))
    validate(users, USERS, "users")
    validate(sample.utterances, UTTERANCES, "utterances")
    validate(sample.pairs, PAIRS, "pairs")
    active = users[users["user_id"].isin(sample.pairs["user_id"]) & (users["split"] == "test")]
    assert active["country"].value_counts()[list(PAPER_COUNTRIES)].min() >= 12


def test_counts_are_those_of_a_small_prism(sample: Tables) -> None:
    per_country = sample.users["country"].value_counts()
    assert len(sample.users) == 600
    assert 12_000 <= len(sample.utterances) <= 15_000
    assert set(per_country.index) == {*PAPER_COUNTRIES, "USA", "GBR"}
    assert per_country[list(PAPER_COUNTRIES)].between(50, 58).all()
    assert per_country[["USA", "GBR"]].min() > per_country[list(PAPER_COUNTRIES)].max()
    silent = sample.users[~sample.users["user_id"].isin(sample.utterances["user_id"])]
    assert 10 <= len(silent) <= 40
    assert sample.users["country"].isna().sum() == 6
    assert sample.users["lm_frequency_use"].isna().mean() == pytest.approx(0.15, abs=0.05)


def test_turns_have_four_responses_first_and_two_later(sample: Tables) -> None:
    turns = sample.utterances.groupby("interaction_id").agg(n=("response", "size"), turn=("turn", "first"))
    assert set(turns.loc[turns["turn"] > 0, "n"]) == {2}
    first = turns.loc[turns["turn"] == 0, "n"].value_counts(normalize=True)
    assert set(first.index) == {2, 3, 4}
    assert first[4] > 0.8


def test_scores_are_whole_numbers_with_ties_and_one_partner_each_turn(sample: Tables) -> None:
    rows = sample.utterances
    assert rows["score"].between(1, 100).all()
    assert (rows["score"] % 1 == 0).all()
    assert (rows.groupby("interaction_id")["is_partner"].sum() == 1).all()
    best = rows.groupby("interaction_id")["score"].transform("max")
    assert (rows.loc[rows["is_partner"], "score"] == best[rows["is_partner"]]).all()
    assert sample.report.ties > 100
    assert sample.report.empty_responses == (rows["response"] == "EMPTY STRING").sum() > 5


def test_a_user_has_one_country_and_a_pair_has_that_of_its_user(sample: Tables) -> None:
    assert sample.users["user_id"].is_unique
    country = sample.users.set_index("user_id")["country"]
    of_pairs = sample.pairs.fillna({"country": "none"}).groupby("user_id")["country"].agg(["nunique", "first"])
    assert (of_pairs["nunique"] == 1).all()
    assert (of_pairs["first"] == country.fillna("none")[of_pairs.index]).all()


def test_ids_cannot_be_mistaken_for_those_of_prism(sample: Tables) -> None:
    for column in ("user_id", "utterance_id", "interaction_id", "conversation_id"):
        assert sample.utterances[column].str.startswith("s-").all()


def test_the_truth_survives_json(sample: Tables) -> None:
    assert json.loads(json.dumps(sample.truth, allow_nan=False)) == sample.truth


def test_true_distances_are_symmetric_with_a_zero_diagonal_and_well_spread(sample: Tables) -> None:
    distance = np.array(sample.truth["distance"])
    assert distance.shape == (9, 9)
    assert np.array_equal(distance, distance.T)
    assert (np.diag(distance) == 0).all()
    off = distance[np.triu_indices(9, 1)]
    assert off.min() > 0
    assert off.max() < 0.6
    assert off.std() > 0.07
    to_common = dict(zip(sample.truth["countries"], sample.truth["distance_to_common"], strict=True))
    assert max(to_common["USA"], to_common["GBR"]) < min(to_common[c] for c in PAPER_COUNTRIES)


def test_a_true_distance_is_the_share_of_couples_ranked_differently(small: Tables) -> None:
    truth, levels, rows = small.truth, levels_of(small), small.utterances
    weights = {c: np.add(truth["common_weights"], truth["country_deviations"][c]) for c in ("CHL", "NZL")}
    differently = n = 0
    for members in rows.groupby("interaction_id").indices.values():
        for i in members:
            for j in members[members > i]:
                step = levels[j] - levels[i]
                if np.isnan(step).any() or not step.any():
                    continue
                n += 1
                differently += (step @ weights["CHL"] > 0) != (step @ weights["NZL"] > 0)
    a, b = (truth["countries"].index(c) for c in ("CHL", "NZL"))
    assert truth["distance"][a][b] == pytest.approx(differently / n)


def test_scores_of_the_majorities_give_back_the_common_weights(sample: Tables) -> None:
    step, pairs = steps_of(sample)
    found = bradley_terry(step[pairs["country"].isin(["USA", "GBR"])])
    assert cosine(found, np.array(sample.truth["common_weights"])) > 0.97


def test_scores_give_back_each_countrys_weights_and_the_order_of_distances(sample: Tables) -> None:
    step, pairs = steps_of(sample)
    countries = sample.truth["countries"]
    found = np.array([bradley_terry(step[pairs["country"] == c]) for c in countries])
    for c, weights in zip(countries, found, strict=True):
        true = np.add(sample.truth["common_weights"], sample.truth["country_deviations"][c])
        assert cosine(weights, true) > 0.93, c
    sign = step @ found.T > 0
    distance = (sign[:, :, None] != sign[:, None, :]).mean(axis=0)
    above = np.triu_indices(len(countries), 1)
    assert spearmanr(distance[above], np.array(sample.truth["distance"])[above]).statistic > 0.9


def test_a_model_of_everybody_speaks_for_the_majorities(sample: Tables) -> None:
    step, pairs = steps_of(sample)
    agreed = pd.Series(step @ bradley_terry(step) > 0, index=pairs.index).groupby(pairs["country"]).mean()
    assert agreed[list(PAPER_COUNTRIES)].max() < agreed[["USA", "GBR"]].min()
    assert 0.6 < agreed[list(PAPER_COUNTRIES)].mean() < 0.72


def test_outliers_with_reversed_weights_disagree_with_their_country(sample: Tables) -> None:
    step, pairs = steps_of(sample)
    reversed_users = [u for u, kind in sample.truth["outliers"].items() if kind == "reversed"]
    assert len(reversed_users) == 24
    majority = pairs["country"].isin(["USA", "GBR"])
    outlier = pairs["user_id"].isin(reversed_users)
    agreed = step @ np.array(sample.truth["common_weights"]) > 0
    assert agreed[majority & outlier].mean() < 0.35 < 0.7 < agreed[majority & ~outlier].mean()


def test_the_words_of_a_response_tell_its_attribute_levels(sample: Tables) -> None:
    levels, texts = levels_of(sample)[:6000], sample.utterances["response"].tolist()[:6000]
    written = ~np.isnan(levels).any(axis=1)
    bags = [set(re.findall(r"[a-z]+", text.lower())) for text in texts]
    words = {word: i for i, word in enumerate(sorted(set().union(*bags)))}
    seen = np.zeros((len(texts), len(words) + 1))
    seen[:, -1] = 1
    for row, bag in enumerate(bags):
        seen[row, [words[word] for word in bag]] = 1
    seen, levels = seen[written], levels[written]
    learn, probe = slice(0, 4000), slice(4000, None)
    gram = seen[learn].T @ seen[learn] + 0.1 * np.eye(seen.shape[1])
    predicted = seen[probe] @ np.linalg.solve(gram, seen[learn].T @ levels[learn])
    for k, name in enumerate(ATTRIBUTES):
        assert np.corrcoef(predicted[:, k], levels[probe][:, k])[0, 1] > 0.95, name


def test_responses_have_25_to_60_words_and_no_gaps(sample: Tables) -> None:
    texts = sample.utterances["response"][sample.utterances["response"] != "EMPTY STRING"]
    assert texts.str.split().str.len().between(25, 60).all()
    assert not texts.str.contains(r"[{}]|  ", regex=True).any()
    assert 200 < sample.utterances["prompt"].nunique() < 900


@pytest.mark.parametrize("variant", [0, 1])
@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.noun)
def test_the_longest_and_the_shortest_response_keep_the_word_limits(topic, variant: int) -> None:
    chosen = np.full(len(ATTRIBUTES), variant, dtype=np.int8)
    sizes = {
        tuple(levels): len(response_text(topic, np.array(levels, dtype=np.int8), chosen, 0).split())
        for levels in ([0] * 10, [2] * 10, [0, 2, 0, 0, 0, 0, 0, 0, 0, 0], [2, 1, 2, 2, 2, 2, 2, 2, 2, 2])
    }
    assert 25 <= min(sizes.values()) <= max(sizes.values()) <= 60
    assert set(PHRASES) == set(ATTRIBUTES)


def test_fewer_than_sixty_users_are_refused() -> None:
    with pytest.raises(InputError, match="at least 60 users"):
        generate_sample(n_users=59)
