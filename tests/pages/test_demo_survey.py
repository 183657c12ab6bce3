"""The demo's survey on its tab: beside the sample, with its model's opinions, and never in front of preferences."""

import json

import numpy as np
import pytest
from hand.survey import add_survey
from hand.tables import add, score
from reading import check_page, words

from scpo.data.sources.sample.generate import sample_tastes
from scpo.data.sources.sample.text import ATTRIBUTES
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset
from scpo.work.register import add_dataset

BANNER = "Synthetic sample: says nothing about real countries."


def add_generated(store, name):
    return add_dataset(store, name, source=name, settings=Settings(cache_dir=store.root))


def truth_of(store, name):
    return store.read_json(store.folder("datasets", name) / "truth.json", what=f"truth of {name}")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The sample and its survey, scored by a model that has the common weights."""
    store = Store(tmp_path_factory.mktemp("demo"))
    common = sample_tastes(0).common
    sample, survey = add_generated(store, "sample"), add_generated(store, "sample-opinions")
    levels = truth_of(store, "sample")["levels"]
    shown = np.array([[0] * len(ATTRIBUTES) if one is None else [int(c) - 1 for c in one] for one in levels])
    score(store, sample, shown @ common, model="sample-rm", features=shown, head=tuple(common))
    truth = truth_of(store, "sample-opinions")["attributes"]
    steps = np.zeros((survey.counts["utterances"], len(ATTRIBUTES)))
    options = load_dataset(store, "sample-opinions").utterances["utterance_id"].str.rpartition(":")
    for row, (question, index) in enumerate(zip(options[0], options[2].astype(int), strict=True)):
        if index < 4:
            one, other = (ATTRIBUTES.index(name) for name in truth[question])
            steps[row, one], steps[row, other] = 2 * (index // 2) - 1, 2 * (index % 2) - 1
    score(store, survey, steps @ common, model="sample-rm", features=steps, head=tuple(common))
    return store


def charts(at):
    return [json.loads(one.proto.spec) for one in at.get("vega_lite_chart")]


@pytest.mark.parametrize("tab", ["Preferences", "Survey answers"])
def test_every_tab_of_divergence_shows_figures_of_the_demo(open_page, demo, tab):
    at = open_page("divergence", demo, query={"view": tab})
    check_page(at)
    assert len(charts(at)) >= 3 and words(at).count(BANNER) == 1


def test_the_tab_compares_the_model_of_the_sample_with_the_survey(open_page, demo):
    """A model with the majorities' weights is nearer to their answers than equal shares are."""
    at = open_page("divergence", demo, query={"view": "Survey answers"})
    found = words(at)
    assert "opinions are closer to" in found and "GlobalOpinionQA" not in found
    (closeness,) = [one.value for one in at.dataframe if "Closeness of equal shares" in one.value.columns]
    usa = closeness.set_index("Country").loc["United States"]
    assert usa["Closeness"] > 0.9 > usa["Closeness of equal shares"]


def test_no_page_begins_with_the_survey_whatever_it_is_called(open_page, store):
    add_generated(store, "sample-opinions")
    add(store, "zebra")
    at = open_page("brief", store)
    check_page(at)
    assert at.selectbox(key="data").value == "zebra" and "sample-opinions" in at.selectbox(key="data").options


def test_a_generated_survey_has_its_banner_beside_real_data_too(open_page, store):
    add(store)
    add_generated(store, "sample-opinions")
    at = open_page("divergence", store, query={"view": "Survey answers"})
    check_page(at)
    assert BANNER in [one.value for one in at.warning]


def test_real_data_begin_with_a_real_survey_and_the_sample_with_its_own(open_page, store):
    add_generated(store, "sample-opinions")
    add_survey(store, "world")
    add(store, "people")
    at = open_page("divergence", store, query={"view": "Survey answers"})
    assert at.selectbox(key="survey").value == "world" and BANNER not in words(at)
    add_generated(store, "sample")
    at = open_page("divergence", store, query={"view": "Survey answers", "data": "sample"})
    check_page(at)
    assert at.selectbox(key="survey").value == "sample-opinions"
