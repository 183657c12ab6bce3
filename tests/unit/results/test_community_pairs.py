"""Pairs of communities against the global model, counted by hand."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from scpo.config import EvaluationConfig
from scpo.results.community_pairs import BINS, examples, p_glo_distribution, p_glo_shares, to_global_table
from scpo.store.scored import Scored


def pairs_of(country: str, gaps: list[float]) -> pd.DataFrame:
    """Return one pair per person of a community."""
    users = [f"{country}{i}" for i in range(len(gaps))]
    return pd.DataFrame({"country": country, "user_id": users, "gap": gaps, "p_glo": expit(gaps)})


def table_of(pairs: pd.DataFrame, countries: list[str]) -> pd.DataFrame:
    """The table of pairs of communities that are countries."""
    scored = SimpleNamespace(
        info=SimpleNamespace(group="country"), country_pairs=lambda country: pairs[pairs["country"] == country]
    )
    return to_global_table(cast(Scored, scored), countries, EvaluationConfig(level=0.95))


def test_a_probability_on_an_edge_counts_to_the_right_and_one_counts_in_the_last_bin():
    assert p_glo_shares([0.0, 0.25, 0.5, 1.0], bins=4).tolist() == [0.25, 0.25, 0.25, 0.25]


def test_without_pairs_no_bin_has_a_share():
    assert not p_glo_shares([]).any()


def test_disagreement_is_the_share_of_gaps_below_zero_of_each_community():
    pairs = pd.concat([pairs_of("CHL", [-1.0] * 6 + [1.0] * 4), pairs_of("CAN", [-2.0, 0.0] + [3.0] * 8)])
    table = table_of(pairs, ["CAN", "CHL"]).set_index("country")
    assert table["value"].to_dict() == {"CAN": pytest.approx(0.1), "CHL": pytest.approx(0.6)}
    assert table["n_pairs"].tolist() == [10, 10] and table["n_users"].tolist() == [10, 10]
    inside = (table["low"] <= table["inner_low"]) & (table["inner_high"] <= table["high"])
    assert inside.all()
    assert table.loc["CHL", "median"] == pytest.approx(expit(-1.0))


def test_the_distribution_has_a_row_per_bin_and_its_left_half_is_the_disagreement():
    table = table_of(pairs_of("CHL", [-1.0] * 6 + [1.0] * 4), ["CHL"])
    spread = p_glo_distribution(table, keep=["country"])
    assert len(spread) == BINS and set(spread) == {"country", "p_low", "p_high", "share"}
    assert spread["share"].sum() == pytest.approx(1.0)
    assert spread.loc[spread["p_high"] <= 0.5, "share"].sum() == pytest.approx(0.6)


def test_examples_are_the_most_negative_gaps_one_per_person_without_flagged_texts():
    pairs = pairs_of("CHL", [-1.0, -5.0, -3.0, -4.0, 2.0]).assign(
        pair_id=list("abcde"), chosen=[0, 2, 4, 6, 8], rejected=[1, 3, 5, 7, 9]
    )
    pairs.loc[3, "user_id"] = "CHL1"
    texts = [f"text {i}" for i in range(10)]
    flagged = pd.Series([i == 5 for i in range(10)], dtype="boolean")
    utterances = pd.DataFrame({"prompt": texts, "response": texts, "flagged": flagged})
    found = examples(pairs, utterances, "CHL")
    assert found["pair_id"].tolist() == ["b", "a"]
    assert found[["chosen", "rejected"]].to_numpy().tolist() == [["text 2", "text 3"], ["text 0", "text 1"]]
    assert np.allclose(found["gap"], [-5.0, -1.0])
