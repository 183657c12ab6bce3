"""The tabs of the page Bias: before and after, groups, length, calibration; opened and chosen as a user does."""

import numpy as np
import pandas as pd
import pytest
from hand.runs import finished_with
from reading import check_page, too_long, words

from dashboard.bias import depth
from dashboard.bias import words as said
from dashboard.bias.charts.groups import groups_chart
from dashboard.bias.charts.length import length_chart
from dashboard.bias.charts.reliability import reliability_chart
from dashboard.bias.charts.slopes import slopes_chart, spaced
from dashboard.kit import exports, text
from scpo import results
from scpo.config import EvaluationConfig, TrainingConfig

CONFIG = EvaluationConfig()
SCPO = "scpo|0.7|1.1"


def open_tab(at, name):
    """Open a tab as a click does: Streamlit's own tests set the state of its widget."""
    at.session_state[depth.TAB] = name
    return at.run()


COLUMNS = {
    depth.SLOPES: ("Country", "Pairs lost"),
    depth.GROUPS: ("People of", "Group"),
    depth.LENGTH: ("Country", "Pairs, equally long"),
    depth.CALIBRATION: ("Model", "People agree, %"),
}
"""Columns by which the table of a tab is known."""


def drawn(at):
    """The tabs that are drawn, with their tables: a closed tab draws none."""
    frames = [frame.value for frame in at.dataframe]
    return {tab: f for f in frames for tab, columns in COLUMNS.items() if {*columns} <= {*f.columns}}


def matrix(at):
    return next(frame.value for frame in at.dataframe if frame.key == "matrix_table")


def test_only_the_open_tab_is_drawn_and_the_first_is_open(open_page):
    at = open_page("bias", "many")
    check_page(at)
    assert [*drawn(at)] == [depth.SLOPES]
    for tab in COLUMNS:
        open_tab(at, tab)
        check_page(at)
        assert [*drawn(at)] == [tab]


def test_the_address_opens_a_tab_with_its_groups(open_page):
    at = open_page("bias", "many", query={"inside": "Groups", "by": "topic", "people": "Chile"})
    check_page(at)
    assert at.selectbox(key="by").value == "topic" and at.selectbox(key="people").value == "CHL"
    table = drawn(at)[depth.GROUPS]
    assert set(table["People of"]) == {"Chile"} and table["Group"].tolist() == ["food", "travel"]


def test_the_lines_lead_from_the_global_model_to_each_country_s_own(open_page, many):
    at = open_page("bias", "many")
    table = drawn(at)[depth.SLOPES].set_index("Country")
    assert table.index.tolist() == ["Chile", "Israel", "South Africa"]
    for country, name in (("CHL", "Chile"), ("ZAF", "South Africa")):
        after, before = many.setting(country, "scpo", 0.7), many.setting(country, "global")
        assert table.loc[name, "Country's model, %"] == round(100 * after["all_value"], 1)
        assert table.loc[name, "Global model, %"] == round(100 * before["all_value"], 1)
    assert "mean over 2 countries" in words(at)  # Israel has eight test users
    assert "Gap, own models" in words(at)


def test_groups_say_what_is_left_out_and_a_country_is_chosen(open_page, many):
    at = open_tab(open_page("bias", "many"), depth.GROUPS)
    at.selectbox(key="by").select("topic").run()
    check_page(at)
    found = {m[0].objective.method: g for m, g in results.setting_groups(many.scored, many.runs, CONFIG, by="topic")}
    food = found["scpo"].everywhere[0]
    table = drawn(at)[depth.GROUPS].set_index("Group")
    assert table.loc["food", "Pairs lost"] == round(food.lost) and table.loc["food", "Pairs won"] == round(food.won)
    assert table.loc["food", "Test users"] == food.difference.n_users
    assert said.between_sentence({"after": found["scpo"].after}, groups="groups") in words(at)
    at.selectbox(key="people").select("ISR").run()
    check_page(at)
    assert "2 of 2 groups here have fewer than ten test users: no verdict." in words(at)
    assert "Gap, own models" not in words(at)


def test_calibration_gives_the_error_only_with_its_pairs(open_page, many):
    at = open_tab(open_page("bias", "many"), depth.CALIBRATION)
    numbers, _ = results.reliability_table(many.scored, many.runs, CONFIG)
    row = numbers[(numbers["method"] == "scpo") & (numbers["country"] == results.EVERYWHERE)].iloc[0]
    assert f"{100 * row['ece_after']:.1f}\u00a0% on {row['n_pairs']} pairs; a perfectly calibrated model" in words(at)
    at.selectbox(key="people").select("ISR").run()
    check_page(at)
    assert "Fewer than ten test users: whether the model is too sure cannot be said" in words(at)


def test_length_gives_both_accuracies_on_average_with_their_paired_difference(open_page, many):
    at = open_tab(open_page("bias", "many"), depth.LENGTH)
    table = results.length_table(many.scored, many.runs, CONFIG)
    row = table[(table["method"] == "scpo") & (table["country"] == results.MEAN)].iloc[0]
    for kind in ("longer", "shorter"):
        before, after = (f"{100 * row[f'{kind}_{when}_value']:.1f}\u00a0%" for when in ("before", "after"))
        change = text.difference_estimate(row, f"{kind}_change")
        assert f"People chose the {kind} response" in words(at)
        assert f"global {before}, own {after}; difference {change}" in words(at)


def test_choosing_countries_hides_rows_and_changes_no_verdict(open_page):
    every = open_tab(open_page("bias", "many"), depth.GROUPS)
    some = open_tab(open_page("bias", "many", query={"countries": "Chile"}), depth.GROUPS)
    tables = [drawn(at)[depth.GROUPS] for at in (every, some)]
    pd.testing.assert_frame_equal(*tables)
    open_tab(some, depth.LENGTH)
    check_page(some)
    table = drawn(some)[depth.LENGTH]
    assert table["Country"].tolist() == ["Chile", "Mean over 2 countries"]


def test_the_matrix_counts_lost_and_won_pairs_and_has_a_mean_over_other_countries(open_page, many):
    at = open_page("bias", "many")
    table = matrix(at)
    cell = table[(table["Trained for"] == "South Africa") & (table["Tested on"] == "Chile")].iloc[0]
    test = many.scored.test_pairs
    runs = [r for r in many.runs if r.run_id in many.setting("ZAF", "scpo", 0.7)["runs"]]
    own, before = test["country"].eq("CHL").to_numpy(), test["gap"].to_numpy() > 0
    after = np.mean([run.gap > 0 for run in runs], axis=0)
    assert cell["Pairs lost"] == round((before * (1 - after))[own].sum())
    assert cell["Pairs won"] == round((~before * after)[own].sum())
    others = table[table["Tested on"] == "Other countries"].set_index("Trained for")
    mine = table[(table["Trained for"] == "South Africa") & table["Tested on"].isin(["Chile", "Mexico", "New Zealand"])]
    value = "Difference to global, points"
    assert others.loc["South Africa", value] == pytest.approx(mine[value].mean(), abs=0.1)
    assert others["Difference to global, low"].notna().all()
    at.selectbox(key="cell").select("ZAF→CHL").run()
    assert f"{cell['Pairs lost']:.0f} lost, {cell['Pairs won']:.0f} won" in words(at)


def test_a_click_on_the_mean_over_other_countries_chooses_no_cell(open_page):
    at = open_page("bias", "many", query={"cell": "Chile on Chile"})
    table = matrix(at)
    row = int(np.flatnonzero(table["Tested on"] == "Other countries")[0])
    at.session_state["matrix_table"] = {"selection": {"rows": [row], "columns": []}}
    at.run()
    check_page(at)
    assert at.selectbox(key="cell").value == "CHL→CHL"


@pytest.mark.parametrize("scenario", ["one", "partial"])
@pytest.mark.parametrize("tab", [depth.SLOPES, depth.GROUPS, depth.LENGTH, depth.CALIBRATION])
def test_a_study_that_has_begun_shows_every_tab(open_page, scenario, tab):
    at = open_page("bias", scenario, query={"inside": tab})
    check_page(at)


def test_a_country_that_was_trained_in_another_way_takes_no_part(open_page, own_cache, many):
    """Its model has the same name, so it stands in the matrix; groups are of models that were trained alike."""
    store = own_cache("many")
    run = next(r for r in many.runs if r.run_id in many.setting("CHL", "scpo", 0.7)["runs"])
    other = {"country": "MEX", "training": TrainingConfig(last_layer_ridge=0.125)}
    finished_with(store, run.config.model_copy(update=other), many.scored.scores.reward)
    at = open_page("bias", store, query={"inside": depth.GROUPS})
    check_page(at)
    assert "Mexico" in set(matrix(at)["Trained for"])
    assert len(at.selectbox(key="people").options) == 1 + 3


def test_every_sentence_is_short(open_page):
    at = open_page("bias", "many")
    for tab in (depth.SLOPES, depth.GROUPS, depth.LENGTH, depth.CALIBRATION):
        open_tab(at, tab)
        titles = [one.value.replace("\\", "") for one in at.subheader]
        assert [too_long(title) for title in titles if too_long(title)] == []


def test_labels_that_would_overlap_stand_in_a_stack_around_their_places():
    assert spaced([0.0, 10.0], least=1.0) == [0.0, 10.0]
    assert spaced([5.0, 5.0, 20.0], least=2.0) == [4.0, 6.0, 20.0]
    moved = spaced([3.0, 1.0, 2.5, 2.6], least=1.0)
    assert np.diff(sorted(moved)).min() >= 1.0 - 1e-9 and np.argsort(moved).tolist() == [1, 2, 3, 0]


@pytest.mark.parametrize("dark", [False, True])
def test_every_chart_becomes_a_picture(many, dark):
    groups = results.setting_groups(many.scored, many.runs, CONFIG, by="topic")[0][1]
    _, bins = results.reliability_table(many.scored, many.runs, CONFIG)
    home = results.bias_table(many.scored, many.runs, CONFIG)
    home = home[(home["trained_for"] == home["tested_on"]) & (home["method"] == "scpo")]
    charts = [
        slopes_chart(home.assign(trained_name=home["trained_for"]), dark=dark),
        groups_chart(results.group_table([*groups.everywhere, *groups.inside], level=0.95), dark=dark),
        length_chart(results.length_table(many.scored, many.runs, CONFIG).query("method == 'scpo'"), dark=dark),
        reliability_chart(bins[(bins["country"] == "ISR") & (bins["method"] == "scpo")], dark=dark),
    ]
    for chart in charts:
        spec = exports.figure_spec(chart, title="A finding", subtitle="", caption="Here.", size="Column (3.3 in)")
        assert b"Here" in exports.render(spec, "svg")
