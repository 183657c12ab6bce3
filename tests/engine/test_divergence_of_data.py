"""Distances of a stored data set: kept by their causes, laid out, printed."""

import json
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
from scpo.work.prepare import prepare
from scpo.work.requests import ScoreRequest

CONFIG = EvaluationConfig(resamples=200)


@pytest.fixture(scope="module")
def scored(world):
    request = ScoreRequest(data="small", model="rm")
    prepare(world.store, request, settings=world.settings, on_progress=lambda *_: None)
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
    assert set(document) >= {"countries", "n_users", "distance", "noise_floor", "to_global", "order", "branches", "map"}
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
