"""Previews of a stored data set: measured like runs, fitted to finished runs, kept as models."""

import numpy as np
import pytest
import torch
from hand.previews import preview_table
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from scpo import results
from scpo.config import EvaluationConfig, ObjectiveConfig, TrainingConfig
from scpo.errors import InputError
from scpo.measures.fidelity import Labels, agreement
from scpo.method.objective import select
from scpo.methods import PREVIEWED
from scpo.results.frontier_document import frontier_document
from scpo.store.cache import Store
from scpo.store.calibrations import AgreementRecord
from scpo.store.datasets import load_dataset
from scpo.store.runs import RunDirectory
from scpo.store.scored import FinishedRun, with_exchanged_labels
from scpo.work.context import Work
from scpo.work.prepare import prepare
from scpo.work.requests import RunRequest, ScoreRequest
from scpo.work.run import run_one

CONFIG = EvaluationConfig(resamples=200)
TRAINING = TrainingConfig(steps=6, learning_rate=1e-3, batch_pairs=8)
ALL = [ObjectiveConfig(method=method, tau=0.7, beta=1.1) for method in PREVIEWED]


@pytest.fixture(scope="module")
def scored(world):
    request = ScoreRequest(data="small", model="rm")
    prepare(Work(world.store, world.settings), request)
    return results.load_scored(world.store, "small", "rm")


@pytest.fixture(scope="module")
def previewer(scored):
    return results.Previewer(scored, CONFIG, ["CHL", "NZL"])


def direct(scored, country, objective, ridge):
    """Fit one setting without any reduction, by gradient descent to the end, and rank the country's test pairs."""
    from scipy.optimize import minimize

    from scpo.method.objective import select

    features = np.asarray(scored.scores.features, dtype=np.float64)
    train = scored.pairs[(scored.pairs["country"] == country) & (scored.pairs["split"] == "train")]
    d = features[train["chosen"]] - features[train["rejected"]]
    weight = select(train["gap"].to_numpy(), objective, seed=0).weight
    head = scored.scores.head_weight.astype(np.float64)
    offset = train["gap"].to_numpy() - d @ head  # the stored gap is the model's own

    def loss(v):
        margin = d @ v + offset
        value = weight @ np.logaddexp(0, -margin) + ridge / 2 * ((v - head) @ (v - head))
        return value, -d.T @ (weight / (1 + np.exp(margin))) + ridge * (v - head)

    found = minimize(loss, head, jac=True, method="L-BFGS-B", options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-10})
    test = scored.test_pairs
    change = (features[test["chosen"]] - features[test["rejected"]]) @ (found.x - head)
    return test["gap"].to_numpy() + change


@pytest.mark.parametrize("objective", ALL, ids=lambda o: o.method)
def test_a_preview_ranks_test_pairs_as_a_fit_without_shortcuts_does(scored, previewer, objective):
    assert previewer.runs({"CHL": []}, ridge=0.5) == []
    (run,) = previewer.runs({"CHL": [objective]}, ridge=0.5)
    np.testing.assert_allclose(run.gap, direct(scored, "CHL", objective, 0.5), atol=2e-4)


def test_the_table_has_the_numbers_that_runs_with_these_gaps_have(scored, previewer):
    asked = {"CHL": ALL, "NZL": ALL}
    runs = previewer.runs(asked, ridge=0.5)
    table = preview_table(previewer, asked, ridge=0.5)
    expected = results.setting_table(scored, runs, CONFIG, countries=["CHL", "NZL"])
    for column in ("all_value", "all_low", "true_value", "others_value", "n_kept", "gain_p"):
        np.testing.assert_array_equal(table[column], expected[column])
    assert set(table["country"]) == {"CHL", "NZL", results.MEAN}
    for run in runs:
        row = table[(table["country"] == run.config.country) & (table["method"] == run.config.objective.method)].iloc[0]
        values = previewer.accuracies(run.config.country, run.gap[None])[0]
        np.testing.assert_allclose(values, [row["all_value"], row["true_value"]])


def test_the_way_to_a_setting_does_not_change_its_preview(scored):
    rng = np.random.default_rng(0)
    asked = [
        ObjectiveConfig(method=method, tau=round(float(tau), 2), beta=round(float(beta), 2))
        for method in ("scpo", "filter")
        for tau, beta in zip(rng.uniform(0.3, 1, 50), rng.uniform(0.2, 4, 50), strict=True)
    ]
    travelled = results.Previewer(scored, CONFIG, ["CHL"])
    for one in asked:
        (last,) = travelled.runs({"CHL": [one]}, ridge=0.05)
    (fresh,) = results.Previewer(scored, CONFIG, ["CHL"]).runs({"CHL": [asked[-1]]}, ridge=0.05)
    np.testing.assert_allclose(last.gap, fresh.gap, atol=2e-5)
    steps = travelled.preview("CHL", [asked[-1]], ridge=0.05).fit.newton_steps[0]
    assert steps == 0, "a setting that was just fitted needs no step"


def test_without_the_others_only_the_own_test_pairs_are_ranked_and_equally(scored, previewer):
    (whole,), (own,) = (previewer.runs({"CHL": ALL[:1]}, ridge=0.5, others=others) for others in (True, False))
    mine = (scored.test_pairs["country"] == "CHL").to_numpy()
    np.testing.assert_allclose(own.gap[mine], whole.gap[mine], atol=2e-6)
    assert np.isnan(own.gap[~mine]).all()


def test_a_huge_ridge_is_the_global_model_and_a_small_one_is_not(scored, previewer):
    still, moved = (previewer.runs({"CHL": ALL[:1]}, ridge=ridge)[0].gap for ridge in (1e12, 1e-3))
    np.testing.assert_allclose(still, scored.test_pairs["gap"], atol=1e-6)
    assert np.abs(moved - still).max() > 0.1


def test_an_unknown_country_is_refused_with_those_there_are(scored):
    with pytest.raises(InputError, match=r"no training and test pairs from XXX: it has CHL, "):
        results.Previewer(scored, CONFIG, ["CHL", "XXX"])


def pretended_runs(previewer, ridge):
    """Return "finished" runs that are previews at a known lambda."""
    made = previewer.runs(dict.fromkeys(previewer.countries, ALL), ridge=ridge, training=TRAINING)
    return [FinishedRun(f"run{i}", r.config, r.n_train, r.n_kept, r.gap) for i, r in enumerate(made)]


def test_lambda_is_found_again_from_runs_that_were_made_with_it(world, previewer):
    from scpo.results.calibration import RIDGES

    truth = RIDGES[22] * previewer.default_ridge
    record = results.load_calibration(world.store, previewer, pretended_runs(previewer, truth), save=False)
    assert record.calibrated and record.training == TRAINING and record.n_settings == 12
    at_truth, found = (
        {m: previewer.accuracies("CHL", previewer.runs({"CHL": [m]}, ridge=one)[0].gap[None])[0] for m in ALL}
        for one in (truth, record.ridge)
    )
    for objective in ALL:
        np.testing.assert_allclose(found[objective], at_truth[objective])
    assert set(record.by_country) == {"CHL", "NZL"} and record.by_country["CHL"][0].n_runs == 6
    for side in (record.all_country, record.true_country, record.excess):
        assert (side.n_runs, side.regret, side.rank_within) == (12, 0, None)
        assert (side.error, side.skill) == pytest.approx((0, 1))


def test_previews_are_judged_over_the_settings_of_a_method(world, previewer):
    """Runs that are the previews of the settings in the reverse order: what the sliders foretell is upside down."""
    taus = (0.5, 0.7, 0.9)
    asked = [ObjectiveConfig(method="filter", tau=tau) for tau in taus]
    made = previewer.runs(dict.fromkeys(previewer.countries, asked), ridge=previewer.default_ridge, training=TRAINING)

    def runs(order):
        at = {(run.config.country, run.config.objective): run for run in made}
        return [
            FinishedRun(f"run{i}", one.config, one.n_train, one.n_kept, at[one.config.country, asked[order[k]]].gap)
            for i, (one, k) in enumerate((one, asked.index(one.config.objective)) for one in made)
        ]

    def judged(order):
        return results.load_calibration(world.store, previewer, runs(order), save=False).true_country

    straight, turned = judged((0, 1, 2)), judged((2, 1, 0))
    assert straight.n_rank_groups >= 1 and straight.n_rank_settings == 3 * straight.n_rank_groups
    assert straight.rank_within == pytest.approx(1) and straight.skill > turned.skill
    assert turned.rank_within < 0 and turned.poor and turned.regret > 0


def test_the_interval_of_a_preview_contains_its_calibrated_error(scored, previewer):
    error = {"error": 0.08, "own_error": 0.0, "n_error_settings": 9}
    side = AgreementRecord.of(agreement([], [], Labels.of([], [], []))).model_copy(update=error)
    own = results.PreviewError(all_country=side, true_country=side, excess=side)
    asked = {"CHL": ALL, "NZL": ALL}
    plain, wide = (
        preview_table(previewer, asked, ridge=0.5),
        preview_table(previewer, asked, ridge=0.5, preview_error=own),
    )
    tuned = plain["method"] != "global"
    for number in ("all", "true", "excess", "gain"):
        np.testing.assert_array_equal(plain[f"{number}_value"], wide[f"{number}_value"])
        widths = [(table[f"{number}_high"] - table[f"{number}_low"])[tuned] for table in (plain, wide)]
        differ = widths[0] < 2  # of three users who all change alike nothing is known
        assert (widths[1] >= widths[0])[differ].all() and (widths[1] > widths[0])[differ].any(), number
    assert plain.loc[~tuned, "all_low"].tolist() == wide.loc[~tuned, "all_low"].tolist(), (
        "the global model is no preview"
    )
    document = frontier_document(scored, previewer.runs(asked, ridge=0.5), CONFIG, held_out={}, preview_error=own)
    point = document["points"][0]
    row = wide[(wide["country"] == point["country"]) & (wide["method"] == point["method"])].iloc[0]
    assert (point["all_country"]["low"], point["all_country"]["high"]) == pytest.approx(
        (row["all_low"], row["all_high"])
    )
    assert point["preview_error"] == {"all_country": 0.08, "true_country": 0.08, "excess": 0.08}
    unknown = frontier_document(scored, previewer.runs(asked, ridge=0.5), CONFIG, held_out={})["points"][0]
    assert set(unknown["preview_error"].values()) == {None}


def test_errors_that_countries_do_not_share_average_out_in_their_mean(previewer):
    def widths(own_error):
        side = AgreementRecord.of(agreement([], [], Labels.of([], [], []))).model_copy(
            update={"error": 0.2, "own_error": own_error, "n_error_settings": 50}
        )
        table = preview_table(
            previewer, {"CHL": ALL, "NZL": ALL}, ridge=0.5, preview_error=results.PreviewError(excess=side)
        )
        mean = table[(table["country"] == results.MEAN) & (table["method"] != "global")]
        return (mean["excess_high"] - mean["excess_low"]).to_numpy()

    assert (widths(0.2) < widths(0.0)).all()


def test_before_there_are_runs_the_default_is_stated_and_nothing_is_stored(tmp_path, previewer):
    record = results.load_calibration(Store(tmp_path), previewer, [])
    assert (record.ridge, record.calibrated, record.poor) == (previewer.default_ridge, False, True)
    assert Store(tmp_path).names("calibrations") == []


def test_a_calibration_is_stored_by_its_causes(tmp_path, previewer, monkeypatch):
    from scpo.results import calibration

    store = Store(tmp_path)
    runs = pretended_runs(previewer, 1.0)
    first = results.load_calibration(store, previewer, runs)
    monkeypatch.setattr(calibration, "_calibrate", lambda *_: pytest.fail("computed again"))
    assert results.load_calibration(store, previewer, runs) == first
    monkeypatch.undo()
    fewer = results.load_calibration(store, previewer, runs[:8])
    assert fewer.n_settings == 8 and len(store.names("calibrations")) == 2


def test_one_more_run_has_its_own_setting_fitted_alone_and_the_calibration_is_the_same(scored, tmp_path, monkeypatch):
    from scpo.results import calibration

    fitted, store = [], Store(tmp_path)
    at_ridges = calibration._at_ridges
    monkeypatch.setattr(calibration, "_at_ridges", lambda *asked: fitted.append(asked[1:]) or at_ridges(*asked))
    shared = results.Previewer(scored, CONFIG, ["CHL", "NZL"])
    runs = pretended_runs(shared, 1.0)
    results.load_calibration(store, shared, runs[:8], save=False)
    assert len(fitted) == len(set(fitted)) == 8
    again = results.load_calibration(store, shared, runs[:9], save=False)
    assert len(fitted) == 9
    fresh = results.load_calibration(store, results.Previewer(scored, CONFIG, ["CHL", "NZL"]), runs[:9], save=False)
    assert len(fitted) == 18 and again.model_copy(update={"created_at": fresh.created_at}) == fresh


def test_a_last_layer_model_is_the_preview_and_loads_with_plain_transformers(world, scored, previewer):
    objective = ObjectiveConfig(method="scpo", tau=0.9, beta=1.1)
    (expected,) = previewer.runs({"CHL": [objective]}, ridge=0.5)
    training = TrainingConfig(last_layer_ridge=0.5)
    request = RunRequest(data="small", model="rm", country="CHL", objective=objective, training=training)
    record = run_one(Work(world.store, world.settings), request)
    assert record.status == "succeeded" and record.steps is None and record.n_kept == expected.n_kept
    directory = RunDirectory(world.store, record.run_id)
    utterances = load_dataset(world.store, "small").utterances
    recorded = directory.rewards(len(utterances))
    test = scored.test_pairs
    np.testing.assert_allclose(recorded[test["chosen"]] - recorded[test["rejected"]], expected.gap, atol=1e-4)
    rows = np.flatnonzero(np.isfinite(recorded))[:40]
    tokenizer = AutoTokenizer.from_pretrained(directory.model_folder)
    model = AutoModelForSequenceClassification.from_pretrained(directory.model_folder).eval()
    batch = tokenizer(
        utterances["prompt"].iloc[rows].tolist(), utterances["response"].iloc[rows].tolist(),
        padding=True, truncation=True, max_length=48, return_tensors="pt",
    )  # fmt: skip
    with torch.inference_mode():
        rewards = model(**batch).logits[:, 0].numpy()
    np.testing.assert_allclose(rewards, recorded[rows], atol=1e-4)
    metrics = directory.metrics().set_index(["tested_on", "subset"])
    assert metrics.loc[("CHL", "all_country"), "value"] == pytest.approx(
        previewer.accuracies("CHL", expected.gap[None])[0][0]
    )
    (finished,) = [run for run in results.runs_of(world.store, scored) if run.run_id == record.run_id]
    assert results.budgets([finished]) == []  # a preview does not calibrate previews


def test_a_model_of_shuffled_labels_is_trained_on_judgements_that_users_have_exchanged(world, scored, previewer):
    objective = ObjectiveConfig(method="shuffled", tau=0.9, beta=1.1)
    (expected,) = previewer.runs({"CHL": [objective]}, ridge=0.5, seed=2)
    own = scored.country_pairs("CHL", "train")
    exchanged = with_exchanged_labels(own, seed=2)
    assert (exchanged["gap"] != own["gap"]).any() and (exchanged["gap"].abs() == own["gap"].abs()).all()
    turned = (exchanged["gap"] != own["gap"]).to_numpy()
    assert (exchanged["chosen"] == np.where(turned, own["rejected"], own["chosen"])).all()
    n_kept = select(exchanged["gap"].to_numpy(), objective, seed=2).n_kept
    wanted = scored.run_config("CHL", objective, TRAINING, 2)
    assert expected.n_kept == results.n_kept_of_shuffled(scored, wanted) == n_kept
    request = RunRequest(
        data="small",
        model="rm",
        country="CHL",
        objective=objective,
        training=TrainingConfig(last_layer_ridge=0.5),
        seed=2,
    )
    record = run_one(Work(world.store, world.settings), request)
    reward = RunDirectory(world.store, record.run_id).rewards(len(scored.utterances))
    test = scored.test_pairs
    np.testing.assert_allclose(reward[test["chosen"]] - reward[test["rejected"]], expected.gap, atol=1e-4)
    assert record.n_kept == n_kept


def test_shuffled_labels_can_be_finetuned_and_do_not_calibrate_previews(world, scored, previewer):
    objective = ObjectiveConfig(method="shuffled")
    request = RunRequest(data="small", model="rm", country="CHL", objective=objective, training=TRAINING)
    record = run_one(Work(world.store, world.settings), request)
    assert record.status == "succeeded" and record.steps == TRAINING.steps
    assert record.n_kept == results.n_kept_of_shuffled(scored, record.config)
    (run,) = [one for one in results.runs_of(world.store, scored) if one.run_id == record.run_id]
    known = pretended_runs(previewer, 0.5)
    with_it, without = (
        results.load_calibration(world.store, previewer, runs, save=False) for runs in ([*known, run], known)
    )
    assert with_it.ridge == without.ridge and with_it.runs == without.runs


def test_a_finetune_keeps_the_name_it_had_before_last_layers_were_known():
    assert "last_layer_ridge" not in TRAINING.as_json()
    with pytest.raises(ValueError, match="exactly one"):
        TrainingConfig(steps=3, last_layer_ridge=1.0)
