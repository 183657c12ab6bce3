"""The tab of survey answers of the page Divergence in its states, over invented answers in a real store."""

import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from hand.survey import (
    N_FEW,
    N_QUESTIONS,
    QUESTION,
    SHARES,
    add_answers,
    add_survey,
    answer_rows,
    finished_run,
    score_as,
    score_by_run,
)
from hand.tables import add, score
from reading import check_page, words

from dashboard.kit import clicks, exports
from dashboard.kit.table import twin
from dashboard.survey import closeness_load as model_opinions
from dashboard.survey import load as opinions
from dashboard.survey import pickers
from dashboard.survey import words as opinions_words
from dashboard.survey.charts import answer_bars, answer_couples, answer_questions, closeness
from dashboard.survey.columns import ANSWER_COUPLES
from dashboard.survey.load import Survey
from scpo.store.datasets import load_info

COUPLE = "Chile and New Zealand"


@pytest.fixture
def open_tab(open_page, store):
    return lambda **query: open_page("divergence", store, query={"view": "Survey answers", **query})


@pytest.fixture
def survey(store, open_page):
    info = add_survey(store)
    return Survey("answers", info.key, False)


def judged(store) -> str:
    """Score the survey with a global model that answers as Chile and a run that answers as New Zealand."""
    info = add_survey(store)
    score_as(store, info, "CHL")
    run = finished_run(store, "NZL")
    score_by_run(store, info, run, as_country="NZL")
    return run


def table(at, *columns: str) -> pd.DataFrame:
    """Return the twin that has all of these columns."""
    (found,) = [frame.value for frame in at.dataframe if set(columns) <= set(frame.value.columns)]
    return found


def test_an_empty_cache_says_how_to_register_a_survey(open_tab):
    at = open_tab()
    check_page(at)
    assert "No survey answers are registered" in words(at)
    assert "scpo data add opinions --source global-opinions --path" in words(at)


def test_a_data_set_of_preferences_alone_says_how_to_register_a_survey(open_tab, store):
    add(store)
    at = open_tab()
    check_page(at)
    assert "No survey answers are registered" in words(at) and len(at.dataframe) == 0


def test_a_real_model_is_compared_with_the_countries_of_a_real_file(open_page, many):
    """Chile, South Africa and New Zealand answered 20 of 24 questions, Peru four; no run has scored the options."""
    at = open_page("divergence", "many", query={"view": "Survey answers"})
    check_page(at)
    shown = table(at, "Closeness of equal shares").set_index("Country")
    assert set(shown.index) == {"Chile", "New Zealand", "Peru", "South Africa"}
    assert shown["Too few questions"].to_dict()["Peru"] == "yes" and shown["Closeness"].between(0, 1).all()
    couple = table(at, "Mean distance", "Shared questions")
    assert couple["Shared questions"].tolist().count(20) == 3
    assert f"{len(many.store.names('runs'))} finished runs of this model have not scored the options" in words(at)


def test_a_link_of_the_version_before_leads_to_the_survey_answers(open_page, store):
    add_survey(store)
    at = open_page("divergence", store, query={"view": "GlobalOpinionQA"})
    check_page(at)
    assert at.segmented_control(key="view").value == "Survey answers" and "answer most differently" in words(at)
    at.segmented_control(key="view").set_value("Preferences").run()
    check_page(at)
    assert "answer most differently" not in words(at)


def test_the_switch_leads_back_to_the_preferences(open_tab, store):
    add_survey(store)
    at = open_tab()
    at.segmented_control(key="view").set_value("Preferences").run()
    check_page(at)
    assert "No global model has scored this data set yet" in words(at)


def test_answers_without_any_model_show_countries_and_questions(open_tab, store):
    add_survey(store)
    at = open_tab()
    check_page(at)
    found = words(at)
    assert "New Zealand answer most differently" in found and "Chile and South Africa" in found
    assert "there is no noise floor" in found and "CC-BY-NC-SA-4.0" in found
    assert "Grey: 4 couples with fewer than 10 shared questions" in found
    assert "No global model is chosen" in found
    couples = table(at, "Mean distance", "Shared questions")
    assert len(couples) == 10 and couples["Too few questions"].tolist().count("yes") == 4
    assert couples["Mean distance"].is_monotonic_decreasing and couples["Shared questions"].min() == N_FEW
    assert table(at, "Countries that answered")["Rank"].max() == N_QUESTIONS


def test_units_are_questions_and_never_users(open_tab, store):
    judged(store)
    at = open_tab(divided=COUPLE)
    check_page(at)
    assert "user" not in words(at).lower()
    assert not any("sers" in column for frame in at.dataframe for column in frame.value.columns)


def test_a_model_that_has_not_scored_is_told_the_exact_command(open_tab, store):
    add_survey(store)
    other = add(store)
    score(store, other, np.arange(other.counts["utterances"]), model="elsewhere", model_key="e")
    at = open_tab(data="small", model="elsewhere")
    check_page(at)
    assert "scpo opinions --data answers --model elsewhere --score" in words(at)


def test_scored_models_are_compared_with_countries_and_with_equal_shares(open_tab, store):
    run = judged(store)
    at = open_tab()
    check_page(at)
    found = words(at)
    assert "at temperature 1" in found and "1 is closer to the answers of New Zealand than the global model" in found
    countries = table(at, "Closeness of equal shares").set_index("Country")
    assert countries.loc["Chile", "Closeness"] == pytest.approx(1.0, abs=1e-3)
    assert countries.loc["Israel", "Too few questions"] == "yes"
    runs = table(at, "Trained for", "Difference to the global model")
    assert runs["Setting"].tolist() == ["Every option alike", "All pairs"] and runs["Run"].tolist()[1] == run
    assert runs["Difference to the global model"].iloc[1] > 0.4


def test_another_temperature_is_another_comparison(open_tab, store):
    judged(store)
    at = open_tab()
    at.select_slider(key="temperature").set_value(5.0).run()
    check_page(at)
    assert "temperature 5;" in words(at)
    flat = table(at, "Closeness of equal shares").set_index("Country")
    assert flat.loc["Chile", "Closeness"] < 0.9


def test_runs_that_have_not_scored_are_counted_with_the_command(open_tab, store):
    judged(store)
    finished_run(store, "CHL", seed=1)
    at = open_tab()
    check_page(at)
    assert "1 finished run of this model has not scored the options" in words(at)
    assert "scpo opinions --data answers --model rm --score" in words(at)


def test_another_country_is_compared_when_it_is_picked(open_tab, store):
    judged(store)
    at = open_tab()
    at.selectbox(key="compared").select("CHL").run()
    check_page(at)
    assert "is further from the answers of Chile than the global model" in words(at)


def test_a_couple_from_the_address_shows_the_questions_that_divide_it(open_tab, store):
    add_survey(store)
    at = open_tab(divided=COUPLE)
    check_page(at)
    assert at.selectbox(key="divided").value == "CHL↔NZL"
    found = words(at)
    assert "The 5 questions that divide" in found and "distances 1.000 to" in found
    assert f"5 of {N_QUESTIONS} questions that both answered" in found
    each = table(at, "Distance", "Option")
    assert each["Distance"].iloc[0] == pytest.approx(1.0) and len(each) == 3 * N_QUESTIONS
    assert set(each["Chile: non-answers left out, %"]) == {10.0}
    at.segmented_control(key="dividing_questions").set_value(3).run()
    assert "The 3 questions that divide" in words(at)


def test_a_couple_with_too_few_shared_questions_gets_no_rank(open_tab, store):
    add_survey(store)
    at = open_tab()
    at.selectbox(key="divided").select("CHL↔ISR").run()
    check_page(at)
    assert "share 4 questions, fewer than 10: no rank, no colour" in words(at)


def test_a_question_shows_every_country_s_answers_as_text_only(open_tab, store):
    add_survey(store)
    at = open_tab()
    at.selectbox(key="question").select("q03").run()
    check_page(at)
    question = QUESTION.format(number=3)
    assert question in [element.value for element in at.text]
    assert not any(":red[x]" in element.value for element in [*at.markdown, *at.caption, *at.subheader])
    shown = table(at, "Share, %")
    assert shown.loc[shown["Country"] == "Chile", "Share, %"].tolist() == [80.0, 10.0, 10.0]


def test_non_answers_count_on_request(open_tab, store):
    add_survey(store)
    at = open_tab(divided=COUPLE)
    at.toggle(key="non_answers").set_value(True).run()
    check_page(at)
    assert "Non-answers count as options." in words(at)
    assert len(table(at, "Distance", "Option")) == 4 * N_QUESTIONS


def test_countries_that_are_asked_for_stand_alone(open_tab, store):
    add_survey(store)
    at = open_tab()
    at.multiselect(key="shown").set_value(["AUS", "ZAF"]).run()
    check_page(at)
    assert len(table(at, "Mean distance", "Shared questions")) == 1
    assert "The answers of" in words(at) and "on a scale from 0 to 1" in words(at)


def test_a_chosen_country_without_answers_is_named(open_tab, store):
    add_survey(store)
    add(store, origin=("CHL", "MEX"))
    at = open_tab(data="small")
    at.multiselect(key="countries").set_value(["MEX"]).run()
    check_page(at)
    assert "without answers in this survey: Mexico" in words(at)


def test_two_surveys_can_be_chosen_between(open_tab, store):
    add_survey(store)
    add_survey(store, "fewer", countries=("CHL", "NZL"))
    at = open_tab(survey="fewer")
    check_page(at)
    assert at.selectbox(key="survey").value == "fewer"
    assert len(table(at, "Mean distance", "Shared questions")) == 1


def test_one_country_alone_is_told_so(open_tab, store):
    add_survey(store, countries=("CHL",))
    at = open_tab()
    check_page(at)
    assert "A comparison needs the answers of two countries" in words(at)


def test_the_picture_keeps_its_countries_when_one_of_them_is_chosen(survey, monkeypatch):
    monkeypatch.setattr(opinions, "MOST_SHOWN", 3)
    before = opinions.shown_countries(survey, (), ())
    assert opinions.shown_countries(survey, (), (before[1],)) == before
    outside = next(code for code in SHARES if code not in before)
    assert opinions.shown_countries(survey, (), (outside, "USA")) == [*before[:2], outside]
    assert set(opinions.shown_countries(survey, (), tuple(SHARES))) == set(SHARES)
    assert opinions.shown_countries(survey, ("ISR", "AUS", "USA"), ()) == ["ISR", "AUS"]


def add_apart(store):
    """Register a survey in which Australia and South Africa answered no common question."""
    answers = answer_rows()
    apart = answers[~((answers["country"] == "AUS") & (answers["question_id"] < "q06"))]
    apart = apart[~((apart["country"] == "ZAF") & (apart["question_id"] >= "q06"))]
    return add_answers(store, "apart", apart)


def test_couples_that_share_nothing_are_listed_as_unknown(store, survey):
    info = add_apart(store)
    found = opinions.load_couples(Survey("apart", info.key, False), ["AUS", "ZAF"], 0.95).iloc[0]
    assert found["n_questions"] == 0 and math.isnan(found["value"]) and found["too_few_questions"]


def test_a_picked_couple_that_shares_nothing_is_told_so_and_the_rest_of_the_page_stays(open_tab, store):
    add_apart(store)
    at = open_tab(divided="Australia and South Africa")
    check_page(at)
    found = words(at)
    assert at.selectbox(key="divided").value == "AUS↔ZAF"
    assert "Australia and South Africa answered no common question." in found
    assert "unknown no interval" not in found and "questions that divide these countries most" in found


def test_alike_countries_stand_side_by_side_and_every_cell_lies_below_the_diagonal(survey):
    codes = list(SHARES)
    table = opinions.load_couples(survey, codes, 0.95)
    countries = opinions.ordered(survey, codes, table)
    place = countries.set_index("country")["place"]
    assert abs(place["CHL"] - place["ZAF"]) == 1 and abs(place["NZL"] - place["AUS"]) == 1
    assert countries.set_index("country")["n_questions"].to_dict() == {
        "CHL": 12, "ZAF": 12, "NZL": 12, "AUS": 12, "ISR": 4
    }  # fmt: skip
    cells = opinions.placed(table, countries)
    assert (cells["row"] > cells["column"]).all() and len(cells) == 10
    assert (cells["first"].map(place) == cells["row"]).all() and (cells["second"].map(place) == cells["column"]).all()


def test_closeness_against_equal_shares_is_turned_round_with_its_interval(store, open_page):
    judged(store)
    survey = Survey("answers", load_info(store, "answers").key, False)
    found = model_opinions.load_of_global(model_opinions.judge(survey, "rm", 1.0), ["CHL", "NZL"]).set_index("country")
    assert found.loc["CHL", "gain"] == pytest.approx(found.loc["CHL", "value"] - found.loc["CHL", "uniform"])
    assert found.loc["CHL", "gain"] > 0 > found.loc["NZL", "gain"]
    assert (found["gain_low"] <= found["gain"]).all() and (found["gain"] <= found["gain_high"]).all()
    assert (found["low"] <= found["inner_low"]).all() and (found["inner_high"] <= found["high"]).all()


def test_a_click_means_a_couple_a_question_a_row_or_a_country_of_the_sidebar():
    def clicked(pick, chosen=("CHL",)):
        event = {"selection": {"pick": [{"pick": pick}]}}
        return pickers.after_click(event, chosen=chosen, known={"CHL", "ZAF"})

    assert clicked(clicks.cell_place("CHL↔ZAF")) == {"divided": "CHL↔ZAF"}
    assert clicked("question:q01") == {"question": "q01"}
    assert clicked("compare:ZAF") == {"compared": "ZAF"}
    assert clicked(clicks.country_place("ZAF", chosen=["CHL"])) == {"countries": ["CHL", "ZAF"]}
    assert clicked(clicks.country_place("CHL", chosen=["CHL"])) == {"countries": []}
    assert clicked(clicks.country_place("PAK", chosen=["CHL"])) == {}, "the sidebar does not offer it"
    assert pickers.after_click({"selection": {"pick": []}}, chosen=(), known=()) == {}


def test_a_title_names_a_country_only_if_it_stands_apart_more_often_than_others():
    rows = [("q1", "Chile", 0.5), ("q1", "Peru", 0.1), ("q2", "Chile", 0.4), ("q2", "Peru", 0.2)]
    table = pd.DataFrame(rows, columns=["question_id", "name", "distance"])
    assert "Chile most often stands apart from the rest (2 questions)" in opinions_words.spread_title(table, 2)
    table.loc[2, "distance"] = 0.1
    assert "no single country" in opinions_words.spread_title(table, 2)


def test_titles_claim_only_what_holm_keeps():
    row = {"too_few_questions": False, "gain_holm": 0.01, "gain": 0.02}
    table = pd.DataFrame([row, row | {"gain": -0.02}, row | {"gain_holm": 0.2}])
    assert "closer to 1 and further from 1 of 3 countries" in opinions_words.of_global_title(table, 0.5)
    assert "fit none of 3 countries better" in opinions_words.of_global_title(table.assign(gain_holm=0.06), 0.5)
    assert "Too few" in opinions_words.of_global_title(table.assign(too_few_questions=True), 0.5)
    runs = pd.DataFrame({"run": ["a", "b"], "too_few_questions": False, "sure": [True, True], "diff_value": [0.1, -1]})
    assert "1 is closer to and 1 is further from the answers of Chile" in opinions_words.of_runs_title(runs, "Chile", 1)
    none = opinions_words.of_runs_title(runs.assign(sure=False), "Chile", 1)
    assert (
        none == "None of 2 runs differs from the global model at the answers of Chile beyond chance, at temperature 1"
    )


def test_a_distance_without_a_common_answer_is_said_to_be_doubtful():
    row = pd.Series({"distance": 1.0, "first_left_out": 0.0, "second_left_out": 0.034})
    note = opinions_words.question_note(row, "Chile", "Peru")
    assert "different versions" in note and "Peru 3.4\u00a0%" in note
    clean = pd.Series({"distance": 0.9, "first_left_out": 0.0, "second_left_out": 0.0})
    assert opinions_words.question_note(clean, "Chile", "Peru") == "distance 0.900"


def test_a_long_question_keeps_both_ends_and_its_length():
    battery = "Please tell me how much you agree with each of the following statements: " + "x " * 40 + "the last item"
    short = opinions_words.ends(battery, 60)
    assert short.startswith("Please tell me") and short.endswith("the last item") and len(short) <= 60
    assert opinions_words.ends("one\n two", 60) == "one two"


def test_the_axis_of_differences_holds_every_interval_and_never_shrinks_to_nothing():
    assert closeness._end([-0.031, 0.02, math.nan]) == pytest.approx(0.033, abs=1e-3)
    assert closeness._end([0.0001]) == closeness.LEAST_END == closeness._end([math.nan])


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", ["Column (3.3 in)", "Slide (1600 x 900)"])
def test_every_chart_becomes_a_picture(store, open_page, dark, size):
    judged(store)
    survey = Survey("answers", load_info(store, "answers").key, False)
    codes = list(SHARES)
    table = opinions.load_couples(survey, codes, 0.95)
    countries = opinions.ordered(survey, codes, table)
    bars = opinions.load_dividing(survey, "CHL", "NZL")
    of_model = model_opinions.judge(survey, "rm", 1.0)
    charts = [
        answer_couples.couples_chart(
            opinions.placed(table, countries), countries, chosen=["ZAF"], offered=["ZAF"], couple="CHL↔NZL", dark=dark
        ),
        answer_bars.dividing_chart(bars[bars["rank"] <= 2], first="Chile", second="New Zealand", dark=dark),
        answer_questions.spread_chart(opinions.load_spread(survey, codes), countries, question="q01", dark=dark),
        answer_questions.question_chart(opinions.load_answers(survey, "q01", codes), dark=dark),
        closeness.global_chart(model_opinions.load_of_global(of_model, codes), picked="CHL", dark=dark),
        closeness.runs_chart(model_opinions.load_of_runs(of_model, "NZL"), dark=dark),
    ]
    for one in charts:
        spec = exports.figure_spec(one, title="A finding", subtitle="What", caption="No noise floor.", size=size)
        assert b"No noise floor" in exports.render(spec, "svg")


def test_a_colour_means_the_same_distance_and_share_whatever_is_shown(survey):
    def ramps(codes: list[str]) -> list[list[float]]:
        table = opinions.load_couples(survey, codes, 0.95)
        countries = opinions.ordered(survey, codes, table)
        placed = opinions.placed(table, countries)
        charts = [
            answer_couples.couples_chart(placed, countries, chosen=[], offered=codes, couple=None, dark=False),
            answer_questions.spread_chart(opinions.load_spread(survey, codes), countries, question=None, dark=False),
            answer_questions.question_chart(opinions.load_answers(survey, "q01", codes), dark=False),
        ]
        found = [re.findall(r'"domain": (\[[^]]*\]), "interpolate"', json.dumps(one.to_dict())) for one in charts]
        return [json.loads(one[0]) for one in found]

    assert ramps(list(SHARES)) == ramps(["CHL", "NZL"]) == [[0, 0.5], [0, 0.5], [0, 1]]


def test_bars_show_the_question_and_its_options_as_they_are(survey):
    bars = opinions.load_dividing(survey, "CHL", "NZL")
    drawn = answer_bars.dividing_chart(bars[bars["rank"] == 1], first="Chile", second="New Zealand", dark=False)
    spec = exports.figure_spec(drawn, title="T", subtitle="S", caption="C", size="Page (6.9 in)")
    picture = exports.render(spec, "svg").decode()
    assert "INVENTED $x$ **bold** :red[x]" in picture and "&lt;b&gt;maybe&lt;/b&gt; *x*" in picture
    assert "100 %" in picture and "no answer in common" in picture


def test_unknown_cells_are_drawn_grey(survey):
    codes = list(SHARES)
    table = opinions.load_couples(survey, codes, 0.95)
    countries = opinions.ordered(survey, codes, table)
    cells = opinions.placed(table, countries)
    cells.loc[cells["n_questions"] == N_FEW, ["value", "low", "high"]] = math.nan
    drawn = answer_couples.couples_chart(cells, countries, chosen=[], offered=codes, couple=None, dark=False)
    spec = exports.figure_spec(drawn, title="T", subtitle="S", caption="C", size="Page (6.9 in)")
    assert exports.render(spec, "svg").decode().count('fill="#E3E6EA"') == 4


def test_the_twin_writes_distances_as_numbers_and_leaves_unknown_empty(survey):
    table = opinions.load_couples(survey, ["CHL", "NZL"], 0.95)
    shown = twin(table.assign(low=math.nan), ANSWER_COUPLES).iloc[0]
    assert 0 < shown["Mean distance"] < 1 and pd.isna(shown["Mean distance, low"])


def test_what_was_picked_is_given_up_when_its_countries_go(open_tab, store):
    judged(store)
    at = open_tab()
    at.selectbox(key="divided").select("CHL↔NZL").run()
    at.selectbox(key="compared").select("NZL").run()
    at.selectbox(key="question").select("q07").run()
    check_page(at)
    at.multiselect(key="shown").set_value(["AUS", "ISR"]).run()
    check_page(at)
    assert [at.selectbox(key=key).value for key in ("divided", "compared", "question")] == [None, None, None]
