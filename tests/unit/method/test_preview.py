"""The last-layer preview against general optimisers, scikit-learn, and laws of the problem it solves."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from scpo.config import ObjectiveConfig
from scpo.errors import InputError, RunError
from scpo.method.heads import PreferenceFeatures, fit_heads, project
from scpo.method.margins import PreparedRows, inverse_hessian, weighted_loss
from scpo.method.newton import minimise
from scpo.method.preview import Start, preview
from scpo.methods import PREVIEWED


def problem(n_pairs: int, n_features: int, *, seed: int = 0, scale: float = 1.0):
    rng = np.random.default_rng(seed)
    differences = rng.normal(size=(n_pairs, n_features)) * scale
    head = rng.normal(size=n_features) / scale
    weight = rng.uniform(0, 1, size=n_pairs)
    return differences, head, weight


def objective(v, differences, head, weight, ridge):
    """The formula of method.md, section 6, with its gradient."""
    margin = differences @ v
    value = weight @ np.logaddexp(0, -margin) + 0.5 * ridge * np.sum((v - head) ** 2)
    gradient = -differences.T @ (weight * np.exp(-np.logaddexp(0, margin))) + ridge * (v - head)
    return value, gradient


def by_scipy(differences, head, weight, ridge):
    found = minimize(
        objective,
        head,
        args=(differences, head, weight, ridge),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 20000, "maxfun": 50000, "ftol": 1e-16, "gtol": 1e-11, "maxcor": 40},
    )
    return found.x


@pytest.mark.parametrize(("n_pairs", "n_features"), [(40, 6), (6, 40), (25, 25), (200, 30), (1, 5)])
@pytest.mark.parametrize("ridge", [0.05, 1.0, 30.0])
def test_heads_agree_with_a_general_optimiser(n_pairs, n_features, ridge):
    differences, head, weight = problem(n_pairs, n_features, seed=n_pairs)
    features = PreferenceFeatures.build(differences, head)
    fit = fit_heads(features, weight[None], ridge=ridge, tolerance=1e-9)
    assert fit.heads[0] == pytest.approx(by_scipy(differences, head, weight, ridge), abs=2e-5)
    assert fit.margin_error[0] <= 1e-9


@pytest.mark.parametrize(("n_pairs", "n_features"), [(120, 5), (15, 20)])
def test_without_a_head_to_pull_to_it_is_scikit_learns_logistic_regression(n_pairs, n_features):
    differences, _, weight = problem(n_pairs, n_features, seed=3)
    sign = np.where(np.arange(n_pairs) % 2, 1.0, -1.0)
    reference = LogisticRegression(C=1 / 0.7, fit_intercept=False, tol=1e-12, max_iter=10000)
    reference.fit(differences * sign[:, None], sign, sample_weight=weight)
    features = PreferenceFeatures.build(differences, np.zeros(n_features))
    fit = fit_heads(features, weight[None], ridge=0.7, tolerance=1e-9)
    assert fit.heads[0] == pytest.approx(reference.coef_[0], abs=1e-5)


def test_the_solution_has_gradient_zero_and_every_neighbour_is_worse():
    differences, head, weight = problem(60, 12, seed=1)
    fit = fit_heads(PreferenceFeatures.build(differences, head), weight[None], ridge=0.3, tolerance=1e-10)
    value, gradient = objective(fit.heads[0], differences, head, weight, 0.3)
    assert np.abs(gradient).max() < 1e-9
    rng = np.random.default_rng(0)
    for _ in range(50):
        neighbour = fit.heads[0] + rng.normal(size=12) * 1e-3
        assert objective(neighbour, differences, head, weight, 0.3)[0] > value


@settings(max_examples=40)
@given(margin=st.floats(-30, 30), weight=st.floats(0, 100))
def test_slope_and_curvature_are_numerical_derivatives(margin, weight):
    def at(value: float):
        return weighted_loss(np.array([[value]]), np.array([[weight]]))

    step = 1e-4
    here, above, below = at(margin), at(margin + step), at(margin - step)
    assert here.slope[0, 0] == pytest.approx((above.value - below.value)[0] / (2 * step), rel=1e-5, abs=1e-8)
    assert here.curvature[0, 0] == pytest.approx((above.slope - below.slope)[0, 0] / (2 * step), rel=1e-5, abs=1e-8)


def test_many_settings_at_once_are_the_settings_one_by_one():
    differences, head, _ = problem(90, 70, seed=4)
    features = PreferenceFeatures.build(differences, head)
    weight = np.random.default_rng(0).uniform(0, 2, size=(30, 90)) ** 3
    ridge = np.geomspace(0.01, 100, 30)
    together = fit_heads(features, weight, ridge=ridge, tolerance=1e-9)
    for number in range(30):
        alone = fit_heads(features, weight[[number]], ridge=ridge[number], tolerance=1e-9)
        assert together.heads[number] == pytest.approx(alone.heads[0], abs=1e-6)


def test_a_pair_with_a_share_of_two_is_that_pair_twice():
    differences, head, _ = problem(60, 9, seed=6)
    share = np.where(np.arange(60) % 3 == 0, 2.0, 1.0)
    setting = ObjectiveConfig(method="weight", beta=0.8)
    shared = preview(replace(PreferenceFeatures.build(differences, head), share=share), [setting], ridge=2.0)
    twice = preview(
        PreferenceFeatures.build(np.repeat(differences, share.astype(int), axis=0), head), [setting], ridge=2.0
    )
    assert shared.fit.heads == pytest.approx(twice.fit.heads, abs=1e-6)
    alone = preview(PreferenceFeatures.build(differences, head), [setting], ridge=2.0)
    assert np.abs(alone.fit.heads - shared.fit.heads).max() > 1e-3 and alone.effective[0] != shared.effective[0]


def test_a_start_changes_the_work_but_not_the_result():
    differences, head, weight = problem(150, 40, seed=5)
    features = PreferenceFeatures.build(differences, head)
    cold = fit_heads(features, weight[None], ridge=0.1)
    near = fit_heads(features, weight[None] * 1.02, ridge=0.1)
    warm = fit_heads(features, weight[None], ridge=0.1, start=near.shift)
    assert warm.newton_steps[0] < cold.newton_steps[0]
    assert differences @ warm.heads[0] == pytest.approx(differences @ cold.heads[0], abs=3e-6)


def test_a_conditioner_saves_work_and_changes_no_result():
    differences, head, weight = problem(300, 40, seed=15)
    features = PreferenceFeatures.build(differences * np.geomspace(1, 0.02, 40), head)
    order, rows = features.order, features.prepared
    cold = fit_heads(features, weight[None], ridge=0.01)
    inverse = inverse_hessian(rows, features.gap[order], weight[order], 0.01, cold.shift[0])
    changed = weight * np.where(features.gap > 0, 0.8, 1.1)
    plain = fit_heads(features, changed[None], ridge=0.01, start=cold.shift)
    helped = fit_heads(features, changed[None], ridge=0.01, start=cold.shift, conditioner=inverse[None])
    assert helped.inner_steps[0] <= 0.7 * plain.inner_steps[0]
    assert features.rows @ helped.shift[0] == pytest.approx(features.rows @ plain.shift[0], abs=3e-6)
    useless = fit_heads(features, changed[None], ridge=0.01, conditioner=np.eye(40, dtype=np.float32)[None])
    assert features.rows @ useless.shift[0] == pytest.approx(features.rows @ plain.shift[0], abs=3e-6)


def test_the_inverse_hessian_is_that_of_the_formula_and_not_made_for_many_dimensions():
    differences, head, weight = problem(500, 10, seed=16)
    features = PreferenceFeatures.build(differences, head)
    order, rows = features.order, features.prepared
    inverse = inverse_hessian(rows, features.gap[order], weight[order], 0.5, np.zeros(10)) / rows.longest**2
    share = 1 / (1 + np.exp(-features.gap))
    hessian = (features.rows.T * (weight * share * (1 - share))) @ features.rows + 0.5 * np.eye(10)
    assert inverse @ hessian == pytest.approx(np.eye(10), abs=1e-3)
    wide = PreparedRows.build(np.ones((3, 200)))
    assert inverse_hessian(wide, np.zeros(3), np.ones(3), 1.0, np.zeros(200)) is None


def test_with_many_pairs_each_setting_is_solved_on_the_pairs_it_keeps(monkeypatch):
    differences, head, weight = problem(80, 12, seed=17)
    features = PreferenceFeatures.build(differences, head)
    below = np.where(features.gap < np.quantile(features.gap, 0.4), weight, 0)
    scattered = np.where(np.arange(80) % 3, weight, 0)
    weights = np.stack([weight, below, scattered, np.zeros(80)])
    together = fit_heads(features, weights, ridge=0.2, tolerance=1e-9)
    monkeypatch.setattr("scpo.method.heads.MANY_PAIRS", 10)
    one_by_one = fit_heads(features, weights, ridge=0.2, tolerance=1e-9)
    assert one_by_one.heads == pytest.approx(together.heads, abs=1e-6)
    assert one_by_one.heads[1] == pytest.approx(by_scipy(differences, head, below, 0.2), abs=2e-5)


def test_many_settings_of_many_pairs_share_their_products(monkeypatch):
    differences, head, _ = problem(80, 12, seed=17)
    features = PreferenceFeatures.build(differences, head)
    monkeypatch.setattr("scpo.method.heads.MANY_PAIRS", 10)
    solved = []

    def counted(rows, offset, weight, *given, **named):
        solved.append(weight.shape[1])
        return minimise(rows, offset, weight, *given, **named)

    monkeypatch.setattr("scpo.method.heads.minimise", counted)
    fit_heads(features, np.ones((3, 80)), ridge=1.0)
    fit_heads(features, np.ones((20, 80)), ridge=1.0)
    assert solved == [1, 1, 1, 20]


def test_rows_in_single_precision_are_kept_only_where_they_are_few(monkeypatch):
    differences, head, weight = problem(60, 8, seed=19)
    kept = PreferenceFeatures.build(differences, head)
    monkeypatch.setattr("scpo.method.margins.MOST_KEPT_TWICE", 10)
    made = PreferenceFeatures.build(differences, head)
    assert kept.prepared.known_single is not None and made.prepared.known_single is None
    assert (made.prepared.single == kept.prepared.single).all()
    half = np.where(kept.gap < np.median(kept.gap), weight, 0)
    first, second = (fit_heads(one, half[None], ridge=0.3).heads for one in (kept, made))
    assert first == pytest.approx(second, abs=1e-9)


def test_a_long_walk_over_settings_stays_exact_and_never_divides_by_nothing():
    differences, head, _ = problem(300, 8, seed=18, scale=0.5)
    features = PreferenceFeatures.build(differences, head)
    rng = np.random.default_rng(2)
    starts: dict[str, Start] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for step in range(150):
            tau, beta = rng.uniform(0.1, 1), rng.uniform(0.1, 5)
            asked = [ObjectiveConfig(method=method, tau=tau, beta=beta) for method in PREVIEWED]
            near = {one: starts[one.method] for one in asked if one.method in starts}
            found = preview(features, asked, ridge=0.005, start=near, conditioned=True)
            starts = {one.method: start for one, start in found.starts.items()}
            assert found.fit.margin_error.max() <= 1e-6
            if step % 30 == 0:
                cold = preview(features, asked, ridge=0.005)
                assert found.fit.heads @ differences.T == pytest.approx(cold.fit.heads @ differences.T, abs=3e-6)


@pytest.mark.parametrize("method", PREVIEWED)
@pytest.mark.parametrize("ridge", [0.01, 10.0])
def test_extreme_gaps_converge_without_a_warning(method, ridge):
    differences, head, _ = problem(80, 30, seed=6)
    gap = np.random.default_rng(1).choice([-1e4, -300, -1, 0, 1, 300, 1e4], size=80)
    features = PreferenceFeatures.build(differences, head, gap=gap)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = preview(features, [ObjectiveConfig(method=method)], ridge=ridge)
    assert np.isfinite(found.fit.heads).all()
    assert found.fit.margin_error.max() <= 1e-6


@settings(max_examples=40)
@given(
    n_pairs=st.integers(1, 30),
    n_features=st.integers(1, 30),
    log_scale=st.floats(-4, 4),
    log_ridge=st.floats(-3, 4),
    seed=st.integers(0, 1000),
)
def test_any_scale_of_features_converges(n_pairs, n_features, log_scale, log_ridge, seed):
    scale = 10.0**log_scale
    differences, head, weight = problem(n_pairs, n_features, seed=seed, scale=scale)
    features = PreferenceFeatures.build(differences, head)
    fit = fit_heads(features, weight[None], ridge=10.0**log_ridge * scale**2)
    assert fit.margin_error[0] <= 1e-6


def test_a_country_with_three_users_and_four_pairs_is_no_special_case():
    differences, head, weight = problem(4, 384, seed=7)
    features = PreferenceFeatures.build(differences, head)
    assert features.rows.shape == (4, 4)
    fit = fit_heads(features, weight[None], ridge=1.0, tolerance=1e-9)
    assert fit.heads[0] == pytest.approx(by_scipy(differences, head, weight, 1.0), abs=1e-5)


def test_repeated_pairs_and_dead_features_are_reduced_away_without_loss():
    differences, head, _ = problem(6, 50, seed=8)
    differences[:, 30:] = 0
    repeated = np.vstack([differences] * 5)
    features = PreferenceFeatures.build(repeated, head)
    assert features.rows.shape == (30, 6)
    assert features.rows @ features.basis.T == pytest.approx(repeated, abs=1e-12)
    once = fit_heads(PreferenceFeatures.build(differences, head), np.full((1, 6), 5.0), ridge=1.0, tolerance=1e-9)
    again = fit_heads(features, np.ones((1, 30)), ridge=1.0, tolerance=1e-9)
    assert again.heads == pytest.approx(once.heads, abs=1e-8)


def test_no_pairs_or_no_weight_leave_the_global_head_as_it_is():
    head = np.arange(5.0)
    empty = fit_heads(PreferenceFeatures.build(np.empty((0, 5)), head), np.empty((2, 0)), ridge=1.0)
    assert (empty.heads == head).all()
    differences, head, _ = problem(7, 5)
    unweighted = fit_heads(PreferenceFeatures.build(differences, head), np.zeros((1, 7)), ridge=1.0)
    assert unweighted.heads[0] == pytest.approx(head)


def test_a_large_ridge_keeps_the_global_model_and_a_small_one_fits_the_pairs():
    differences, head, _ = problem(30, 60, seed=9)
    features = PreferenceFeatures.build(differences, head)
    fit = fit_heads(features, np.ones((2, 30)), ridge=np.array([1e9, 1e-3]))
    assert fit.heads[0] == pytest.approx(head, abs=1e-5)
    assert (differences @ fit.heads[1] > 0).all()


def test_gaps_on_other_pairs_are_those_of_the_full_heads():
    differences, head, weight = problem(20, 50, seed=10)
    others = np.random.default_rng(3).normal(size=(9, 50))
    features = PreferenceFeatures.build(differences, head)
    fit = fit_heads(features, np.stack([weight, weight**2]), ridge=0.5)
    assert fit.gaps(project(features, others)) == pytest.approx(fit.heads @ others.T)
    scored = others @ head + 0.25
    assert fit.gaps(project(features, others, gap=scored)) == pytest.approx(fit.heads @ others.T + 0.25)


def test_rescaling_the_features_does_not_change_the_default_preview():
    differences, head, _ = problem(40, 10, seed=11)
    plain, scaled = PreferenceFeatures.build(differences, head), PreferenceFeatures.build(differences * 7, head / 7)
    asked = [ObjectiveConfig(method="scpo")]
    first = preview(plain, asked, ridge=plain.default_ridge).fit.heads @ differences.T
    second = preview(scaled, asked, ridge=scaled.default_ridge).fit.heads @ (differences * 7).T
    assert second == pytest.approx(first, abs=1e-5)


def test_a_grid_is_answered_in_its_order_and_equal_settings_are_equal():
    differences, head, _ = problem(60, 20, seed=12)
    features = PreferenceFeatures.build(differences, head)
    grid = [
        ObjectiveConfig(method=method, tau=tau, beta=beta)
        for beta in (0.5, 1.1)
        for tau in (0.6, 0.7)
        for method in PREVIEWED
    ]
    found = preview(features, grid, ridge=1.0, seed=3)
    assert found.objectives == tuple(grid)
    for number, asked in enumerate(grid):
        alone = preview(features, [asked], ridge=1.0, seed=3)
        assert found.n_kept[number] == alone.n_kept[0]
        assert found.effective[number] == pytest.approx(alone.effective[0])
        assert found.fit.heads[number] == pytest.approx(alone.fit.heads[0], abs=1e-5)
    again = preview(features, grid[-len(PREVIEWED) :], ridge=1.0, seed=3, start=found.starts)
    assert again.fit.newton_steps.max() == 0


def test_more_previews_than_fit_at_once_are_solved_in_parts(monkeypatch):
    differences, head, _ = problem(30, 5, seed=13)
    features = PreferenceFeatures.build(differences, head)
    weight = np.random.default_rng(0).uniform(size=(11, 30))
    whole = fit_heads(features, weight, ridge=1.0)
    monkeypatch.setattr("scpo.method.heads.NUMBERS_AT_ONCE", 100)
    assert fit_heads(features, weight, ridge=1.0).heads == pytest.approx(whole.heads, abs=1e-5)


def test_an_unconverged_fit_is_an_error_and_never_a_result():
    differences, head, weight = problem(50, 10, seed=14)
    with pytest.raises(RunError, match="did not converge"):
        fit_heads(PreferenceFeatures.build(differences, head), weight[None], ridge=1e-30, tolerance=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda features: fit_heads(features, np.ones((1, 3)), ridge=1.0),
        lambda features: fit_heads(features, -np.ones((1, 5)), ridge=1.0),
        lambda features: fit_heads(features, np.ones((1, 5)), ridge=0.0),
        lambda features: fit_heads(features, np.ones((1, 5)), ridge=1.0, start=np.zeros((2, 2))),
        lambda features: PreferenceFeatures.build(np.ones((5, 2)), np.ones(3)),
        lambda features: PreferenceFeatures.build(np.full((5, 2), np.nan), np.ones(2)),
        lambda features: PreferenceFeatures.build(np.ones((5, 2)), np.ones(2), gap=np.ones(4)),
    ],
)
def test_malformed_input_is_an_error_with_words(call):
    differences, head, _ = problem(5, 2)
    with pytest.raises(InputError):
        call(PreferenceFeatures.build(differences, head))
