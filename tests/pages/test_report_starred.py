"""The section of the report on what is starred: asked for, in order, with notes, other people's words as they are."""

from __future__ import annotations

import re
from html import unescape

import pytest
from reading import check_page, standing

from dashboard.report.starred import Starred
from scpo.results.pairs import PairDetail, Side
from scpo.store.stars import PairStar, change


@pytest.fixture
def store(own_cache):
    return own_cache("many")


def pair(gap=-1.0, *, flagged=False):
    sides = (Side("a response <b>", 0.0, None, None), Side("another response", 0.0, None, None))
    return PairDetail("p1", "u", "CHL", "test", "the prompt", *sides, gap, 0.5, flagged, None, (), {})


def preview(at):
    (frame,) = at.get("iframe")
    return unescape(re.search(r'srcdoc="([^"]*)"', frame.proto.srcdoc)[1])


def test_it_is_in_a_report_only_where_it_is_asked_for_and_says_where_nothing_is_starred(open_page):
    at = open_page("report", "many")
    check_page(at)
    assert 'id="starred"' not in preview(at)
    at.button(key="add_starred").click().run()
    check_page(at)
    assert "Nothing is starred in these data." in preview(at)


def test_views_and_pairs_stand_in_it_with_their_notes_and_texts_as_they_are(open_page, store, many):
    row = many.scored.pairs.query("split == 'test' and country == 'CHL'").iloc[0]
    change(
        store, "tastes", lambda stars: [PairStar(pair_id=row["pair_id"], note="users say"), PairStar(pair_id="gone")]
    )
    at = open_page("bias", store)
    standing(at.text_area, "matrix_star_note").set_value("the price of users")
    at.button(key="matrix_star_new").click().run()
    for audience in ("researcher", "stakeholder"):
        at = open_page("report", store, query={"sections": "starred", "audience": audience.capitalize()})
        check_page(at)
        page = preview(at)
        shown = page[page.index('id="starred"') : page.index('id="limits"')]
        assert "users say" in shown and "the price of users" in shown
        assert "Pair gone: starred, but not there any more." in unescape(shown).replace("Choice", "Pair")
        assert 'id="chart-starred_3"' in shown
        for side in ("chosen", "rejected"):
            assert many.scored.utterances["response"].iloc[row[side]] in unescape(shown)
        assert ("The global model prefers" in shown) == (audience == "researcher")
    assert "preferred by the person" in shown


def test_flagged_texts_are_named_and_not_printed():
    star = PairStar(pair_id="p1")
    hidden, open_one = Starred(star, pair=pair(flagged=True), after=0.5), Starred(star, pair=pair(), after=0.5)
    assert hidden.texts() is None and "Moderation has flagged its texts, so they are not printed." in hidden.sentence()
    assert open_one.texts()["Text"].tolist() == ["the prompt", "a response <b>", "another response"]
    assert open_one.texts()["What"].tolist() == [
        "Prompt", "A, preferred by the person and the finetuned model", "B, preferred by the global model",
    ]  # fmt: skip
    assert open_one.sentence() == (
        "Pair p1: The global model prefers what the person did not; the finetuned one agrees with the person."
    )
