"""What pages say while something runs or waits: the study of these data, or that of others."""

from __future__ import annotations

import pytest
import world
from hand import runs
from reading import check_page, words

from dashboard.frame import busy
from scpo import results
from scpo.config import ObjectiveConfig
from scpo.jobs.control import ask_run
from scpo.jobs.queue import BULK, WAITED_FOR, Queue
from scpo.results import BusyStudy
from scpo.store.datasets import load_info
from scpo.store.runs import list_runs
from scpo.store.scores import list_scores
from scpo.store.studies import StudyPlan, list_studies, write_study

NO_SCORES = "No global model has scored this data set yet"


def study_of(store, *seeds, name="sweep", **causes):
    """Have a study of runs that wait; the first one runs."""
    asked = [runs.asked(store, seed, **causes).run_id for seed in seeds]
    runs.began(store)
    runs.beat(store, asked[0], done=2)
    config = runs.run_config(seeds[0], **causes)
    write_study(
        store, name=name, plan=StudyPlan(), countries=["CHL"], training=config.training, runs=asked,
        **{field: getattr(config, field) for field in ("dataset", "dataset_key", "model", "model_key")},
    )  # fmt: skip
    return asked


@pytest.mark.parametrize("page", ["brief", "tradeoff", "workbench", "divergence"])
def test_without_scores_a_page_says_what_to_do_also_while_another_study_runs(open_page, own_cache, page):
    store = own_cache("unscored")
    study_of(store, 0, 1, 2)
    at = open_page(page, store)
    check_page(at)
    found = words(at)
    assert NO_SCORES in found and "scpo score --data tastes --model NAME" in found
    assert "The device is busy: 1 running, 2 waiting · time left not known yet, for study sweep on prism." in found
    assert "Preparing the first result" not in found


def test_another_data_sets_scoring_is_not_taken_for_ones_own(open_page, own_cache):
    store = own_cache("unscored")
    with world.at_work(store, "Scores of tastes", "scoring", 4, 13, "responses"):
        at = open_page("brief", store, query={"data": "views"})
    check_page(at)
    assert NO_SCORES in words(at) and "Preparing the first result" not in words(at)
    assert "Scores of tastes · scoring · 4 of 13 responses" in words(at)  # in the status line


def test_a_study_that_waits_to_prepare_these_data_is_named(open_page, own_cache):
    store = own_cache("unscored")
    study_of(store, 0, 1)
    runs.asked_study(store, "mine", data="tastes")
    at = open_page("brief", store)
    check_page(at)
    assert "Preparing the first result" in words(at)
    assert "Study mine waits in the queue: its preparation has not begun." in words(at)


def causes_of(store, dataset="tastes"):
    info = load_info(store, dataset)
    ((_, scores),) = list_scores(store, info)
    return {"dataset": dataset, "dataset_key": info.key, "model": "rm", "model_key": scores.model_key}


@pytest.mark.parametrize("page", ["tradeoff", "bias", "behaviour"])
def test_before_the_first_run_a_page_tells_its_study_from_another_ones(open_page, own_cache, page):
    store = own_cache("scored")
    study_of(store, 0, 1)
    at = open_page(page, store)
    check_page(at)
    assert "scpo study --data tastes --model rm" in words(at) and "The device is busy" in words(at)
    study_of(store, 5, 6, name="ours", **causes_of(store))
    at = open_page(page, store)
    check_page(at)
    assert "Partial: study ours: 0 of 2 runs finished" in words(at)
    assert "scpo study --data tastes --model rm" not in words(at)


def test_a_study_at_work_is_named_as_partial_with_its_end(open_page, own_cache):
    store = own_cache("partial")
    took = [one.seconds for one in list_runs(store) if one.config.training == world.BUDGET]
    asked = study_of(store, 51, 52, name="more", training=world.BUDGET, **causes_of(store))
    at = open_page("tradeoff", store)
    check_page(at)
    # The world's runs are a matter of seconds; the one at work says that its training takes 90 s more.
    assert len(asked) == 2 and max(took) < 60
    assert "Partial: study more: 0 of 2 runs finished, about 2 min left" in words(at)
    assert ":material/queue: 1 running, 1 waiting · about 2 min left" in words(at)


def test_the_start_sheet_says_what_the_running_study_does_anyway(open_page, own_cache, ensured):
    """South Africa's setting stands at the end of a study of eight, seed by seed; the study's first run is at work."""
    store = own_cache("many")
    causes = causes_of(store) | {"training": world.BUDGET}
    study_of(store, *range(60, 65), **causes)
    scored = results.load_scored(store, "tastes", "rm")
    asked = []
    for seed in range(3):
        config = scored.run_config("ZAF", ObjectiveConfig(method="scpo", tau=0.6), world.BUDGET, seed)
        ask_run(store, config, priority=BULK)
        asked.append(config.run_id)
    (study,) = [one for one in list_studies(store) if one.name == "sweep"]
    write_study(
        store, **study.model_dump(exclude={"format_version", "created_at", "runs"}) | {"runs": [*study.runs, *asked]}
    )
    at = open_page("workbench", store, query={"of": "ZAF", "tau": "0.6"})
    at.button(key="workbench_start").click().run()
    check_page(at)
    found = words(at)
    assert "0 runs to do; 3 in the queue already." in found
    # The one at work trains 90 s more; the others are a matter of seconds.
    assert "In study sweep already: 3 waiting, places 5 to 7; all end in about 2 min." in found
    assert (
        "Ahead in the queue: 1 running and 4 waiting; new runs begin in about 2 min. 3 waiting go after them." in found
    )
    at.button(key="workbench_forward").click().run()
    check_page(at)
    assert "3 runs go before the rest of the queue." in words(at)
    assert {job.priority for job in Queue(store).jobs() if job.job_id in asked} == {WAITED_FOR}


def test_the_start_sheet_names_a_study_that_will_ask_for_the_same(open_page, own_cache):
    store = own_cache("many")
    runs.asked_study(store, "wide", data="tastes", model="rm", methods=["scpo"], taus=[0.6, 0.8], seeds=[0, 1])
    at = open_page("workbench", store, query={"of": "ZAF", "tau": "0.6"})
    at.button(key="workbench_start").click().run()
    check_page(at)
    assert "Study wide is being prepared and asks for 2 of these settings too, with a budget of its own." in words(at)
    assert "when new runs begin is not known yet" not in words(at)  # they go before its preparation


def test_a_study_in_words():
    study = BusyStudy("paper", "prism", "m", False, 126, 12, 1, 113, 1500)
    assert busy.study_words(study) == "study paper: 12 of 126 runs finished, about 25 min left"
    assert busy.study_words(study._replace(ends_in=None)).endswith("finished, time left not known yet")
    assert busy.study_words(study._replace(preparing=True)) == "study paper is being prepared"
