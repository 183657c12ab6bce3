"""Length taken out of a model: slopes against other estimators, and a country that differs in length only."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from scpo.errors import InputError
from scpo.measures.accuracy import accuracy
from scpo.measures.checks.length import length_bias, mean_slope, model_slope, people_slope
from scpo.measures.estimate import estimate
from scpo.method.heads import PreferenceFeatures, fit_heads


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    gap, length = rng.normal(size=(2, 600))
    return gap, length, np.array([f"u{i % 20:02d}" for i in range(600)])


def test_the_models_slope_is_that_of_least_squares_with_the_global_gap_held(pairs):
    gap, length, users = pairs
    rng = np.random.default_rng(1)
    margin = 0.8 * gap + 0.3 * length + rng.normal(0, 0.1, size=600)
    found = model_slope(margin, gap, length, users)
    direct = np.linalg.lstsq(np.column_stack([gap, length]), margin, rcond=None)[0]
    assert found.value == pytest.approx(direct[1]) and (found.n_pairs, found.n_users) == (600, 20)
    assert found.error == pytest.approx(0.1 / np.sqrt(600), rel=0.4)  # noise of pairs, so users are as good as pairs


def test_a_model_that_only_rescales_the_global_one_has_no_slope_even_where_gap_and_length_go_together(pairs):
    gap, length, users = pairs
    assert model_slope(0.5 * (gap + length), gap + length, length, users).value == pytest.approx(0, abs=1e-12)


def test_peoples_slope_is_that_of_a_logistic_regression(pairs):
    gap, length, users = pairs
    rng = np.random.default_rng(1)
    liked = rng.logistic(size=600) < 1.5 * gap + 0.7 * length
    sign = np.where(liked, 1, -1)
    found = people_slope(sign * gap, sign * length, users)
    fitted = LogisticRegression(C=np.inf, tol=1e-10, fit_intercept=False).fit(np.column_stack([gap, length]), liked)
    assert found.value == pytest.approx(fitted.coef_[0, 1], abs=1e-4)
    assert found.estimate(0.95).low < 0.7 < found.estimate(0.95).high


def test_people_who_always_take_the_longer_one_have_a_finite_slope():
    found = people_slope(np.zeros(40), np.ones(40), [f"u{i % 4}" for i in range(40)])
    assert np.isfinite(found.value) and found.value > 5


def test_standard_errors_are_those_of_users_not_of_pairs(pairs):
    gap, length, users = pairs
    rng = np.random.default_rng(1)
    whim = dict(zip(np.unique(users), rng.normal(0, 0.5, size=20), strict=True))
    margin = gap + length * np.array([whim[one] for one in users])
    by_user = model_slope(margin, gap, length, users)
    by_pair = model_slope(margin, gap, length, [str(i) for i in range(600)])
    assert by_user.error > 2 * by_pair.error
    assert by_user.error == pytest.approx(np.std(list(whim.values()), ddof=1) / np.sqrt(20), rel=0.3)


def test_without_a_difference_in_length_there_is_no_slope():
    found = model_slope([1.0, 2.0], [1.0, 1.0], [0.0, 0.0], ["a", "b"])
    assert np.isnan(found.value) and np.isnan(found.error)
    with pytest.raises(InputError, match="do not fit together"):
        model_slope([1.0], [1.0, 2.0], [0.0, 0.0], ["a", "b"])


def test_the_mean_slope_adds_variances(pairs):
    gap, length, users = pairs
    one, other = model_slope(gap + 0.2 * length, gap, length, users), model_slope(gap, gap, length, users)
    mean = mean_slope([one, other])
    assert mean.value == pytest.approx(0.1) and mean.n_users == 40
    assert mean.error == pytest.approx(np.hypot(one.error, other.error) / 2)


def test_length_bias_counts_choices_of_the_longer_one_by_hand():
    length = np.array([1.0, 2.0, -1.0, -3.0, 0.0, 1.0])  # people take the longer one in 3 of 5
    gap = np.array([1.0, 0.5, -1.0, 2.0, 9.0, 0.0])  # the model in 3.5 of 5: a tie counts half
    found = length_bias(gap, length, ["a", "a", "b", "b", "b", "c"])
    assert found.value == pytest.approx(0.7 - 0.6) and (found.n_pairs, found.n_users) == (5, 3)
    assert found.is_difference


def controlled_gain(seed, *, ridge, taste):
    """Return the gain with and without length in a country that likes longer responses, and has another taste."""
    rng = np.random.default_rng(seed)
    head = np.concatenate([[0.0], rng.normal(size=9) * 0.5])  # the first feature is the length
    want = head + np.concatenate([[0.8], rng.normal(size=9) * taste])

    def draw(n_users):
        user = np.repeat(np.arange(n_users), 20)
        x = rng.normal(size=(user.size, 10))
        whim = rng.normal(size=(n_users, 10)) * 0.3
        liked = np.einsum("nf,nf->n", x, want + whim[user]) + rng.logistic(size=user.size) > 0
        return np.where(liked[:, None], x, -x), user.astype(str)

    (d, users), (test, test_users) = draw(100), draw(25)
    features = PreferenceFeatures.build(d, head)
    fit = fit_heads(features, np.ones((1, len(d))), ridge=ridge).heads[0]
    slope = model_slope(d @ fit, features.gap, d[:, 0], users).value
    start = accuracy(test @ head, test_users)
    own, without = (accuracy(test @ fit - taken * test[:, 0], test_users).minus(start) for taken in (0.0, slope))
    return estimate(own, level=0.95), estimate(without, level=0.95)


@pytest.mark.slow
@pytest.mark.parametrize("ridge", [100.0, 1000.0])
def test_a_country_that_differs_in_length_only_keeps_no_gain(ridge):
    found = [controlled_gain(seed, ridge=ridge, taste=0.0) for seed in range(200)]
    covers = np.mean([without.low <= 0 <= without.high for _, without in found])
    left, before = (100 * np.mean([couple[i].value for couple in found]) for i in (1, 0))
    print(f"ridge {ridge:g}: gain {before:.2f} points, {left:.2f} without length, covers 0 in {100 * covers:.1f} %")
    assert covers >= 0.92 and before > 1.5


def test_a_country_with_another_taste_too_keeps_the_gain_of_that():
    found = [controlled_gain(seed, ridge=100.0, taste=0.8) for seed in range(10)]
    assert all(without.low > 0 for _, without in found)
    assert np.mean([own.value - without.value for own, without in found]) > 0.01
