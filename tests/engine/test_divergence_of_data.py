"""Distances of a stored data set: kept by their causes, laid out, printed."""

import json

import numpy as np
import pytest

from scpo import results
from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.divergence import from_json
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
    assert same(from_json(json.loads(json.dumps(first.to_json()))), first)


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
    from dataclasses import replace

    nothing = replace(found.distance[0][1], value=np.nan, low=np.nan, high=np.nan)
    known = replace(found.distance[0][1], value=0.2, low=0.1, high=0.3)
    zero = found.distance[0][0]
    cells = ((zero, known, nothing), (known, zero, nothing), (nothing, nothing, zero))
    names, grown, flat = results.layout(replace(found, distance=cells))
    assert names == list(found.countries[:2]) and len(grown.order) == 2 and flat.points.shape == (2, 2)
