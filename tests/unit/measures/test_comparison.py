"""Two models on the same pairs: counts and tests by hand, and which interval holds the truth."""

import math

import numpy as np
import pytest

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.clustered import mean_over_countries
from scpo.measures.comparison import Verdicts, mean_paired, naive_interval, paired_numbers
from scpo.measures.evaluation import Evaluation
from scpo.measures.intervals import intervals, p_value


def gaps(marks: str) -> np.ndarray:
    """``+`` where a model is right, ``-`` where it is wrong, ``0`` for a tie."""
    return np.array([{"+": 1.0, "-": -1.0, "0": 0.0}[mark] for mark in marks.replace(" ", "")])


USERS = np.repeat(["anna", "ben"], 4)
RULER, OURS, THEIRS = gaps("+++- ---+"), gaps("++++ +++-"), gaps("+++- ---+")


def evaluation(ruler, users, groups=None) -> Evaluation:
    country = np.full(len(ruler), "CHL") if groups is None else groups
    return Evaluation.build(global_gap=ruler, user_id=users, country=country, config=EvaluationConfig())


def test_the_four_outcomes_are_counted_in_pairs_and_in_users():
    found = Verdicts.count(OURS, THEIRS, USERS)
    assert found.pairs == (3, 4, 1, 0) and found.n_pairs == 8
    assert found.users == (1, 2, 1, 0) and found.n_users == 2


def test_mcnemar_s_exact_p_is_that_of_the_binomial_counted_by_hand():
    # 4 against 1 of five tosses: 2 (C(5,0) + C(5,1)) / 2^5.
    assert Verdicts.count(OURS, THEIRS, USERS).mcnemar_p == pytest.approx(12 / 32)
    nine_one = Verdicts.count(gaps("+" * 9 + "-"), gaps("-" * 9 + "+"), ["a"] * 10)
    assert nine_one.mcnemar_p == pytest.approx(2 * 11 / 1024)
    assert Verdicts.count(gaps("+-"), gaps("-+"), ["a"] * 2).mcnemar_p == 1.0, "as many for one as for the other"
    assert Verdicts.count(OURS, OURS, USERS).mcnemar_p == 1.0
    assert math.isnan(Verdicts.count([], [], []).mcnemar_p)


def test_a_tie_is_wrong():
    assert Verdicts.count(gaps("0+"), gaps("+0"), ["a", "b"]).pairs == (0, 1, 1, 0)


def test_gaps_of_other_pairs_are_refused():
    with pytest.raises(InputError, match="2, 3 and 2 pairs"):
        Verdicts.count([1, 1], [1, 1, 1], ["a", "b"])


def test_the_paired_difference_and_both_errors_are_those_of_the_hand():
    found = paired_numbers(evaluation(RULER, USERS), OURS, THEIRS, "CHL")
    change = found["all_country"].change
    assert change.value == pytest.approx(3 / 8)
    # Anna alone: +1/4, Ben alone: +2/4; se^2 = 1/2 (1/8^2 + 1/8^2).
    assert change.error == pytest.approx(1 / 8)
    assert p_value(change) == pytest.approx(1 - 2 * math.atan(3) / math.pi)  # t with one degree of freedom at 3
    spread = (5 / 8 - (3 / 8) ** 2) / 8
    assert change.pair_variance == pytest.approx(spread)
    assert found["all_country"].design_effect == pytest.approx((1 / 64) / spread)
    naive = naive_interval(change, level=0.95)
    assert (naive.high - naive.low) / 2 == pytest.approx(1.959964 * math.sqrt(spread), rel=1e-6)
    # Of the four pairs that the global model gets wrong the first model gets all, the second none.
    assert (found["true_country"].first.value, found["true_country"].second.value) == (1, 0)
    assert found["true_country"].change.n_pairs == 4


def test_swapped_sides_change_the_sign_and_nothing_else():
    rng = np.random.default_rng(0)
    users, ruler = np.repeat([f"u{i}" for i in range(12)], 8), rng.normal(size=96)
    ours, theirs = rng.normal(size=(3, 96)), rng.normal(size=(2, 96))
    forth = paired_numbers(evaluation(ruler, users), ours, theirs, "CHL")
    back = paired_numbers(evaluation(ruler, users), theirs, ours, "CHL")
    for measure, one in forth.items():
        other = back[measure]
        assert one.change.value == pytest.approx(-other.change.value)
        assert one.change.error == pytest.approx(other.change.error)
        assert (one.first_seeds, one.second_seeds) == (other.second_seeds, other.first_seeds)
    assert [len(forth["excess"].first_seeds), len(forth["excess"].second_seeds)] == [3, 2]


def test_the_seeds_of_both_models_widen_the_mean_and_not_the_design_effect():
    rng = np.random.default_rng(1)
    users, ruler = np.repeat([f"u{i:02d}" for i in range(24)], 10), rng.normal(size=240)
    groups = np.where(np.repeat(np.arange(24), 10) < 12, "CHL", "NZL")
    found = evaluation(ruler, users, groups)
    ours, theirs = rng.normal(size=(3, 240)), rng.normal(size=(2, 240))
    numbers = [
        paired_numbers(found, ours[:, rows], theirs[:, rows], group)["all_country"]
        for group, rows in found.rows.items()
    ]
    mean = mean_paired(numbers)
    assert mean is not None
    of_users = sum(one.change.error**2 for one in numbers) / 4
    of_seeds = [
        np.mean([np.var(getattr(one, side), ddof=1) for one in numbers]) / n
        for side, n in (("first_seeds", 3), ("second_seeds", 2))
    ]
    assert mean.change.error**2 == pytest.approx(of_users + sum(of_seeds))
    assert mean.design_effect == pytest.approx(mean_over_countries([one.change for one in numbers]).design_effect)
    assert mean_paired(numbers[:1]) is None


def test_where_pairs_of_a_user_are_alike_only_the_interval_over_users_holds_the_truth():
    """Users differ in how much the first model suits them; on average both are right equally often."""
    rng, n_users, n_pairs, data_sets = np.random.default_rng(2), 15, 20, 300
    users = np.repeat([f"u{i:02d}" for i in range(n_users)], n_pairs)
    held, naively, effects = 0, 0, []
    for _ in range(data_sets):
        lean = np.repeat(rng.choice([0.1, 0.5, 0.9], size=n_users), n_pairs)
        first = np.where(rng.random(users.size) < lean, 1.0, -1.0)
        number = paired_numbers(evaluation(np.ones(users.size), users), first, -first, "CHL")["all_country"]
        (interval,), naive = intervals(number.change, [0.95]), naive_interval(number.change, level=0.95)
        held += interval.low <= 0 <= interval.high
        naively += naive.low <= 0 <= naive.high
        effects.append(number.design_effect)
    assert 0.92 <= held / data_sets <= 0.98
    assert naively / data_sets < 0.75
    assert np.mean(effects) == pytest.approx(1 + 19 * 0.8**2 * 2 / 3, rel=0.1)
