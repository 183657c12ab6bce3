"""What a click means: pure functions from what a chart or a table reports to what is chosen."""

import math

import pytest

from dashboard.brief import view as brief
from dashboard.frame import places, sidebar
from dashboard.kit import clicks
from dashboard.tradeoff import controls


def clicked(**fields):
    return {"selection": {"pick": [fields]}}


def test_a_click_on_a_point_names_its_country_and_setting():
    assert clicks.clicked_point(clicked(point="ZAF|scpo|0.7|1.1")) == ("ZAF", "scpo|0.7|1.1")


def test_a_community_whose_name_contains_the_separator_is_read_back():
    point = clicks.point_id("rural | north", clicks.setting_id("weight", math.nan, 1.1))
    assert clicks.clicked_point(clicked(point=point)) == ("rural | north", "weight|-|1.1")


@pytest.mark.parametrize("selection", [{}, {"selection": {}}, {"selection": {"pick": []}}, {"selection": {"pick": {}}}])
def test_a_click_beside_the_points_changes_nothing(selection):
    assert clicks.clicked_point(selection) is None
    assert clicks.clicked(selection, "cell") is None
    assert controls.after_point_click(selection, shown="ZAF") == {}


def test_a_click_in_small_multiples_opens_the_country_of_the_panel():
    selection = {"selection": {"pick_0": [], "pick_3": [{"point": "CAN|filter|0.6|-"}]}}
    expected = {"setting": "filter|0.6|-", "country": "CAN"}
    assert controls.after_point_click(selection, shown=controls.EVERY) == expected


def test_a_click_in_one_country_keeps_the_country():
    assert controls.after_point_click(clicked(point="mean|full|-|-"), shown="mean") == {"setting": "full|-|-"}


def test_a_click_on_a_country_of_the_brief_leads_to_its_divergence():
    names = {"CHL": "Chile", "mean": "Mean over 3 countries"}
    assert brief.country_change("CHL", names) == {places.NEXT: ("divergence", {"who": "Chile"})}
    assert brief.country_change("mean", names) == brief.country_change(None, names) == {}


def test_a_click_on_the_small_trade_off_leads_to_the_large_one_with_its_setting():
    assert brief.point_change(("mean", "filter|0.6|-")) == {
        "setting": "filter|0.6|-",
        places.NEXT: ("tradeoff", {}),
    }
    assert brief.point_change(("mean", "global|-|-")) == brief.point_change(None) == {}


def test_a_click_on_a_cell_names_the_cell():
    assert clicks.clicked(clicked(cell="ZAF→CAN"), "cell") == "ZAF→CAN" == clicks.cell_id("ZAF", "CAN")


def test_a_row_of_a_table_that_has_become_shorter_chooses_nothing():
    chosen = {"selection": {"rows": [2], "columns": []}}
    assert clicks.clicked_row(chosen, ["a", "b", "c"]) == "c"
    assert clicks.clicked_row(chosen, ["a", "b"]) is None
    assert clicks.clicked_row({"selection": {"rows": [], "columns": []}}, ["a"]) is None


def test_an_unused_parameter_has_its_own_sign_whether_it_is_none_or_nan():
    assert clicks.setting_id("filter", 0.7, math.nan) == clicks.setting_id("filter", 0.7, None) == "filter|0.7|-"


def test_the_first_setting_is_the_reference_else_another_that_filters_and_weights():
    settings = ["full|-|-", "scpo|0.6|1.1", "scpo|0.7|1.1"]
    assert sidebar.default_setting(settings, reference="scpo|0.7|1.1") == "scpo|0.7|1.1"
    assert sidebar.default_setting(settings[:2], reference="scpo|0.7|1.1") == "scpo|0.6|1.1"
    assert sidebar.default_setting(settings[:1], reference="scpo|0.7|1.1") == "full|-|-"
    assert sidebar.default_setting([], reference="scpo|0.7|1.1") is None
