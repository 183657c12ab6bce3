"""The same data set under another name with other communities."""

import pytest
from hand.tables import SPLIT, small_tables

from scpo.errors import InputError
from scpo.store import datasets
from scpo.store.cache import Store
from scpo.work.register import regroup


@pytest.fixture
def store(tmp_path):
    """A store with a data set whose people have a gender: the even ones are female."""
    store = Store(tmp_path)
    tables = small_tables(n_users=60)
    tables.users["gender"] = ["female" if i % 2 == 0 else "male" for i in range(60)]
    datasets.register(
        store, "small", tables, source="pairs", location="a.csv", split=SPLIT, licence="CC0", citation="C"
    )
    return store


def test_users_split_responses_and_origin_stay(store):
    old, new = datasets.load_dataset(store, "small"), regroup(store, "small", "by-gender", ["gender"])
    found = datasets.load_dataset(store, "by-gender")
    assert found.countries == ["female", "male"] and new.group == "gender"
    assert found.users["split"].equals(old.users["split"])
    assert found.info.sha256["utterances"] == old.info.sha256["utterances"]  # so scores serve both
    assert (new.source, new.location, new.licence, new.citation) == ("pairs", "a.csv", "CC0", "C")
    assert new.users_per_country == {"female": 30, "male": 30}


def test_country_with_gender_has_names_and_counts(store):
    info = regroup(store, "small", "both", ["country", "gender"])
    assert info.group == "country,gender"
    assert info.users_per_country == {f"{c} / {g}": 10 for c in ("Chile", "South Africa") for g in ("female", "male")}
    assert "20 users with pairs gave no answer" in info.report.notes[-1]


def test_a_regrouped_data_set_is_regrouped_again(store):
    regroup(store, "small", "by-gender", ["gender"])
    again = regroup(store, "by-gender", "countries", ["country"])
    assert again.group == "country"
    assert again.pairs_per_country == datasets.load_info(store, "small").pairs_per_country


def test_the_old_name_is_refused_and_nothing_changes(store):
    with pytest.raises(InputError, match="choose another name"):
        regroup(store, "small", "small", ["gender"])
    assert datasets.load_info(store, "small").group == "country"
