import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from scpo.config import SplitConfig
from scpo.data.splits import assign_split, user_folds, validation_users
from scpo.errors import InputError

REFERENCE = SplitConfig(kind="reference", test_fraction=0.15, seed=0)


def people(*countries: str | None) -> pd.DataFrame:
    return pd.DataFrame(
        {"user_id": [f"user{i}" for i in range(len(countries))], "country": pd.Series(countries, dtype=object)}
    )


@pytest.mark.parametrize("n_users", [2, 3, 20, 163, 1500])
def test_the_reference_split_is_that_of_scikit_learn(n_users):
    users = assign_split(people(*["ZAF"] * n_users), REFERENCE)
    _, expected = train_test_split(range(n_users), test_size=0.15, random_state=0)
    assert np.flatnonzero(users["split"] == "test").tolist() == sorted(expected)


def test_the_reference_split_of_prism_has_225_test_users():
    users = assign_split(people(*["ZAF"] * 1500), REFERENCE)
    assert (users["split"] == "test").sum() == 225


@given(
    sizes=st.lists(st.integers(1, 30), min_size=2, max_size=6),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 5),
)
def test_every_country_of_two_or_more_has_users_on_both_sides(sizes, fraction, seed):
    names = ["ZAF", "CHL", "NZL", "ISR", "CAN", None]
    users = people(*[name for name, size in zip(names, sizes, strict=False) for _ in range(size)])
    split = assign_split(users, SplitConfig(test_fraction=fraction, seed=seed))
    for _, group in split.groupby("country", dropna=False):
        assert set(group["split"]) == ({"train", "test"} if len(group) > 1 else {"train"})


def test_a_stratified_split_takes_its_share_of_each_country():
    users = assign_split(people(*["ZAF"] * 100, *["CHL"] * 40, *[None] * 20), SplitConfig(test_fraction=0.15))
    tests = users[users["split"] == "test"].groupby("country", dropna=False).size()
    assert tests.tolist() == [6, 15, 3]  # CHL, ZAF, no country


def test_a_stratified_split_depends_neither_on_row_order_nor_on_other_countries():
    users = people(*["ZAF"] * 20, *["CHL"] * 20)
    split = assign_split(users, SplitConfig(seed=3)).set_index("user_id")["split"]
    shuffled = assign_split(users.sample(frac=1, random_state=1), SplitConfig(seed=3)).set_index("user_id")["split"]
    alone = assign_split(users[users["country"] == "ZAF"], SplitConfig(seed=3)).set_index("user_id")["split"]
    assert shuffled.sort_index().equals(split.sort_index())
    assert alone.equals(split[alone.index])


def test_another_seed_chooses_other_users():
    users = people(*["ZAF"] * 50)
    tests = {tuple(assign_split(users, SplitConfig(seed=seed))["split"]) for seed in range(5)}
    assert len(tests) == 5


def test_users_without_pairs_do_not_use_up_the_test_users_of_a_country():
    users = people(*["ZAF"] * 12)
    active = {"user3", "user7"}
    for seed in range(10):
        split = assign_split(users, SplitConfig(seed=seed), with_pairs=active).set_index("user_id")["split"]
        assert set(split[sorted(active)]) == {"train", "test"}


def test_one_user_cannot_be_split():
    with pytest.raises(InputError, match="two users, found 1"):
        assign_split(people("ZAF"), SplitConfig())


@given(n=st.integers(2, 60), fraction=st.floats(0.05, 0.95), seed=st.integers(0, 3))
def test_validation_users_are_some_but_not_all(n, fraction, seed):
    ids = np.array([f"user{i}" for i in range(n)], dtype=object)
    chosen = validation_users(ids, fraction=fraction, seed=seed)
    assert 0 < len(chosen) < n
    assert chosen <= set(ids)
    assert chosen == validation_users(np.repeat(ids[::-1], 3), fraction=fraction, seed=seed)


def test_a_single_user_is_kept_for_training():
    assert validation_users(["user1", "user1"], fraction=0.5, seed=0) == set()


def test_a_validation_fraction_outside_0_to_1_is_refused():
    with pytest.raises(InputError, match=r"1\.5"):
        validation_users(["user1", "user2"], fraction=1.5, seed=0)


def test_at_least_so_many_validation_users_are_chosen_and_one_is_left():
    for n, chosen in ((2, 1), (3, 2), (6, 2), (40, 10)):
        assert len(validation_users([f"u{i}" for i in range(n)], fraction=0.25, seed=0, least=2)) == chosen


@pytest.mark.parametrize(("n", "folds", "sizes"), [(13, 5, [2, 2, 3, 3, 3]), (5, 5, [1] * 5), (3, 5, [1] * 3)])
def test_folds_hold_every_user_once_and_are_nearly_equal(n, folds, sizes):
    ids = [f"u{i}" for i in range(n)]
    found = user_folds(np.repeat(ids[::-1], 3), folds=folds, seed=0)
    assert set(found) == set(ids) and sorted(np.bincount(list(found.values()))) == sizes
    assert found == user_folds(ids, folds=folds, seed=0)
    assert n < 10 or found != user_folds(ids, folds=folds, seed=1)


@pytest.mark.parametrize(("ids", "folds"), [(["a", "a"], 5), (["a", "b"], 1)])
def test_folds_of_one_are_refused(ids, folds):
    with pytest.raises(InputError, match="at least two users and two folds"):
        user_folds(ids, folds=folds, seed=0)
