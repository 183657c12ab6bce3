"""From a point of the Trade-off, and from a cell of Bias, to the pairs whose verdict flips: really clicked."""

import numpy as np
import pytest
from hand.runs import finished_with, run_config
from hand.tables import add, score
from reading import check_page, words

from scpo.store.cache import Store
from scpo.store.datasets import load_dataset

SEEDS = {"CHL": (0,), "ZAF": (0, 1)}
"""Finished runs: one of Chile, so that a single run stands for it, and two of South Africa, so that their mean does."""


def globally_wrong(pair: int) -> bool:
    """The global model ranks every fourth pair as the person did not."""
    return pair % 4 == 0


def wrong_after(country: str, pair: int) -> bool:
    """Chile's model ranks no pair wrongly; that of South Africa those that the global model does, and every seventh."""
    return False if country == "CHL" else globally_wrong(pair) or pair % 7 == 0


def rewards(wrong: list[bool]) -> np.ndarray:
    """Return rewards of the responses of pairs, chosen and rejected in turn."""
    return np.array([[-1.0 if one else 1.0, 0.0] for one in wrong], dtype=np.float32).ravel()


@pytest.fixture
def store(store: Store) -> Store:
    info = add(store, n_users=60)
    pairs = load_dataset(store, "small").pairs
    score(store, info, rewards([globally_wrong(i) for i in range(len(pairs))]))
    tested = np.repeat(pairs["split"].eq("test"), 2)
    for country, seeds in SEEDS.items():
        after = np.where(tested, rewards([wrong_after(country, i) for i in range(len(pairs))]), np.nan)
        for seed in seeds:
            of = {"dataset": "small", "dataset_key": info.key, "model": "rm", "country": country}
            finished_with(store, run_config(seed, **of), after)
    return store


def flipped(store: Store, country: str, *, model: str) -> set[str]:
    """Return the test pairs of a country on which exactly one of the global model and a country's model is right."""
    pairs = load_dataset(store, "small").pairs.query("split == 'test'")
    names = pairs.loc[pairs["country"] == country, "pair_id"].tolist()
    return {name for name in names if globally_wrong(int(name[1:])) != wrong_after(model, int(name[1:]))}


def listed(at) -> set[str]:
    """Return the pairs of the list."""
    return set(next(frame.value for frame in at.dataframe if "Second gap" in frame.value)["Pair"])


@pytest.mark.parametrize(("country", "name"), [("CHL", "Chile"), ("ZAF", "South Africa")])
def test_a_country_s_point_leads_to_the_pairs_that_its_own_model_judges_differently(open_page, store, country, name):
    at = open_page("tradeoff", store, query={"country": name})
    check_page(at)
    at.button(key="point_pairs").click().run()
    check_page(at)
    assert at.multiselect(key="of").value == [country]
    assert at.multiselect(key="countries").value == [], "a way to pairs never changes the global filter"
    assert at.selectbox(key="order").value == "Lost first"
    assert at.selectbox(key="flips").value == "Verdict flips"
    assert at.selectbox(key="second").value == f"{country}|scpo|0.7|1.1"
    expected = flipped(store, country, model=country)
    assert expected and listed(at) == expected
    seeds = "mean of 2 seeds" if country == "ZAF" else "run "
    assert f"second: {name}: Filter + weight (τ 0.7, β 1.1), {seeds}" in words(at)


def test_the_point_of_the_mean_leads_to_the_flips_of_each_country_s_own_model(open_page, store):
    at = open_page("tradeoff", store, query={"country": "Mean over countries"})
    check_page(at)
    at.button(key="point_pairs").click().run()
    check_page(at)
    assert at.multiselect(key="countries").value == []
    assert at.selectbox(key="flips").value == "Verdict flips"
    assert at.selectbox(key="second").value == "own"
    chile, south_africa = (flipped(store, country, model=country) for country in SEEDS)
    assert chile and south_africa and listed(at) == chile | south_africa
    assert "second: Own country's model: Filter + weight (τ 0.7, β 1.1)" in words(at)


def test_the_countries_of_the_sidebar_stay_on_the_way_from_the_mean(open_page, store):
    at = open_page("tradeoff", store, query={"country": "Mean over countries"})
    at.multiselect(key="countries").set_value(["CHL", "ZAF"]).run()
    at.button(key="point_pairs").click().run()
    check_page(at)
    assert sorted(at.multiselect(key="countries").value) == ["CHL", "ZAF"]


def test_a_cell_leads_to_the_pairs_of_one_country_that_the_model_of_another_judges_differently(open_page, store):
    at = open_page("bias", store)
    at.selectbox(key="cell").select("CHL→ZAF").run()
    check_page(at)
    at.button(key="cell_pairs").click().run()
    check_page(at)
    assert at.multiselect(key="of").value == ["ZAF"] and at.multiselect(key="countries").value == []
    assert at.selectbox(key="second").value == "CHL|scpo|0.7|1.1"
    expected = flipped(store, "ZAF", model="CHL")
    assert expected and listed(at) == expected
