"""The page Pairs over a real store: each state, filters, the reader, stars, and the words and clicks behind them."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hand.runs import finished_with, run_config
from hand.tables import SPLIT, score, small_tables
from hypothesis import given
from hypothesis import strategies as st
from reading import check_page, words
from world import BROKEN, BUDGET, FINETUNED, SEEDS, at_work, break_run

from dashboard.frame import places, starring, way
from dashboard.kit import exports, prose, text
from dashboard.kit.table import twin
from dashboard.pairs import charts, filters, word_diff
from dashboard.pairs import histogram as pairs_histogram
from dashboard.pairs import listing as pairs_list
from dashboard.pairs import load as pairs_data
from dashboard.pairs import texts as pairs_texts
from dashboard.pairs import words as pairs_words
from dashboard.pairs.columns import BINS
from scpo.config import ObjectiveConfig
from scpo.measures.evaluation import CountryModel
from scpo.results.sides import Side
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset, register
from scpo.store.runs import RunDirectory
from scpo.store.stars import PairStar, change, read_stars, starred_pairs

HOSTILE = '<script>alert("x")</script> **bold** $x^2$ [link](http://evil) :red[red] <img src=x onerror=alert(1)>'
N_USERS, N_PAIRS = 40, 80
OBJECTIVE = ObjectiveConfig(method="scpo")
SETTING = "scpo|0.7|1.1"


def build(store: Store, *, seeds: int = 3) -> None:
    """Register 80 pairs of 40 people, score them, and finish runs of Chile.

    The global model disagrees with every fourth pair; the runs put all that right, seed 0 but the first test pair.
    """
    tables = small_tables(n_users=N_USERS)
    utterances, n = tables.utterances, len(tables.utterances)
    responses = utterances["response"].tolist()
    responses[0] = HOSTILE
    utterances["response"] = pd.Series(responses, dtype="str")
    utterances["score"] = [87.0 if i % 2 == 0 else 41.0 for i in range(n)]
    utterances["flagged"] = pd.Series([i == 4 for i in range(n)], dtype="boolean")
    pairs = tables.pairs.assign(margin=46.0, conversation_type=["guided", "open"] * (N_PAIRS // 2))
    tables = type(tables)(tables.users, utterances, pairs, tables.report)
    info = register(store, "small", tables, source="pairs", location="a.csv", split=SPLIT, licence="CC0")
    reward = np.zeros(n)
    reward[::2] = [-1.32 if i % 4 == 0 else 0.5 + i / 100 for i in range(N_PAIRS)]
    score(store, info, reward)
    used = load_dataset(store, "small").pairs.query("split == 'test'")[["chosen", "rejected"]].to_numpy().ravel()
    for seed in range(seeds):
        after = np.full(n, np.nan)
        after[used] = np.where(used % 2 == 0, 0.4, 0.0)
        if seed == 0:
            after[first_test_row(store)] = -0.2
        config = run_config(seed, dataset="small", dataset_key=info.key, model="rm", objective=OBJECTIVE)
        finished_with(store, config, after)


def chilean(store: Store, split: str) -> list[str]:
    """Return the pairs of Chile that the global model ranks wrongly."""
    pairs = load_dataset(store, "small").pairs
    rows = pairs[(pairs["country"] == "CHL") & (pairs["split"] == split)]
    return [one for one in rows["pair_id"] if int(one[1:]) % 4 == 0]


def first_test_row(store: Store) -> int:
    return 2 * int(chilean(store, "test")[0][1:])


@pytest.fixture
def store(store):
    build(store)
    return store


@pytest.fixture
def open_pairs(open_page, store):
    return lambda **query: open_page("pairs", store, query=query)


def html_of(at) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def listed(at) -> pd.DataFrame:
    return next(d.value for d in at.dataframe if "Pair" in d.value)


def test_without_scores_the_page_says_what_to_do(open_page, own_cache):
    at = open_page("pairs", "empty")
    check_page(at)
    assert "There is no data set yet" in words(at)
    unscored = own_cache("unscored")
    with at_work(unscored, "Sample", "scoring", 4200, 13500, "responses"):
        at = open_page("pairs", unscored)
    check_page(at)
    assert "Preparing the first result" in words(at)


def test_a_broken_run_is_named_and_the_pairs_are_listed(open_page, own_cache):
    broken = own_cache("one")
    break_run(broken)
    at = open_page("pairs", broken)
    check_page(at)
    assert BROKEN in words(at) and "pairs of" in words(at)


def test_the_real_cache_is_listed_with_what_its_own_models_changed(open_page, many):
    """Counted here from the gaps before and after."""
    at = open_page("pairs", "many")
    check_page(at)
    pairs = many.scored.pairs
    disagreeing = (pairs["gap"] < 0).sum()
    said = f"{len(pairs)} pairs of {pairs['user_id'].nunique()} people: the global model disagrees with {disagreeing}"
    assert said in words(at)
    at = open_page("pairs", "many", query={"countries": "Chile", "flips": "Gained: only the second is right"})
    check_page(at)
    seeds = [
        run.gap
        for run in many.runs
        if run.config.country == "CHL" and run.config.objective == FINETUNED[-1] and run.config.training == BUDGET
    ]
    assert len(seeds) == len(SEEDS)
    test = many.scored.test_pairs
    gained = test["country"].eq("CHL") & (test["gap"] <= 0) & (np.mean(seeds, axis=0) > 0)
    assert f"{gained.sum()} of {len(pairs)} pairs" in words(at)
    assert set(listed(at)["Pair"]) <= set(test.loc[gained, "pair_id"])


def test_the_list_shows_the_strongest_disagreement_first_a_page_at_a_time(open_pairs):
    at = open_pairs()
    check_page(at)
    assert "80 pairs of 40 people: the global model disagrees with 20 of these choices" in words(at)
    shown = listed(at)
    assert len(shown) == pairs_list.PAGE_ROWS and "1 to 25 of 80" in words(at)
    assert (np.diff(shown["Gap"]) >= 0).all()
    assert "Choose a row to read a pair" in words(at)


def test_without_runs_there_is_nothing_to_compare(open_page, tmp_path):
    store = Store(tmp_path / "other")
    build(store, seeds=0)
    at = open_page("pairs", store, query={"pair": chilean(store, "test")[0]})
    check_page(at)
    assert "Second gap" not in listed(at) and "no run is finished yet" in words(at)
    assert "at τ 0.7 the pair would be kept; its weight at β 1.1 would be 0.30" in words(at)


def test_filters_narrow_the_list_and_go_back_to_its_first_page(open_pairs):
    at = open_pairs(page="3")
    assert "51 to 75 of 80" in words(at)
    at.segmented_control(key=places.AGREEMENT).set_value("Disagrees").run()
    check_page(at)
    assert "20 of 80 pairs, by 20 people: the global model disagrees with all of these choices" in words(at)
    assert "1 to 20 of 20" in words(at) and set(listed(at)["Global model"]) == {"disagrees"}
    at.text_input(key=filters.SEARCH).set_value("  ANSWER 16 ").run()
    at.text_input(key=filters.SEARCH).set_value("QUESTION 16").run()
    check_page(at)
    assert listed(at)["Pair"].tolist() == ["p016"] and "containing “QUESTION 16”" in words(at)
    at.button(key="clear_filters").click().run()
    check_page(at)
    assert "80 pairs of 40 people" in words(at) and "Filters:" not in words(at)


def test_an_empty_list_says_so_and_can_be_cleared(open_pairs):
    at = open_pairs(search="nowhere to be found")
    check_page(at)
    assert "None of 80 pairs matches these filters" in words(at) and "Loosen a filter" in words(at)
    at.button(key="clear_filters").click().run()
    assert len(listed(at)) == pairs_list.PAGE_ROWS


@pytest.mark.parametrize("page", ["99", "0", "none"])
def test_a_page_that_does_not_exist_is_the_first_one(open_pairs, page):
    at = open_pairs(page=page)
    check_page(at)
    assert "1 to 25 of 80" in words(at)


def test_facets_and_flags_of_the_data_can_be_filtered(open_pairs):
    at = open_pairs()
    at.multiselect(key="facet_conversation_type").set_value(["guided"]).run()
    check_page(at)
    assert "40 of 80 pairs" in words(at) and "conversation type: guided" in words(at)
    at.segmented_control(key=filters.FLAGGED).set_value("Only flagged").run()
    assert listed(at)["Pair"].tolist() == ["p002"] and listed(at)["Prompt"].tolist() == [pairs_words.HIDDEN]


def test_the_countries_of_the_sidebar_hold_here_too(open_pairs):
    at = open_pairs(countries="Chile")
    check_page(at)
    assert set(listed(at)["Community"]) == {"Chile"}


def test_flips_list_the_test_pairs_that_a_run_puts_right(open_pairs, store):
    at = open_pairs()
    at.selectbox(key=places.FLIPS).set_value("Gained: only the second is right").run()
    check_page(at)
    shown = listed(at)
    assert shown["Pair"].tolist() == chilean(store, "test") and set(shown["Outcome"]) == {"recovered"}
    assert list(shown)[3:5] == ["Second gap", "Outcome"]
    seed_0 = next(run for run in store.names("runs") if RunDirectory(store, run).record().config.seed == 0)
    at.selectbox(key=places.SECOND).set_value(seed_0).run()
    check_page(at)
    gained = [one for one in chilean(store, "test") if one != chilean(store, "test")[0]]
    assert [one for one in listed(at)["Pair"] if one in chilean(store, "test")] == gained
    at.selectbox(key=places.FLIPS).set_value("Lost: only the first is right").run()
    check_page(at)
    assert "None of 80 pairs" in words(at)


def test_a_link_opens_a_pair_on_its_page_of_the_list(open_pairs, store):
    pair = chilean(store, "test")[0]
    at = open_pairs(pair=pair)
    check_page(at)
    found = words(at)
    assert f"Pair {pair}" in found and pair in listed(at)["Pair"].tolist()
    assert "preferred A (score 87) to B (score 41)." in found
    assert "prefers B (gap −1.32, p 0.21): it disagrees." in found
    assert "at τ 0.7 the pair would be kept; its weight at β 1.1 would be 0.30." in found
    assert "It is a test user's, so no model is trained on it." in found
    assert "(Filter + weight (τ 0.7, β 1.1), mean of 3 seeds) the gap is +0.20: recovered." in found
    assert "The seeds disagree: 2 of 3 prefer A." in found
    settings = next(d.value for d in at.dataframe if "Setting" in d.value)
    assert settings["Outcome"].tolist() == ["recovered"] and settings["Seeds"].tolist() == [3]


def test_a_training_pair_has_no_tuned_gap(open_pairs, store):
    at = open_pairs(pair=chilean(store, "train")[0])
    check_page(at)
    assert "at τ 0.7 the pair is kept; its weight at β 1.1 is 0.30." in words(at)
    assert "finetuned models score the pairs of test users only" in words(at)


def test_an_unknown_pair_is_a_sentence(open_pairs):
    at = open_pairs(pair="<b>gone</b>")
    check_page(at)
    assert "There is no pair <b>gone</b> in these data." in words(at)
    assert "\\<b\\>" in next(w.value for w in at.warning)


def test_texts_stay_text(open_pairs):
    at = open_pairs(pair="p000")
    check_page(at)
    shown = html_of(at).replace(way.scripts(), "", 1)
    assert "<script>" not in shown and "<img" not in shown
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; **bold** $x^2$ [link](http://evil) :red[red]" in shown
    assert not any("bold" in element.value for element in [*at.markdown, *at.caption])


def test_next_and_previous_stay_in_the_filtered_list_and_turn_the_page(open_pairs):
    at = open_pairs(order="Order of the data")
    assert at.button(key="previous_pair").disabled
    at.button(key="next_pair").click().run()
    assert "Pair p000" in words(at) and "1 of 80" in words(at)
    at = open_pairs(order="Order of the data", pair="p024")
    assert "1 to 25 of 80" in words(at)
    at.button(key="next_pair").click().run()
    check_page(at)
    assert "Pair p025" in words(at) and "26 to 50 of 80" in words(at)
    at.button(key="previous_pair").click().run()
    assert "Pair p024" in words(at) and "1 to 25 of 80" in words(at)


def test_a_pair_outside_of_the_list_is_shown_and_said_to_be_outside(open_pairs):
    at = open_pairs(pair="p001", agreement="Disagrees")
    check_page(at)
    assert "not in the list under these filters" in words(at)


def test_stars_are_kept_in_the_cache_and_can_be_listed(open_pairs, store):
    at = open_pairs(pair="p003")
    at.button(key="star_pair").click().run()
    check_page(at)
    assert starred_pairs(read_stars(store, "small")) == ["p003"]
    assert at.button(key="star_pair").label == "Starred"
    at.toggle(key=filters.STARRED).set_value(True).run()
    assert listed(at)["Pair"].tolist() == ["p003"] and listed(at)["★"].tolist() == ["★"]
    at.button(key="star_pair").click().run()
    check_page(at)
    assert starred_pairs(read_stars(store, "small")) == [] and "Nothing is starred yet" in words(at)


def test_where_nothing_may_be_written_stars_live_in_the_session(open_pairs, store, monkeypatch):
    change(store, "small", lambda stars: [PairStar(pair_id="p005")])
    monkeypatch.setenv("SCPO_READ_ONLY", "1")
    at = open_pairs(pair="p003", starred="true")
    assert listed(at)["Pair"].tolist() == ["p005"]
    at.button(key="star_pair").click().run()
    check_page(at)
    assert sorted(listed(at)["Pair"]) == ["p003", "p005"]
    assert starred_pairs(read_stars(store, "small")) == ["p005"]


def test_a_star_that_cannot_be_kept_is_a_sentence(open_pairs, monkeypatch):
    at = open_pairs(pair="p003")

    def full(*arguments, **options):
        raise OSError("no space left")

    monkeypatch.setattr(starring.stars, "change", full)
    at.button(key="star_pair").click().run()
    assert not at.exception
    assert "The star could not be kept: no space left" in words(at)


def test_flagged_texts_are_blurred_until_they_are_asked_for(open_pairs):
    at = open_pairs(pair="p002")
    check_page(at)
    assert html_of(at).count('aria-hidden="true"') == 3 and "Moderation has flagged this text" in words(at)
    at.button(key="show_flagged").click().run()
    assert "aria-hidden" not in html_of(at)
    at.button(key="show_flagged").click().run()
    assert html_of(at).count('aria-hidden="true"') == 3


def test_while_presenting_flagged_texts_stay_blurred_even_if_they_were_shown(open_pairs):
    at = open_pairs(pair="p002")
    at.button(key="show_flagged").click().run()
    at.toggle(key="present").set_value(True).run()
    check_page(at)
    assert html_of(at).count('aria-hidden="true"') == 3
    assert not [one for one in at.button if one.key == "show_flagged"]


def test_every_text_has_a_warning_and_the_page_its_licence(open_pairs):
    at = open_pairs(pair="p003")
    assert "Some are offensive or disturbing" in words(at) and "CC0" in words(at)


# The functions behind the page


@given(first=st.text(max_size=80), second=st.text(max_size=80))
def test_stretches_put_together_are_the_text(first, second):
    found = word_diff.difference(first, second)
    assert "".join(span.text for span in found.first) == first
    assert "".join(span.text for span in found.second) == second
    assert found.shared is not None and 0 <= found.shared <= 1


@given(words_=st.text(min_size=1, max_size=80))
def test_equal_texts_do_not_differ(words_):
    found = word_diff.difference(words_, words_)
    assert not any(span.differs for span in (*found.first, *found.second)) and found.shared == 1


def test_shared_passages_are_not_marked_and_chance_words_are():
    found = word_diff.difference("I like the red house on the hill, a lot", "I like the blue house on the hill. No")
    assert [span.text for span in found.first if span.differs] == ["red", ", a lot"]
    assert [span.text for span in found.second if span.differs] == ["blue", ". No"]
    chance = word_diff.difference("one the two", "three the four")
    assert [span.text for span in chance.first if span.differs] == ["one the two"] and chance.shared == 0


def test_a_very_long_text_is_not_compared():
    found = word_diff.difference("word " * (word_diff.MOST_WORDS + 1), "word")
    assert found.shared is None and not pairs_texts.is_marked(found, "Marked")
    assert "too long to compare" in pairs_texts.difference_words(found, marked=False)


def test_marks_are_elements_and_the_texts_inside_are_escaped():
    found = word_diff.difference("a b c <ins>x</ins> & end of it", "a b c & end of it")
    shown = prose.as_html(found.first, "ins")
    assert shown.count("<ins>") == 1 and "&lt;ins&gt;x&lt;/ins&gt;" in shown and "&amp;" in shown
    assert prose.plain_html("</div><b>", blurred=True).count("<") == 2


def test_differences_are_marked_automatically_only_in_texts_that_are_alike():
    alike = word_diff.Difference((), (), word_diff.ALIKE)
    unlike = word_diff.Difference((), (), word_diff.ALIKE - 0.01)
    assert pairs_texts.is_marked(alike, "Automatic") and not pairs_texts.is_marked(unlike, "Automatic")
    assert pairs_texts.is_marked(unlike, "Marked") and not pairs_texts.is_marked(alike, "Plain")


def pair(gap: float, *, split: str = "train", country: str | None = "CHL", score: float | None = 50.0):
    side = SimpleNamespace(score=score)
    return SimpleNamespace(
        gap=gap, p_glo=1 / (1 + math.exp(-gap)), split=split, country=country, chosen=side, rejected=side
    )


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"method": "scpo"}, "at τ 0.7 the pair is kept; its weight at β 1.1 is 0.40."),
        ({"method": "filter"}, "at τ 0.7 the pair is kept; its weight is 1.00."),
        ({"method": "weight"}, "the pair is kept, as all pairs are; its weight at β 1.1 is 0.40."),
        ({"method": "full"}, "the pair is kept, as all pairs are; its weight is 1.00."),
        ({"method": "random"}, "this setting draws its pairs at random, whatever their gap."),
        (
            {"method": "shuffled"},
            "this setting gives users each other's judgements, so chance decides what is made of a pair.",
        ),
        ({"method": "scpo", "tau": 0.2}, "at τ 0.2 the pair is dropped: the global model is sure enough of A already."),
    ],
)
def test_each_method_says_why_a_pair_is_kept(setting, expected):
    assert pairs_words.training_words(pair(-1.0), ObjectiveConfig.model_validate(setting)) == expected


def test_the_words_know_ties_missing_scores_missing_communities_and_missing_runs():
    assert pairs_words.global_words(0.0, 0.5) == "sees no difference (gap 0.00, p 0.50)."
    assert pairs_words.person_words(pair(1.0, score=None)) == "preferred A to B. Only the order is known, no scores."
    assert "belongs to no community" in pairs_words.training_words(pair(1.0, country=None), OBJECTIVE)
    test = pair(0.3, split="test")
    assert pairs_words.tuned_words(test, None, any_runs=False) == "no run is finished yet."
    nobodys = pairs_words.tuned_words(pair(1.0, country=None, split="test"), None, any_runs=True)
    assert nobodys == "the pair belongs to no community, so no finetuned model is its own."
    assert pairs_words.tuned_words(test, None, any_runs=True).endswith("for this country.")
    one = pairs_words.tuned_words(test, ("Filter", np.array([-0.1])), any_runs=True)
    assert one == "(Filter, 1 seed) the gap is −0.10: the agreement is lost."


def test_numbers_have_their_sign_and_zero_has_none():
    assert [pairs_words.number(v) for v in (1.0, -0.5, 0.001, -0.001, math.nan)] == [
        "+1.00",
        "−0.50",
        "0.00",
        "0.00",
        text.UNKNOWN,
    ]


def test_a_snippet_is_one_line():
    assert pairs_words.snippet("a\n\n b\tc") == "a b c"
    assert len(pairs_words.snippet("word " * 200)) == pairs_words.SNIPPET


def test_a_click_on_a_bar_sets_the_range_and_a_second_one_opens_it():
    click = {"selection": {"pick": [{"bar": charts.bar_id(-0.5, -0.25, 3)}]}}
    changed = pairs_histogram.after_bar_click(click, shown=(None, None))
    assert changed == {filters.GAP_FROM: -0.5, filters.GAP_BELOW: -0.25, filters.PAGE: 1}
    opened = {filters.GAP_FROM: None, filters.GAP_BELOW: None, filters.PAGE: 1}
    assert pairs_histogram.after_bar_click(click, shown=(-0.5, -0.25)) == opened
    assert pairs_histogram.after_bar_click({"selection": {"pick": []}}, shown=(-0.5, -0.25)) == opened
    assert charts.bar_id(0.0, 0.25, 1) != charts.bar_id(0.0, 0.25, 2)


def test_a_click_on_a_row_or_a_cell_opens_its_pair():
    def opened(rows, cells=(), *, marked=False):
        report = {"selection": {"rows": rows, "columns": [], "cells": list(cells)}}
        return pairs_list.clicked_pair(report, ["p1", "p2"], "★", marked=marked)

    assert opened([1]) == "p2"
    assert opened([0], [(1, "Gap")], marked=True) == "p2"
    assert opened([7]) is None and opened([]) is None
    assert opened([1], [(0, "★")], marked=True) == opened([], [(0, "★")]) == "p1"
    assert opened([], [[0, "★"]], marked=True) is None, "the box of the marked row: the table leaps to its first cell"


def test_the_row_of_the_pair_that_the_address_names_is_no_click(monkeypatch):
    """A browser that has not heard yet of a step reports the row before it, and the address before it."""
    kept = {places.PAIR: "p1", pairs_list.TABLE: {"selection": {"rows": [0]}}}
    monkeypatch.setattr(pairs_list.st, "session_state", kept)
    monkeypatch.setattr(pairs_list.st, "query_params", {places.PAIR: "p0"})
    pairs_list._choose(["p0", "p1", "p2"], "★")
    assert kept[places.PAIR] == "p1"
    monkeypatch.setattr(pairs_list.st, "query_params", {places.PAIR: "p1"})
    pairs_list._choose(["p0", "p1", "p2"], "★")
    assert kept[places.PAIR] == "p0", "the browser has heard of the step, so this is a click on the row before it"
    kept[pairs_list.TABLE] = {"selection": {"rows": []}}
    pairs_list._choose(["p0", "p1", "p2"], "★")
    assert kept[places.PAIR] == ""


def test_of_two_quick_steps_the_second_goes_on_from_the_first(monkeypatch):
    """Both carry the list of one drawing: the page had no time to be drawn between them."""
    ids, kept = [f"p{i}" for i in range(30)], {places.PAIR: "p25"}
    monkeypatch.setattr(pairs_list.st, "session_state", kept)
    pairs_list.step(ids, -1)
    pairs_list.step(ids, -1)
    assert kept == {places.PAIR: "p23", filters.PAGE: 1}
    for _ in range(9):
        pairs_list.step(ids, 1)
    assert kept == {places.PAIR: "p29", filters.PAGE: 2}
    kept.clear()
    pairs_list.step(ids, 1)
    assert kept == {places.PAIR: "p0", filters.PAGE: 1}


def test_places_and_pages():
    assert [pairs_list.n_pages(n) for n in (0, 1, 25, 26)] == [1, 1, 1, 2]
    assert [pairs_list.page_of(place) for place in (0, 24, 25)] == [1, 1, 2]
    assert pairs_list.neighbours(["a", "b", "c"], 1) == (0, 2)
    assert pairs_list.neighbours(["a"], 0) == (None, None)
    assert pairs_list.neighbours(["a"], None) == (None, 0) and pairs_list.neighbours([], None) == (None, None)


@pytest.mark.parametrize("dark", [True, False])
def test_the_histogram_is_a_valid_figure_with_its_lines(dark):
    bins = pd.DataFrame(
        {
            "low": [-1.0, -0.5, 0.0, 0.5],
            "high": [-0.5, 0.0, 0.5, 1.0],
            "n_pairs": [1, 2, 3, 0],
            "n_users": [1, 2, 2, 0],
            "inside": [True, True, False, False],
        }
    )
    chart = charts.gap_histogram(bins, dark=dark, tau=0.7, chosen=-0.3)
    assert len(chart.to_dict()["layer"]) == 5
    assert len(charts.gap_histogram(bins, dark=dark, tau=1.0).to_dict()["layer"]) == 1
    words_ = {"title": "Title", "subtitle": "Sub", "caption": "Caption"}
    spec = exports.figure_spec(chart, size="Page (6.9 in)", **words_)
    assert b"this pair" in exports.render(spec, "svg")
    other = charts.gap_histogram(bins, dark=dark, tau=0.7, chosen=-0.4)
    assert other.spec == chart.spec, "the next pair moves a line; the picture is not made anew"
    assert (other.to_dict()["datasets"]["pair"], other.tables["tau"]) == ([{"low": -0.4}], chart.tables["tau"])
    assert charts.gap_histogram(bins, dark=dark, tau=0.7, chosen=0.9).spec != chart.spec, "its label changes sides"
    empty = charts.gap_histogram(bins.head(0), dark=dark, tau=0.7)
    assert empty.to_dict()["layer"]
    shown = twin(bins.assign(verdict="agrees"), BINS)
    assert shown["Pairs"].tolist() == [1, 2, 3, 0]


def test_the_title_counts_people_and_says_all_or_none():
    assert pairs_words.title(80, 80, 40, 20).startswith("80 pairs of 40 people: the global model disagrees with 20")
    assert pairs_words.title(1, 80, 1, 1) == (
        "1 of 80 pairs, by 1 person: the global model disagrees with all of these choices"
    )
    assert "none of these choices" in pairs_words.title(3, 80, 2, 0)


def test_models_to_compare_are_the_global_one_own_models_means_and_single_runs():
    names = {"global": "Global model", SETTING: "Filter + weight"}
    chile = CountryModel("CHL", OBJECTIVE, ("a" * 16, "b" * 16), np.zeros((2, 3)))
    mexico = CountryModel("MEX", OBJECTIVE, ("c" * 16,), np.zeros((1, 3)))
    offered = {"global": Side("global", "global", "rm"), SETTING: Side(SETTING, "setting", SETTING, (chile, mexico))}
    for model, country in ((mexico, "Mexico"), (chile, "Chile")):
        key = f"{model.trained_for}|{SETTING}"
        offered[key] = Side(key, "country", SETTING, (model,))
        names[key] = text.model_label(country, "Filter + weight", model.runs)
    for run in (*mexico.runs, *chile.runs):
        offered[run] = Side(run, "run", SETTING)
        names[run] = text.model_label("Mexico" if run in mexico.runs else "Chile", "Filter + weight", [run])
    found = pairs_data.choices(offered, names, SETTING)
    assert list(found) == ["global", "own", f"CHL|{SETTING}", f"MEX|{SETTING}", "a" * 16, "b" * 16]
    assert found[f"CHL|{SETTING}"] == "Chile: Filter + weight, mean of 2 seeds"
    assert len(set(found.values())) == len(found)
    assert found["own"] == "Own country's model: Filter + weight"
    other = pairs_data.choices(offered, names, None)
    assert other[SETTING] == found["own"], "a link to own models stays one when another setting is chosen"
    assert list(pairs_data.choices({"global": offered["global"]}, names, None)) == ["global"]
