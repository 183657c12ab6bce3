"""Finding one's way: names of pages, the step after each, and values of an address that are no more."""

from urllib.parse import parse_qs

import pytest
from reading import check_page, words

from dashboard.frame import lost, places, way


def test_every_page_stands_in_the_navigation_once():
    assert sorted(row.name for row in way.PAGES) == places.names()


@pytest.mark.parametrize("row", way.PAGES, ids=lambda row: row.name)
def test_a_page_says_its_name_and_leads_to_the_next(open_page, row):
    at = open_page(row.name, "scored")
    check_page(at)
    assert [title.value for title in at.title] == [row.title]
    links = [link.proto for link in at.get("page_link") if link.proto.label.startswith("Next: ")]
    assert [link.page for link in links] == ([] if row.following is None else [row.following])
    titles = {other.name: other.title for other in way.PAGES}
    assert all(link.label.startswith(f"Next: {titles[link.page]} · ") for link in links)


def test_the_steps_lead_from_data_to_slides_through_every_page_but_the_brief():
    following = {row.name: row.following for row in way.PAGES}
    seen = [name := "data"]
    while (name := following[name]) not in seen:
        seen.append(name)
    assert sorted([*seen, "brief"]) == places.names() and seen[-1] == "slides"


def test_the_dashboard_begins_with_the_data_set_that_was_chosen_last(open_page, own_cache):
    store = own_cache("scored")
    assert open_page("brief", store).selectbox(key="data").value == "tastes"
    at = open_page("brief", store)
    at.selectbox(key="data").select("views").run()
    check_page(at)
    assert open_page("brief", store).selectbox(key="data").value == "views"
    assert open_page("brief", store, query={"data": "tastes"}).selectbox(key="data").value == "tastes"
    assert open_page("brief", store).selectbox(key="data").value == "views", "a link is no choice"


def test_where_nothing_may_be_changed_no_choice_is_kept(open_page, own_cache, monkeypatch):
    monkeypatch.setenv("SCPO_READ_ONLY", "true")
    store = own_cache("scored")
    open_page("brief", store).selectbox(key="data").select("views").run()
    assert not (store.root / "last_used.json").exists()


def test_what_a_link_asks_for_and_is_not_here_is_named_until_another_page_opens(open_page):
    asked = {"data": "gone", "model": "rm", "setting": "Filter (τ 0.99)", "countries": "Atlantis", "interval": "80 %"}
    at = open_page("bias", "many", query=asked)
    check_page(at)
    named = "The link asks for data set gone, country Atlantis and setting Filter (τ 0.99): not here"
    assert named in words(at) and at.segmented_control(key="interval").value == "80 %"
    at.segmented_control(key="interval").set_value("95 %").run()
    assert named in words(at)
    at.switch_page("../pages/brief.py").run()
    assert "The link asks for" not in words(at)


def test_a_link_to_what_is_here_says_nothing(open_page):
    asked = {"data": "tastes", "model": "rm", "setting": "Filter (τ 0.6)", "countries": "Chile", "interval": "95 %"}
    at = open_page("bias", "many", query=asked)
    check_page(at)
    assert at.selectbox(key="setting").value == "filter|0.6|-" and "The link asks for" not in words(at)


def test_more_than_three_lost_values_are_counted():
    said = lost.sentence(["data set a", "country b", "country c", "setting d"])
    assert said.startswith("The link asks for data set a, country b and country c (and 1 more value): not here")


def test_the_link_to_copy_has_the_defaults_too(open_page):
    at = open_page("bias", "many")
    (address,) = [one.value for one in at.code if "data=" in one.value]
    query = parse_qs(address.partition("?")[2])
    assert query == {
        "data": ["tastes"],
        "model": ["rm"],
        "interval": ["95 %"],
        "setting": ["Filter + weight (τ 0.7, β 1.1)"],
    }
