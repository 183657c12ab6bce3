"""Distances of a stored data set: kept by their causes, laid out, printed."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scpo import results
from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.divergence import Divergence
from scpo.measures.estimate import Estimate
from scpo.measures.intervals import Interval
from scpo.store.cache import Store
from scpo.work.context import Work
from scpo.work.prepare import prepare
from scpo.work.requests import ScoreRequest

CONFIG = EvaluationConfig(resamples=200)


@pytest.fixture(scope="module")
def scored(world):
    request = ScoreRequest(data="small", model="rm")
    prepare(Work(world.store, world.settings), request)
    return results.load_scored(world.store, "small", "rm")


@pytest.fixture(scope="module")
def found(scored, tmp_path_factory):
    return results.load_divergence(Store(tmp_path_factory.mktemp("kept")), scored, CONFIG)


def same(first, second):
    return json.dumps(first.to_json()) == json.dumps(second.to_json())


def test_what_is_kept_is_what_was_computed_and_is_not_computed_again(scored, tmp_path, monkeypatch):
    store, told = Store(tmp_path), []
    first = results.load_divergence(store, scored, CONFIG, on_progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 3) and told[-1] == (3, 3)
    monkeypatch.setattr("scpo.results.divergence.divergence", lambda *_, **__: pytest.fail("computed again"))
    assert same(results.load_divergence(store, scored, CONFIG), first)
    assert same(Divergence.from_json(json.loads(json.dumps(first.to_json()))), first)


def test_the_verdict_on_a_couple_is_the_same_whatever_is_looked_at(scored, found, tmp_path, monkeypatch):
    store = Store(tmp_path)
    monkeypatch.setattr("scpo.results.divergence.TOO_FEW_USERS", 2)
    monkeypatch.setattr("scpo.measures.permutation.TOO_FEW_USERS", 2)
    told = []
    every = results.load_divergence(store, scored, CONFIG, on_progress=lambda done, total: told.append((done, total)))
    two = results.load_divergence(store, scored, CONFIG, countries=["CHL", "ZAF"])
    first, second = (every.countries.index(code) for code in two.countries)
    assert two.holm[0, 1] == every.holm[first, second] > every.p[first, second] == two.p[0, 1]
    family = len(results.load_couple_tests(store, scored).countries)
    assert told[0] == (0, 3 + math.comb(family, 2)) and told[-1][0] == told[-1][1] == told[0][1]
    assert np.isnan(found.holm).all(), "fewer than ten users have no verdict"


def test_the_pairs_that_divide_two_models_are_ranked_and_flagged_ones_are_counted(scored, tmp_path):
    found = results.dividing_pairs(scored, "CHL", "ZAF", CONFIG)
    table = found.pairs
    assert table["difference"].abs().is_monotonic_decreasing and len(table) + found.n_flagged == found.n_judged
    assert (table["divided"] == ((table["first"] > 0) != (table["second"] > 0))).all()
    assert found.n_flagged or len(set(table["country"].value_counts())) == 1, "equally many of each"
    swapped = results.dividing_pairs(scored, "ZAF", "CHL", CONFIG).pairs
    assert swapped["pair_id"].tolist() == table["pair_id"].tolist()
    assert swapped["difference"].to_numpy() == pytest.approx(-table["difference"].to_numpy())
    row, place = table.iloc[0], scored.pairs.set_index("pair_id").loc[table.iloc[0]["pair_id"]]
    assert row["chosen"] == scored.utterances["response"].iloc[place["chosen"]]
    document = results.dividing_document(Store(tmp_path), scored, "CHL", "ZAF", CONFIG, save=False)
    assert Store(tmp_path).names("divergences") == [] and document["holm"] is None
    assert document["n_divided"] == table["divided"].sum() and len(document["pairs"]) == len(table)
    json.dumps(document, allow_nan=False)
    flagged = scored.utterances.assign(flagged=pd.array([True] * len(scored.utterances), dtype="boolean"))
    none = replace(scored, dataset=replace(scored.dataset, utterances=flagged))
    assert results.dividing_pairs(none, "CHL", "ZAF", CONFIG).pairs.empty
    with pytest.raises(InputError, match="no pairs from XXX"):
        results.dividing_pairs(scored, "CHL", "XXX", CONFIG)
    with pytest.raises(InputError, match="itself"):
        results.dividing_pairs(scored, "CHL", "CHL", CONFIG)


def test_only_the_countries_that_are_asked_for_are_compared(scored, tmp_path):
    found = results.load_divergence(Store(tmp_path), scored, CONFIG, countries=["ZAF", "CHL"], save=False)
    assert found.countries == ("CHL", "ZAF")
    assert Store(tmp_path).names("divergences") == []
    with pytest.raises(InputError, match="no pairs from XXX"):
        results.load_divergence(Store(tmp_path), scored, CONFIG, countries=["CHL", "XXX"])
    with pytest.raises(InputError, match="two communities"):
        results.load_divergence(Store(tmp_path), scored, CONFIG, countries=["CHL"])


def test_the_document_keeps_the_contract_and_names_branches_by_their_countries(found):
    document = results.divergence_document(found)
    assert set(document) >= {
        "countries",
        "n_users",
        "distance",
        "noise_floor",
        "to_global",
        "p",
        "holm",
        "order",
        "branches",
        "map",
    }
    json.dumps(document, allow_nan=False)
    value = found.cells("value")
    if np.isfinite(value).all():
        assert sorted(document["order"]) == sorted(found.countries)
        assert document["branches"][-1]["countries"] == sorted(found.countries)
        assert document["branches"][-1]["support"] == 1.0


def test_a_community_without_a_distance_is_left_out_of_tree_and_map(found):
    nothing = found.distance[0][1].fixed(np.nan)
    known = Estimate(0.2, (Interval(0.95, 0.1, 0.3),), n_pairs=9, n_users=9)
    zero = found.distance[0][0]
    cells = ((zero, known, nothing), (known, zero, nothing), (nothing, nothing, zero))
    names, grown, flat = results.layout(replace(found, distance=cells))
    assert names == list(found.countries[:2]) and len(grown.order) == 2 and flat.points.shape == (2, 2)


@pytest.fixture(scope="module")
def asked(scored):
    """Two copies of each pair, so that parts are large enough, with a facet that changes from pair to pair."""
    pairs = scored.dataset.pairs
    pairs = pairs.assign(kind=np.where(np.arange(len(pairs)) % 2, "small talk", "advice"))
    kinds = pd.concat([pairs, pairs], ignore_index=True)
    return replace(scored, dataset=replace(scored.dataset, pairs=kinds))


@pytest.mark.parametrize("ask", [results.what_differs, results.where_it_differs])
def test_what_and_where_it_differs_have_thick_and_thin_ends_out_of_one_fit(asked, ask):
    wide, narrow = (ask(asked, "CHL", EvaluationConfig(level=level)) for level in (0.95, 0.8))
    known = wide[wide["low"].notna()]
    assert len(known)
    for end in ("low", "high"):
        assert np.array_equal(wide[f"inner_{end}"], narrow[end], equal_nan=True)
    assert (known["low"] < known["inner_low"]).all() and (known["inner_high"] < known["high"]).all()


def test_a_part_of_a_facet_is_told_with_its_share_and_its_difference_to_the_rest(asked):
    table = results.where_it_differs(asked, "CHL", EvaluationConfig()).set_index("value")
    table = table[table["facet"] == "kind"]
    own = asked.pairs[asked.pairs["country"] == "CHL"]
    shares = own.groupby("kind")["gap"].apply(lambda gap: (gap < 0).mean())
    assert table.loc[["advice", "small talk"], "disagreement"].tolist() == pytest.approx(shares.tolist())
    assert table.loc["advice", "difference"] == pytest.approx(shares["advice"] - shares["small talk"])
    assert table["n_pairs"].sum() == len(own)
