"""The curve of changes that know nothing: it starts at the global model, and its mean is that of the countries."""

import numpy as np
import pytest
from hand.scored import crowd, hand_scored

from scpo.results import MEAN, noise_table
from scpo.results.noise import POINTS


def test_it_starts_at_the_global_model_and_recovers_more_with_more_noise():
    scored, _ = crowd()
    table = noise_table(scored, ["CHL"])
    gap = scored.test_pairs.loc[scored.test_pairs["country"] == "CHL", "gap"]
    assert len(table) == POINTS and table["noise"].iloc[[0, -1]].tolist() == [0, 4]
    assert table.iloc[0][["true_value", "all_value"]].tolist() == [0, (gap > 0).mean()]
    assert (np.diff(table["true_value"]) > 0).all() and table["true_value"].iloc[-1] < 0.5


def test_the_mean_weighs_countries_equally_and_one_country_has_none():
    scored, _ = crowd()
    table = noise_table(scored, ["AUS", "CHL"]).set_index(["country", "noise"])
    by_hand = (table.loc["AUS"] + table.loc["CHL"]) / 2
    assert table.loc[MEAN].to_numpy() == pytest.approx(by_hand.to_numpy())
    assert set(noise_table(scored, ["AUS"])["country"]) == {"AUS"}


def test_where_the_global_model_is_never_wrong_there_is_no_curve():
    assert noise_table(hand_scored(), ["NZL"])[["true_value", "all_value"]].isna().all(axis=None)
