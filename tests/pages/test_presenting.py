"""Presenting: by a click and by address, in plain words, without how a model was made, on every page that shows one."""

import json
import re

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hand.survey import add_answers, add_survey, answer_rows, rewards
from hand.tables import add, score
from reading import check_page, too_long, words
from technical import TECHNICAL, technical

from dashboard.frame.presenting import EVERYWHERE, LIMITS, OF_SURVEYS
from dashboard.kit import glossary, matrix
from dashboard.kit.table import Column, twin
from scpo.store.cache import Store

ON_STAGE = {"brief", "tradeoff", "bias", "behaviour", "compare", "divergence"}


def seen(at):
    """Everything on the page as text, what stands in a closed box of the sidebar apart."""
    kinds = (at.main.header, at.main.subheader, at.main.markdown, at.main.caption, at.main.metric, at.main.expander)
    texts = [getattr(one, "label", "") for one in (*at.main.metric, *at.main.expander)]
    texts += [str(one.value) for kind in kinds[:5] for one in kind]
    return "\n".join(texts).replace("\\", "")


def charts(at):
    return [json.loads(one.proto.spec) for one in at.get("vega_lite_chart")]


def titles(part):
    """Titles of axes, legends and tooltips of a chart."""
    if isinstance(part, dict):
        own = [part["title"]] if isinstance(part.get("title"), str) else []
        return own + [one for value in part.values() for one in titles(value)]
    return [one for value in part for one in titles(value)] if isinstance(part, list) else []


def test_a_click_on_the_toggle_presents_and_another_ends_it(open_page):
    at = open_page("brief", "many")
    assert "all-country accuracy" in seen(at) and "Nothing is running" in words(at)
    at.toggle(key="present").set_value(True).run()
    check_page(at)
    assert "accuracy on all choices" in at.header[0].value and "What this does not show" in seen(at)
    assert "Nothing is running" not in words(at)  # nothing looks for news
    assert "font-size" in "".join(one.proto.body for one in at.get("html"))
    at.toggle(key="present").set_value(False).run()
    assert "all-country accuracy" in seen(at) and "What this does not show" not in seen(at)


@pytest.mark.parametrize("page", sorted(ON_STAGE))
def test_by_address_a_page_presents_in_plain_words_without_how_models_were_made(open_page, many, page):
    at = open_page(page, "many", query={"present": "true"})
    check_page(at)
    found = seen(at)
    assert technical(found.splitlines()) == []
    assert not any(run.run_id[:8] in found for run in many.runs)
    assert LIMITS[page] in found and all(one in found for one in EVERYWHERE)
    assert charts(at)
    assert technical([one for spec in charts(at) for one in titles(spec)]) == []
    headings = [str(column) for table in at.main.dataframe for column in table.value.columns]
    assert headings and technical(headings) == []
    assert not at.main.get("download_button")


@pytest.mark.parametrize("page", ["pairs", "workbench", "runs", "data"])
def test_no_other_page_breaks(open_page, page):
    at = open_page(page, "many", query={"present": "true"})
    check_page(at)
    assert at.toggle(key="present").value and at.main.header


def test_the_details_of_a_couple_and_its_examples_are_plain_too(open_page):
    at = open_page("divergence", "many", query={"present": "true"})
    at.selectbox(key="couple").select("NZL↔ZAF")
    at.run()
    check_page(at)
    assert "The general model prefers" in seen(at)
    assert technical(seen(at).splitlines()) == []


def test_the_survey_answers_are_plain_too_and_their_sentences_short(open_page):
    """A couple and a question are picked; the global model has scored the survey, and no run has."""
    query = {"present": "true", "view": "Survey answers", "divided": "New Zealand and South Africa"}
    question = open_page("divergence", "many", query=query).selectbox(key="question").options[0]
    at = open_page("divergence", "many", query={**query, "question": question})
    check_page(at)
    found = seen(at)
    worse = re.compile(TECHNICAL.pattern + "|Jensen|softmax|temperature|scpo opinions", re.IGNORECASE)
    assert [line for line in found.splitlines() if worse.search(line)] == []
    assert [one for line in found.splitlines() for one in too_long(line)] == []
    assert LIMITS["survey"] in found and all(one in found for one in OF_SURVEYS)
    assert EVERYWHERE[0] not in found and "How close models' opinions" in found
    assert len(charts(at)) == 5
    assert [one for spec in charts(at) for one in titles(spec) if worse.search(one)] == []
    at.select_slider(key="temperature").set_value(5.0).run()
    at.toggle(key="present").set_value(False).run()
    assert "at temperature 5" in words(at)


def test_a_model_that_has_not_answered_a_survey_is_not_spoken_of_on_stage(open_page, store):
    add_survey(store)
    at = open_page("divergence", store, query={"present": "true", "view": "Survey answers"})
    check_page(at)
    assert "opinions are to these answers" not in seen(at) and "answer most differently" in seen(at)


def test_no_limit_is_longer_than_a_sentence():
    assert [one for said in (*LIMITS.values(), *EVERYWHERE) for one in too_long(said)] == []
    assert set(LIMITS) == ON_STAGE | {"survey"}
    assert [one for said in OF_SURVEYS for one in too_long(said)] == []


def test_the_mode_and_the_setting_stay_on_the_way_to_another_page(open_page):
    at = open_page("brief", "many", query={"present": "true", "setting": "Filter (τ 0.6)"})
    at.switch_page("../pages/bias.py").run()
    check_page(at)
    assert at.toggle(key="present").value and LIMITS["bias"] in seen(at)
    assert at.selectbox(key="setting").value == "filter|0.6|-"
    at.toggle(key="present").set_value(False).run()
    assert at.selectbox(key="setting").value == "filter|0.6|-"


def test_a_click_keeps_the_mode(open_page):
    at = open_page("brief", "many", query={"present": "true"})
    at.session_state["_next_page"] = ("divergence", {"who": "Chile"})
    at.run()
    check_page(at)
    assert LIMITS["divergence"] in seen(at)


def test_the_filters_and_columns_of_the_pairs_are_plain_too(open_page):
    at = open_page("pairs", "many", query={"present": "true"})
    labels = [one.label for one in (*at.main.text_input, *at.main.selectbox, *at.main.get("button_group"))]
    columns = json.loads(at.main.dataframe[0].proto.columns)
    labels += [one["label"] for one in columns.values() if one.get("label")]
    assert {"General model", "People"} <= set(labels) and technical(labels) == []
    assert not [one for one in labels if "response" in one or "sers" in one]


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("Filter + weight (τ 0.7, β 1.1) raises all-country accuracy", "SCPO raises accuracy on all choices"),
        ("Filter (τ 0.6)", "Disagreements only"),
        ("Recovered share, %", "Share of mistakes put right, %"),
        ("All-country accuracy", "Accuracy on all choices"),
        ("1 of 2 points over-steer", "1 of 2 points pander"),
        ("900 pairs, 1 user", "900 choices, 1 person"),
        ("Data: a; scpo 0.1.0; runs: ab12, cd34 (+5); filled, λ 0.00538; two.", "Data: a; scpo 0.1.0; filled; two."),
        ("apart after Holm. It gains 1 point (p 0.549).", "apart counting all comparisons. It gains 1 point."),
        ("Bold: they differ, Holm over all couples", "Bold: they differ, counting all couples"),
        ("runs in the family, paired by chance", "runs in the family, paired by chance"),
    ],
)
def test_plain_words_keep_capitals_and_leave_the_rest(said, plain):
    assert glossary.in_plain_words(said) == plain


@pytest.fixture
def plainly():
    """Speak in plain words for one test."""
    glossary.speak(plainly=True)
    yield
    glossary.speak(plainly=False)


@pytest.mark.parametrize(
    ("name", "said", "plain"),
    [
        ("Holm", "3 pairs of Holm, Holm over all couples", "3 choices of Holm, Holm over all couples"),
        ("filter", "Data: filter, licence CC0; noise floor", "Data: filter, licence CC0; range of luck"),
        ("pairs", "Data: pairs; 900 pairs, 1 user", "Data: pairs; 900 choices, 1 person"),
        ("All pairs", "All pairs people and users of All pairs.", "All pairs people and people of All pairs."),
        ("a.b (user)", "The model of a.b (user) recovers", "The model of a.b (user) puts right"),
        ("user", "users and superuser of user", "people and superuser of user"),
    ],
)
def test_a_name_that_holds_a_technical_word_is_never_reworded(plainly, name, said, plain):
    assert glossary.kept(name) == name and glossary.in_plain_words(said) == plain


def test_the_next_run_of_the_script_knows_nothing_of_the_names_of_the_last(plainly):
    glossary.kept("user")
    glossary.speak(plainly=True)
    assert glossary.in_plain_words("user") == "person"


def test_longer_names_win_over_names_in_them(plainly):
    for name in ("filter", "filter users"):
        glossary.kept(name)
    assert glossary.in_plain_words("filter users of filter, users") == "filter users of filter, people"


def test_communities_data_sets_and_models_keep_their_names_on_every_page(open_page, tmp_path):
    """Everything is called by a technical word, and the charts, tables and sentences say it as it is."""
    store = Store(tmp_path)
    info = add_answers(store, "noise", answer_rows())
    people = add(store, "filter", origin=("Holm", "excess"), n_users=24)
    score(store, people, np.arange(people.counts["utterances"]), model="users", model_key="k")
    score(store, info, rewards(store, "noise", "CHL"), model="users", model_key="k")
    for query in ({}, {"view": "Survey answers"}):
        at = open_page("divergence", store, query={"present": "true", **query})
        check_page(at)
        found = seen(at) + json.dumps(charts(at)) + "".join(table.value.to_csv() for table in at.main.dataframe)
        assert ("Data: noise" if query else "Data: filter") in found
        assert "general model: users" in found
    at = open_page("divergence", store, query={"present": "true"})
    assert {"Holm", "excess"} <= set(at.main.dataframe[0].value.iloc[0])


def test_other_peoples_words_in_tables_are_not_reworded(plainly):
    table = pd.DataFrame({"prompt": ["Do users filter noise?"], "setting_label": ["Filter"]})
    shown = twin(table, [Column("prompt", "Prompt", "quote"), Column("setting_label", "Setting")])
    assert shown.iloc[0].tolist() == ["Do users filter noise?", "Disagreements only"]


def test_numbers_and_names_of_a_triangle_grow_with_their_cells_while_presenting(plainly):
    def drawn():
        names = ["Chile", "Israel", "Peru"]
        where = matrix.plan(names, tree=False)
        table = pd.DataFrame(
            {"place": range(3), "label": ["a", "b", "c"], "country": names, "name": names, "sample": ""}
        )
        table = table.assign(few=False)
        axes = matrix.canvas(where)
        layers = [*matrix.diagonal(table, where, axes, [], dark=False)]
        layers += matrix.names(table, where, axes, chosen=(), dark=False)
        marks = [layer.to_dict()["mark"] for layer in layers]
        return where.cell, [mark["fontSize"] for mark in marks if "fontSize" in mark]

    large, large_type = drawn()
    glossary.speak(plainly=False)
    small, small_type = drawn()
    assert large_type == [1.25 * size for size in small_type] and small_type and large == 1.25 * small


def test_nothing_is_said_plainly_unless_asked_for():
    assert glossary.said("all-country") == "all-country" and not glossary.is_plain()


def test_a_chart_in_plain_words_keeps_what_a_click_reports_and_matches_its_legend():
    table = pd.DataFrame({"point": ["AUS|filter|0.6|-"], "setting": ["Filter"], "method_label": ["Filter"], "v": [0.5]})
    colour = alt.Color("method_label:N", scale=alt.Scale(domain=["Filter"], range=["#E69F00"]))
    shape = alt.Shape("method_label:N", scale=alt.Scale(domain=["Filter"], range=["square"]))
    chart = alt.Chart(table).mark_point().encode(x=alt.X("v:Q", title="Recovered share"), color=colour, shape=shape)
    chart = chart.properties(height=alt.Step(30)).configure(axis={"labelFontSize": 12})
    plain = glossary.plain_chart(chart.to_dict())
    ((row,),) = plain["datasets"].values()
    assert (row["point"], row["setting"], row["v"]) == ("AUS|filter|0.6|-", "Filter", 0.5)
    assert [plain["encoding"][name]["scale"]["domain"] for name in ("color", "shape")] == [[row["method_label"]]] * 2
    assert row["method_label"] == "Disagreements only"
    assert plain["encoding"]["x"]["field"] == "v" and plain["encoding"]["x"]["title"] == "Share of mistakes put right"
    assert plain["encoding"]["shape"]["scale"]["range"] == ["square"]
    assert plain["config"]["axis"]["labelFontSize"] > 12 and plain["height"]["step"] > 30
