"""The page Behaviour: over pairs of two, and over people with scores and writers whose tastes are known."""

import json
import re
import shutil

import numpy as np
import pytest
from hand.runs import finished_with
from hand.tables import SPLIT, score
from reading import check_page, too_long, words

from dashboard.behaviour import words as behaviour_words
from scpo import results
from scpo.config import EvaluationConfig, ObjectiveConfig, TrainingConfig
from scpo.data.sources.sample.generate import generate_sample
from scpo.results import behaviour
from scpo.store.cache import Store
from scpo.store.datasets import register
from scpo.store.stars import read_stars

HOME = ("CHL", "NZL")
MARKUP = "**bold** <b>tag</b> $x$"


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """A cache with people whose tastes are known: `full` follows them, `filter` turns them round."""
    store = Store(tmp_path_factory.mktemp("people"))
    tables = generate_sample(n_users=160, seed=5)
    truth = tables.truth
    utterances = tables.utterances
    utterances.loc[utterances["flagged"].fillna(False), "response"] = MARKUP
    levels = np.array(
        [[1] * len(truth["attributes"]) if one is None else list(map(int, one)) for one in truth["levels"]]
    )
    common = (levels - 1) @ np.array(truth["common_weights"])
    info = register(store, "people", tables, source="sample", location="here", split=SPLIT, licence="CC0")
    score(store, info, common)
    scored = results.load_scored(store, "people", "rm")
    tested = np.full(len(utterances), np.nan)
    tested[scored.test_rows] = 0
    for country in HOME:
        own = common + (levels - 1) @ np.array(truth["country_deviations"][country])
        for method, reward in (("full", own), ("filter", -own)):
            for seed in (0, 1):
                objective = ObjectiveConfig.model_validate({"method": method})
                config = scored.run_config(country, objective, TrainingConfig(steps=3), seed)
                finished_with(store, config, reward + tested)
    return store


@pytest.fixture(scope="session")
def found(people):
    """What the engine finds there."""
    scored = results.load_scored(people, "people", "rm")
    runs = results.runs_of(people, scored)
    return scored, runs, behaviour.behaviour_table(scored, runs, EvaluationConfig())


def metrics(at):
    return {one.label.replace("\\", ""): one.value for one in at.metric}


def test_without_runs_the_page_says_which_command_makes_them(open_page):
    at = open_page("behaviour", "scored")
    check_page(at)
    assert "scpo study --data tastes --model rm" in words(at)


@pytest.mark.parametrize("scenario", ["one", "partial", "many"])
def test_pairs_of_two_without_scores_or_writers_work_and_say_so(open_page, scenario):
    at = open_page("behaviour", scenario)
    check_page(at)
    said = words(at)
    assert behaviour_words.ONLY_TWO in said and behaviour_words.NO_WRITERS in said
    assert "unknown" in metrics(at)["Change of score, points"] and behaviour_words.NO_SCORES in said


def test_survey_answers_have_nothing_to_pick_from_and_a_sentence_says_so(open_page, own_cache, monkeypatch):
    from dashboard.behaviour import view

    monkeypatch.setattr(view, "has_turns", lambda selection: False)
    at = open_page("behaviour", own_cache("one"))
    check_page(at)
    assert "Survey answers have no responses that one person compared" in words(at) and not at.metric


def test_the_large_numbers_are_those_of_the_engine(open_page, people, found):
    at = open_page("behaviour", people, query={"setting": "All pairs"})
    check_page(at)
    table = found[2]
    (row,) = table[(table["country"] == "mean") & (table["method"] == "full")].to_dict("records")
    shown = metrics(at)
    assert shown["Picks changed"] == f"{100 * row['changed_value']:.1f}\u00a0%"
    assert shown["Change of win share, points"] == f"{100 * row['gain_value']:+.1f}".replace("-", "−")
    assert shown["Change of score, points"] == f"{100 * row['score_gain_value']:+.1f}".replace("-", "−")
    assert f"{row['n_turns']:,} turns of {row['n_users']} test users" in words(at)


def test_the_country_and_the_step_are_in_the_address_and_moving_the_slider_changes_what_is_said(open_page, people):
    at = open_page("behaviour", people, query={"setting": "Filter (τ 0.7)", "where": "Chile", "b": "1"})
    check_page(at)
    assert at.selectbox(key="where").value == "CHL" and at.select_slider(key="b").value == "1"
    before = [one for one in words(at).splitlines() if one.startswith("Selected setting: KL")]
    at.select_slider(key="b").set_value("random").run()
    check_page(at)
    after = [one for one in words(at).splitlines() if one.startswith("Selected setting: KL")]
    assert "KL 0.00 nats; people's win share 50.0\u00a0%" in after[0] and before != after


def test_a_head_that_turns_against_people_is_said_to_be_liked_less(open_page, people):
    at = open_page("behaviour", people, query={"setting": "Filter (τ 0.7)"})
    assert "people like them less" in at.header[0].value.replace("\\", "")
    assert "More reward, less liked: at best-of-n the win share is" in words(at)


def test_a_row_of_the_list_opens_its_turn_with_both_texts_as_plain_text(open_page, people, found):
    scored, runs, _ = found
    models = [one for one in results.group_runs(runs) if one.objective.method == "filter"]
    turns = behaviour.changed_turns(scored, models)
    at = open_page("behaviour", people, query={"setting": "Filter (τ 0.7)"})
    place = 3
    at.session_state["changed_turns"] = {"selection": {"rows": [place], "columns": []}}
    at.session_state["turn"] = turns["interaction_id"].iloc[place]
    at.run()
    check_page(at)
    assert at.query_params["turn"] in (turns["interaction_id"].iloc[place], [turns["interaction_id"].iloc[place]])
    prompt, before, after = behaviour.read_turn(scored, turns.iloc[place])
    html = [one.proto.body for one in at.get("html")]
    for side in (prompt, before.response, after.response):
        assert any(re.sub(r"\s", "", side[:20]) in re.sub(r"\s", "", body) for body in html)
    assert f"{100 * after.win:.1f}\u00a0% of the other responses" in words(at)


def test_flagged_texts_are_blurred_until_asked_for_and_are_never_markup(open_page, people, found):
    scored, runs, _ = found
    turns = behaviour.changed_turns(scored, [m for m in results.group_runs(runs) if m.objective.method == "filter"])
    flagged = turns[turns["flagged"]].iloc[0]
    query = {"setting": "Filter (τ 0.7)", "turn": flagged["interaction_id"]}
    at = open_page("behaviour", people, query=query)
    check_page(at)
    bodies = [
        one.proto.body for one in at.get("html") if "pair-text" in one.proto.body and "<style>" not in one.proto.body
    ]
    assert bodies and all("pair-blurred" in one for one in bodies)
    assert any("&lt;b&gt;tag" in one for one in bodies) and not any("<b>tag" in one for one in bodies)
    at.button(key="show_flagged").click().run()
    assert not any("pair-blurred" in one.proto.body for one in at.get("html") if "<style>" not in one.proto.body)


def test_a_figure_beside_the_slider_can_be_starred(open_page, people, tmp_path):
    store = Store(shutil.copytree(people.root, tmp_path / "starred"))
    at = open_page("behaviour", store)
    at.session_state["best_of_n_star"] = True
    at.run()
    at.button(key="best_of_n_star_new").click().run()
    check_page(at)
    (star,) = read_stars(store, "people")
    assert (star.figure, star.page) == ("best_of_n", "behaviour")


def test_a_click_on_a_setting_chooses_it_and_the_global_model_cannot_be_chosen():
    from dashboard.behaviour.controls import after_click

    def picked(setting):
        return {"selection": {"pick": [{"setting": setting}]}}

    assert after_click(picked("filter|0.7|-")) == {"setting": "filter|0.7|-"}
    assert after_click(picked("global|-|-")) == {} == after_click({"selection": {"pick": []}})


def test_every_sentence_is_short(open_page, people):
    for query in ({"setting": "Filter (τ 0.7)"}, {"setting": "All pairs", "where": "Chile"}):
        at = open_page("behaviour", people, query=query)
        said = [one.value for kind in (at.header, at.subheader, at.main.caption) for one in kind]
        found = [text.replace("\\", "").replace("\u00a0", " ") for text in said]
        lines = [line for text in found for line in text.split("\n") if "; runs: " not in line]
        assert [long for line in lines for long in too_long(line)] == []


def test_charts_have_words_for_screen_readers_and_no_chart_is_empty(open_page, people):
    at = open_page("behaviour", people)
    charts = [json.loads(one.proto.spec) for one in at.get("vega_lite_chart")]
    assert len(charts) == 5 and all(one.get("layer") for one in charts)
