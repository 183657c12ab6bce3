"""Registered data sets: content gives the key, names do not count, broken files are reported."""

import pytest
from hand.tables import SPLIT, add, flip_a_byte, rewrite, small_tables

from scpo.errors import DataError, InputError, StoreError
from scpo.store.broken import broken_entries
from scpo.store.cache import Store
from scpo.store.datasets import list_infos, load_dataset, load_info, register


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def test_a_registered_data_set_is_read_back_with_the_split_of_each_pair_s_user(store):
    add(store)
    loaded = load_dataset(store, "small")
    split = dict(zip(loaded.users["user_id"], loaded.users["split"], strict=True))
    assert set(split.values()) == {"train", "test"}
    assert [split[user] for user in loaded.pairs["user_id"]] == loaded.pairs["split"].tolist()
    assert loaded.utterances["response"].tolist() == [f"yes {row}" for row in range(48)]
    assert loaded.countries == ["CHL", "ZAF"]


def test_counts_are_those_of_the_tables(store):
    info = add(store)
    assert info.counts == {"users": 12, "utterances": 48, "pairs": 24}
    assert info.pairs_per_country == {"CHL": 8, "ZAF": 8}
    assert info.users_per_country == {"CHL": 4, "ZAF": 4}
    assert load_info(store, "small") == info


def test_equal_tables_have_equal_keys_whatever_they_are_called(store):
    assert add(store, "one").key == add(store, "two").key


def test_other_texts_and_another_split_give_other_keys(store):
    split = SPLIT.model_copy(update={"seed": 5})
    tables = small_tables()
    other = register(store, "split", tables, source="pairs", location="a.csv", split=split, licence="CC0")
    assert len({add(store, "one").key, add(store, "two", answer="no").key, other.key}) == 3


def test_the_same_data_set_can_be_added_twice_and_exists_once(store):
    assert add(store).key == add(store).key
    assert [info.name for info in list_infos(store)] == ["small"]


def test_a_name_that_is_taken_by_other_content_is_refused_and_keeps_its_content(store):
    first = add(store)
    with pytest.raises(InputError, match="small exists already"):
        add(store, answer="no")
    assert load_info(store, "small").key == first.key
    assert sorted(path.name for path in (store.root / "datasets").iterdir()) == ["small"]


def test_an_unknown_name_is_answered_with_the_known_ones(store):
    add(store)
    with pytest.raises(InputError, match="no data set named prism: known are small"):
        load_dataset(store, "prism")


@pytest.mark.parametrize("table", ["users", "utterances", "pairs"])
def test_a_broken_table_is_named_and_moves_nothing(store, table):
    add(store)
    flip_a_byte(store.folder("datasets", "small") / "tables" / f"{table}.parquet")
    for _ in range(2):
        with pytest.raises(StoreError, match=rf"^datasets/small/tables/{table}\.parquet is not the file that was"):
            load_dataset(store, "small")
    assert [info.name for info in list_infos(store)] == ["small"]


@pytest.mark.parametrize("damage", ["gone", "no JSON", "a digit", "another name"])
def test_a_broken_dataset_json_is_named_and_the_other_data_sets_stay_usable(store, damage):
    add(store)
    add(store, "other")
    path = store.folder("datasets", "small") / "dataset.json"
    text = path.read_text()
    if damage == "gone":
        path.unlink()
    else:
        changed = {"no JSON": '{"name"', "a digit": text.replace("12", "13", 1)}
        path.write_text(changed.get(damage, text.replace('"name": "small"', '"name": "other"')))
    with pytest.raises(StoreError, match=r"^datasets/small/dataset\.json is "):
        load_info(store, "small")
    assert [info.name for info in list_infos(store)] == ["other"]
    assert list(broken_entries(store)) == ["datasets/small"]
    assert load_dataset(store, "other").info.name == "other"


def test_a_stray_folder_among_the_data_sets_is_named_and_stops_none(store):
    add(store)
    (store.root / "datasets" / "etc").mkdir()
    assert [info.name for info in list_infos(store)] == ["small"]
    assert broken_entries(store)["datasets/etc"].startswith("datasets/etc/dataset.json is missing")
    with pytest.raises(InputError, match="no data set named other: known are small;"):
        load_info(store, "other")


def test_a_dataset_json_of_another_version_is_an_error_that_says_so(store):
    add(store)
    (store.folder("datasets", "small") / "dataset.json").write_text('{"name": "small"}')
    with pytest.raises(StoreError, match="of another version"):
        load_info(store, "small")


def test_a_data_set_of_a_source_that_nobody_knows_is_an_error_that_says_so(store):
    add(store)
    rewrite(store.folder("datasets", "small") / "dataset.json", source="dreams")
    with pytest.raises(StoreError, match="data set small comes from a source that this scpo does not know, dreams"):
        load_info(store, "small")


def test_a_table_that_breaks_the_data_dictionary_is_not_registered(store):
    tables = small_tables()
    tables.pairs.loc[0, "chosen"] = -1
    with pytest.raises(DataError, match="table pairs"):
        register(store, "bad", tables, source="pairs", location="a.csv", split=SPLIT, licence="CC0")
    assert store.names("datasets") == []
