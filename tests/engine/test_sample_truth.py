"""The sample's truth comes out: the order of the methods, and which countries differ most.

Slow on purpose: it makes the sample, its global model and 28 country models as `scpo demo` does, one seed.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from scpo import results
from scpo.config import PAPER_COUNTRIES, EvaluationConfig
from scpo.measures.community import CommunityPairs
from scpo.measures.divergence import divergence
from scpo.models import SAMPLE_STEPS, base_training
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.studies import StudyPlan
from scpo.work.context import Work
from scpo.work.prepare import prepare
from scpo.work.requests import ScoreRequest, StudyRequest
from scpo.work.study import run_study

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def settings(store):
    return Settings(cache_dir=store.root, device="cpu", offline=True)


@pytest.fixture(scope="module")
def scored(store, settings):
    prepare(Work(store, settings), ScoreRequest(data="sample", model="sample-rm"))
    return results.load_scored(store, "sample", "sample-rm")


@pytest.fixture(scope="module")
def accuracies(store, settings, scored):
    """Return mean accuracies over the seven countries, by method; `global` too."""
    request = StudyRequest(
        name="order",
        data="sample",
        model="sample-rm",
        plan=StudyPlan(methods=("full", "filter", "weight", "scpo"), seeds=(0,)),
        training=base_training("sample-rm").model_copy(update={"steps": SAMPLE_STEPS}),
    )
    result = run_study(Work(store, settings), request)
    assert result.failures == {} and sorted(result.study.countries) == sorted(PAPER_COUNTRIES)
    table = results.setting_table(scored, results.runs_of(store, scored), EvaluationConfig(resamples=200))
    return table[table["country"] == results.MEAN].set_index("method")[["all_value", "true_value"]]


def test_the_more_a_method_turns_to_disagreement_the_more_of_it_is_recovered(accuracies: pd.DataFrame):
    true = accuracies["true_value"]
    assert true["weight"] < true["full"] < true["scpo"] < true["filter"]


def test_scpo_is_not_below_the_global_model_on_all_pairs_and_filtering_alone_is(accuracies: pd.DataFrame):
    on_all = accuracies["all_value"]
    assert on_all["scpo"] >= on_all["global"]
    assert on_all["filter"] < on_all["global"]


def test_measured_distances_between_countries_follow_the_true_ones(store, scored):
    truth = store.read_json(store.folder("datasets", "sample") / "truth.json", what="truth")
    names = truth["countries"]
    features, reward = np.asarray(scored.scores.features, dtype=np.float64), scored.scores.reward
    communities = [
        CommunityPairs(
            name=name,
            differences=features[pairs["chosen"]] - features[pairs["rejected"]],
            gap=np.asarray(reward[pairs["chosen"]] - reward[pairs["rejected"]], dtype=np.float64),
            user_id=pairs["user_id"].to_numpy(),
        )
        for name, pairs in ((name, scored.pairs[scored.pairs["country"] == name]) for name in names)
    ]
    found = divergence(communities, scored.scores.head_weight, config=EvaluationConfig())
    below = np.tril_indices(len(names), -1)
    measured = np.array([[cell.value for cell in row] for row in found.distance])
    assert spearmanr(measured[below], np.array(truth["distance"])[below]).statistic >= 0.9


def test_models_of_the_sample_have_opinions_on_its_survey_that_follow_the_truth(store, settings, scored, accuracies):
    """The global model is nearer to most countries than equal shares are, and a country's own model nearer still."""
    request = ScoreRequest(data="sample-opinions", model="sample-rm")
    assert prepare(Work(store, settings), request).info.synthetic
    surveyed = results.load_surveyed(store, "sample-opinions")
    country = "NZL"
    asked = [(run.run_id, run.config) for run in results.runs_of(store, scored)]
    (own_run,) = [one for one, of in asked if of.country == country and of.objective.method == "scpo"]
    prepare(Work(store, settings), request.model_copy(update={"model": f"run:{own_run}"}))
    found = results.load_opinionated(store, surveyed, "sample-rm", temperature=1.0)
    table = results.closeness_table(surveyed, found.models, PAPER_COUNTRIES, EvaluationConfig())
    uniform = table[table["method"] == "uniform"]
    assert (uniform["diff_value"] < 0).sum() >= 6
    own = table[table["run"].notna() & (table["tested_on"] == country)]
    assert len(own) == 1 and own["diff_low"].iloc[0] > 0
