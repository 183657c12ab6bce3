"""The worst group and the gap: by hand, and against simulated truths where the naive interval fails."""

import numpy as np
import pytest

from scpo.errors import InputError
from scpo.measures.accuracy import accuracy
from scpo.measures.extremes import extremes

EQUAL, APART = (0.65, 0.65, 0.65, 0.65), (0.52, 0.66, 0.68, 0.8)


def world(rng, shares, *, n_users=14, alike=0.1):
    """Groups of users with 4 to 30 pairs each; users of a group differ (beta-binomial, correlation `alike`)."""
    numbers, users = {}, {}
    for number, share in enumerate(shares):
        pairs = rng.integers(4, 30, n_users)
        taste = rng.beta(share * (1 - alike) / alike, (1 - share) * (1 - alike) / alike, n_users)
        people = np.repeat([f"{number}-{user:02d}" for user in range(n_users)], pairs)
        right = rng.random(people.size) < np.repeat(taste, pairs)
        name = f"group {number}"
        numbers[name], users[name] = accuracy(np.where(right, 1.0, -1.0), people), np.unique(people)
    return numbers, users


def test_worst_best_and_gap_are_those_of_the_counted_shares():
    people = np.repeat(["a", "b", "c", "d", "e", "f"], 4)
    right = np.array([1, 1, 1, 0] * 2 + [1, 0, 0, 0, 1, 1, 0, 0] + [1, 1, 0, 0, 1, 0, 1, 0], dtype=float)
    parts = {"old": slice(0, 8), "young": slice(8, 16), "middle": slice(16, 24)}
    numbers = {name: accuracy(right[part] - 0.5, people[part]) for name, part in parts.items()}
    found = extremes(numbers, {name: np.unique(people[part]) for name, part in parts.items()}, level=0.95)
    assert (found.worst, found.best, found.n_groups) == ("young", "old", 3)
    assert found.lowest.value == pytest.approx(3 / 8) and found.gap.value == pytest.approx(3 / 8)
    assert (found.gap.n_pairs, found.gap.n_users) == (24, 6)
    assert found.lowest.low >= 0 <= found.gap.low


def test_two_large_groups_have_nearly_the_interval_of_their_difference():
    numbers, users = world(np.random.default_rng(0), (0.55, 0.75), n_users=60)
    found = extremes(numbers, users, level=0.95)
    error = np.hypot(numbers["group 0"].error, numbers["group 1"].error)
    assert found.gap.high - found.gap.value == pytest.approx(1.98 * error, rel=0.06)
    assert found.by_chance == pytest.approx(error * np.sqrt(2 / np.pi), rel=0.05)
    assert found.gap.p < 0.01 and found.gap.low > 0


@pytest.mark.parametrize(("shares", "truth"), [(EQUAL, 0.0), (APART, 0.28)])
def test_the_intervals_cover_the_true_gap_and_the_true_worst_whichever_group_has_it(shares, truth):
    """Over 200 worlds; the plain bootstrap of the gap covers 0 of them where all groups are equal."""
    rng, n = np.random.default_rng(1), 200
    covered, lowest, sure = 0, 0, 0
    for _ in range(n):
        found = extremes(*world(rng, shares), level=0.95)
        covered += found.gap.low <= truth <= found.gap.high
        lowest += found.lowest.low <= min(shares) <= found.lowest.high
        sure += found.gap.p <= 0.05
    assert covered / n >= 0.92 and lowest / n >= 0.92
    assert sure / n < 0.1 if truth == 0 else sure / n > 0.5


def test_a_gap_of_equal_groups_is_not_nothing_and_the_chance_says_so():
    rng = np.random.default_rng(2)
    found = [extremes(*world(rng, EQUAL), level=0.95) for _ in range(60)]
    seen = np.mean([one.gap.value for one in found])
    assert seen > 0.08 and seen == pytest.approx(np.mean([one.by_chance for one in found]), rel=0.15)


def test_groups_that_share_their_users_move_together():
    rng = np.random.default_rng(3)
    people = np.repeat([f"u{i:02d}" for i in range(40)], 20)
    taste = np.repeat(rng.beta(3, 2, 40), 20)
    right = rng.random(people.size) < taste
    numbers = {name: accuracy(right[at::2] - 0.5, people[at::2]) for at, name in enumerate(("food", "travel"))}
    both = {name: np.unique(people) for name in numbers}
    apart = {name: np.char.add(name, np.unique(people)) for name in numbers}
    assert extremes(numbers, both, level=0.95).gap.high < 0.8 * extremes(numbers, apart, level=0.95).gap.high


def test_a_group_where_nobody_differs_still_has_an_error():
    same = accuracy(np.ones(24), np.repeat([f"a{i}" for i in range(12)], 2))
    mixed = accuracy(np.tile([1.0, -1.0, 1.0], 8), np.repeat([f"b{i}" for i in range(12)], 2))
    users = {
        "same": np.array(sorted(f"a{i}" for i in range(12))),
        "mixed": np.array(sorted(f"b{i}" for i in range(12))),
    }
    found = extremes({"same": same, "mixed": mixed}, users, level=0.95)
    assert found.gap.value == pytest.approx(1 / 3) and found.gap.low < 0.2 and np.isfinite(found.gap.high)


def test_one_group_or_a_group_of_one_user_is_refused():
    one = accuracy([1.0, -1.0], ["a", "a"])
    two = accuracy([1.0, -1.0, 1.0], ["b", "c", "c"])
    with pytest.raises(InputError, match="two groups"):
        extremes({"x": two}, {"x": np.array(["b", "c"])}, level=0.95)
    with pytest.raises(InputError, match="two users"):
        extremes({"x": two, "y": one}, {"x": np.array(["b", "c"]), "y": np.array(["a"])}, level=0.95)
