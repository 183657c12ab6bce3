"""Groups, length and calibration of runs: tables and documents against counts made here."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hand.scored import CROWD, crowd

from scpo import results
from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.results.bias import bias_document
from scpo.results.frontier import MEAN

CONFIG = EvaluationConfig()


@pytest.fixture(scope="module")
def found():
    """The crowd with answers: people are old or young by turns, some do not say; responses have many lengths."""
    scored, runs = crowd()
    data = scored.dataset
    ages = [None if n % 20 == 0 else ("old", "young")[n % 2] for n in range(len(data.users))]
    ages[3] = "Prefer not to say"
    users = data.users.assign(age=ages, shade=[f"shade {n}" for n in range(len(data.users))])
    lengths = np.random.default_rng(1).integers(1, 6, len(data.utterances))
    utterances = data.utterances.assign(response=["word " * n for n in lengths])
    pairs = data.pairs.assign(topic=np.where(np.arange(len(data.pairs)) % 2, "food", "travel"))
    return replace(scored, dataset=replace(data, users=users, utterances=utterances, pairs=pairs)), runs


def of(runs, country, method):
    """Gaps of a setting, one row per run."""
    return np.stack([r.gap for r in runs if (r.config.country, r.config.objective.method) == (country, method)])


def right(found, country, method):
    """Mean over runs of what the model of a country ranks right, on its own pairs."""
    scored, runs = found
    own = (scored.test_pairs["country"] == country).to_numpy()
    return own, np.mean(of(runs, country, method)[:, own] > 0, axis=0)


def test_facets_are_what_has_two_groups_of_ten_test_users(found):
    assert results.facets(found[0]) == ["age", "topic"]  # every shade is one person's


def test_groups_are_counted_over_all_countries_with_a_model_each_under_its_own(found):
    scored, runs = found
    tables = {m[0].objective.method: g for m, g in results.setting_groups(scored, runs, CONFIG, by="age")}
    table = results.group_table(tables["scpo"].everywhere, level=0.95).set_index("group")
    age = scored.test_pairs["user_id"].map(scored.dataset.users.set_index("user_id")["age"]).to_numpy()
    for group in ("old", "young"):
        hits, start, n = 0.0, 0, 0
        for country in CROWD:
            own, after = right(found, country, "scpo")
            mine = age[own] == group
            hits, n = hits + after[mine].sum(), n + mine.sum()
            start += (scored.test_pairs["gap"].to_numpy()[own][mine] > 0).sum()
        assert table.loc[group, "n_pairs"] == n
        assert table.loc[group, "after_value"] == pytest.approx(hits / n)
        assert table.loc[group, "diff_value"] == pytest.approx((hits - start) / n)
    unknown = np.array([not isinstance(one, str) or one == "Prefer not to say" for one in age])
    assert tables["scpo"].n_pairs_unknown == unknown.sum() > 4
    inside = results.group_table(tables["scpo"].inside, level=0.95)
    assert set(inside["community"]) == set(CROWD) and inside["too_few_users"].all()


def test_length_is_split_by_which_response_is_longer(found):
    scored, runs = found
    table = results.length_table(scored, runs, CONFIG)
    table = table[table["method"] == "scpo"].set_index("country")
    words = scored.utterances["response"].str.split().str.len().to_numpy()
    test = scored.test_pairs
    ratio = words[test["chosen"]] - words[test["rejected"]]
    own, after = right(found, "CHL", "scpo")
    mine, row = ratio[own], table.loc["CHL"]
    assert (row["n_longer"], row["n_shorter"], row["n_equal"]) == tuple(
        np.count_nonzero(one) for one in (mine > 0, mine < 0, mine == 0)
    )
    assert row["longer_after_value"] == pytest.approx(after[mine > 0].mean())
    assert row["shorter_before_value"] == pytest.approx((test["gap"].to_numpy()[own][mine < 0] > 0).mean())
    prefers_longer = np.concatenate([after[mine > 0], 1 - after[mine < 0]]).mean()
    assert row["bias_after_value"] == pytest.approx(prefers_longer - (mine > 0).sum() / (mine != 0).sum())
    assert row["bias_change_value"] == pytest.approx(row["bias_after_value"] - row["bias_before_value"])
    assert table.loc["MEX", "too_few_users"] and np.isnan(table.loc["MEX", "holm"])
    solid = table[~table["too_few_users"].astype(bool)].drop(index=MEAN)
    assert 2 <= len(solid) < len(CROWD) and table.loc[MEAN, "name"] == f"Mean over {len(solid)} countries"
    assert table.loc[MEAN, "bias_change_value"] == pytest.approx(solid["bias_change_value"].mean())
    assert table.loc[MEAN, "n_equal"] == solid["n_equal"].sum()


def test_calibration_counts_the_pairs_of_a_country_and_of_all(found):
    scored, runs = found
    numbers, bins = results.reliability_table(scored, runs, CONFIG)
    chile = numbers[(numbers["country"] == "CHL") & (numbers["method"] == "scpo")].iloc[0]
    own = (scored.test_pairs["country"] == "CHL").to_numpy()
    gap = of(runs, "CHL", "scpo")[:, own]
    said = 1 / (1 + np.exp(-np.abs(gap)))
    assert chile["after_value"] == pytest.approx(said.mean() - (gap > 0).mean())
    assert chile["change_value"] == pytest.approx(chile["after_value"] - chile["before_value"])
    everywhere = numbers[(numbers["country"] == results.EVERYWHERE) & (numbers["method"] == "scpo")].iloc[0]
    assert everywhere["n_pairs"] == len(scored.test_pairs) and everywhere["n_users"] == sum(CROWD.values())
    mine = bins[(bins["country"] == "CHL") & (bins["method"] == "scpo") & (bins["model"] == "own")]
    assert mine["share"].sum() == pytest.approx(1)
    assert (mine["share"] * mine["said"]).sum() == pytest.approx(said.mean())


def test_the_document_has_everything_and_is_json(found):
    scored, runs = found
    document = bias_document(scored, runs, CONFIG, by=["age", "topic"])
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [(one["by"], one["method"]) for one in document["groups"]] == [
        ("age", "full"), ("age", "scpo"), ("topic", "full"), ("topic", "scpo"),
    ]  # fmt: skip
    first = document["groups"][0]
    assert {"group", "before", "after", "difference", "lost", "won", "holm_p"} <= set(first["groups"][0])
    assert set(first["extremes"]) == {"before", "after", "change"} and first["extremes"]["after"]["n_groups"] == 2
    between = document["between_communities"][0]["extremes"]["change"]
    assert between["n_groups"] == 4 and between["gap"]["p"] is not None  # MEX has four users
    assert len(document["others"]) == 2 * len(CROWD) and len(document["length"]) == 2 * (len(CROWD) + 1)
    assert {one["country"] for one in document["calibration"]} == {*CROWD, results.EVERYWHERE}
    (others,) = [one for one in document["others"] if (one["trained_for"], one["method"]) == ("AUS", "scpo")]
    assert (others["communities"], others["too_few"]) == (["CHL", "NZL", "ZAF"], ["MEX"])


def test_a_facet_that_does_not_exist_is_refused_with_those_that_do(found):
    with pytest.raises(InputError, match=r"no facet 'gender'.*age, shade, topic"):
        bias_document(*found, CONFIG, by=["gender"])
