"""Starred pairs and views: kept, in an order that can be changed, with notes, by data set."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scpo.errors import InputError, StoreError
from scpo.store.cache import Store
from scpo.store.stars import (
    MOST_BYTES,
    MOST_NOTE,
    PairStar,
    View,
    ViewStar,
    change,
    has_view,
    moved,
    noted,
    read_stars,
    read_view,
    starred_pairs,
    with_star,
    without,
)

NAME = "0123456789abcdef"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def pair(store, *pair_ids):
    for one in pair_ids:
        found = change(store, "sample", lambda stars, one=one: with_star(stars, PairStar(pair_id=one)))
    return starred_pairs(found)


def a_view(rows=1):
    drawing = {"mark": "point", "datasets": {"rows": [{"x": 0.5, "name": "Chile"}] * rows}}
    return View(
        figure="gain",
        title="Chile gains 3 points",
        subtitle="all pairs",
        caption="Data: sample.",
        alt="one point",
        how="**Gain**",
        light=drawing,
        dark=drawing,
        columns=[("x", "Gain, points", "points")],
        table={"x": [0.5, None]},
        least_width=110,
    )


def view_star(name=NAME, **more):
    return ViewStar(view=name, figure="gain", title="Chile gains 3 points", page="brief", query="data=sample", **more)


def star_view(store, name=NAME, view=None):
    return change(
        store,
        "sample",
        lambda stars: with_star(stars, view_star(name)),
        views=[(name, a_view() if view is None else view)],
    )


def test_nothing_is_starred_at_first_and_reading_writes_nothing(store):
    assert read_stars(store, "sample") == []
    assert list(store.root.iterdir()) == []


def test_stars_are_kept_in_the_order_they_were_given_each_once(store):
    pair(store, "p2", "p1", "p2")
    assert pair(store, "p1", "p3") == ["p2", "p1", "p3"]
    assert starred_pairs(read_stars(store, "sample")) == ["p2", "p1", "p3"]


def test_a_star_is_taken_away_and_one_that_is_not_there_is_no_error(store):
    pair(store, "p1", "p2")
    assert starred_pairs(change(store, "sample", lambda stars: without(stars, ["pair:p1", "pair:p9"]))) == ["p2"]


def test_data_sets_have_their_own_stars(store):
    pair(store, "p1")
    assert read_stars(store, "prism") == []


def test_note_and_moment_of_a_star_stay_when_it_is_starred_again(store):
    first = change(store, "sample", lambda stars: [PairStar(pair_id="p1", starred_at="2026-01-01T00:00:00+00:00")])
    change(store, "sample", lambda stars: noted(stars, "pair:p1", "  say this\nfirst "))
    assert pair(store, "p1", "p2") == ["p1", "p2"]
    kept = read_stars(store, "sample")[0]
    assert (kept.starred_at, kept.note) == (first[0].starred_at, "say this\nfirst")


def test_pairs_and_views_stand_in_one_order_that_can_be_changed(store):
    pair(store, "p1", "p2")
    star_view(store)
    after = change(store, "sample", lambda stars: moved(stars, f"view:{NAME}", 0))
    assert [one.key for one in after] == [f"view:{NAME}", "pair:p1", "pair:p2"]
    after = change(store, "sample", lambda stars: moved(stars, f"view:{NAME}", 99))
    assert [one.key for one in after] == ["pair:p1", "pair:p2", f"view:{NAME}"]
    assert read_stars(store, "sample") == after


@given(n=st.integers(1, 6), data=st.data())
def test_a_move_keeps_every_other_star_in_order(n, data):
    stars = [PairStar(pair_id=str(i), starred_at="") for i in range(n)]
    which, place = data.draw(st.integers(0, n - 1)), data.draw(st.integers(-2, n + 2))
    after = moved(stars, f"pair:{which}", place)
    assert after[min(max(place, 0), n - 1)] == stars[which]
    assert [one for one in after if one != stars[which]] == [one for one in stars if one != stars[which]]


def test_a_view_is_kept_as_it_was_drawn_until_its_star_is_gone(store):
    star_view(store)
    assert read_view(store, "sample", NAME) == a_view()
    pair(store, "p1")
    assert read_view(store, "sample", NAME).table == {"x": [0.5, None]}
    change(store, "sample", lambda stars: without(stars, [f"view:{NAME}"]))
    with pytest.raises(InputError, match=f"there is no starred view {NAME} of sample"):
        read_view(store, "sample", NAME)
    assert not list(store.folder("stars", "sample").rglob("*0123*"))


def test_a_view_that_is_too_large_is_refused_and_nothing_is_written(store):
    row = len(json.dumps({"x": 0.5, "name": "Chile"}))
    with pytest.raises(InputError, match=r"this view has \d+\.\d MB, and a star keeps at most 4: choose fewer"):
        star_view(store, view=a_view(rows=MOST_BYTES // row))
    assert read_stars(store, "sample") == [] and not list(store.folder("stars", "sample").rglob("*.json"))


def test_a_note_has_a_longest_and_no_note_is_without_a_star(store):
    pair(store, "p1")
    assert noted(read_stars(store, "sample"), "pair:p1", "x" * MOST_NOTE)[0].note == "x" * MOST_NOTE
    with pytest.raises(InputError, match="the note has 1,001 characters: shorten it to 1,000"):
        change(store, "sample", lambda stars: noted(stars, "pair:p1", "x" * (MOST_NOTE + 1)))
    with pytest.raises(InputError, match="nothing is starred as 'pair:p9'"):
        change(store, "sample", lambda stars: noted(stars, "pair:p9", "x"))
    with pytest.raises(InputError, match="nothing is starred as 'pair:p9'"):
        moved(read_stars(store, "sample"), "pair:p9", 0)


def test_a_list_of_the_first_version_keeps_its_pairs_in_order_without_notes(store):
    path = store.folder("stars", "sample") / "stars.json"
    path.parent.mkdir(parents=True)
    moments = ["2026-01-02T00:00:00+00:00", "2026-01-01T00:00:00+00:00"]
    old = [{"pair_id": f"p{i}", "starred_at": moment} for i, moment in enumerate(moments)]
    path.write_text(json.dumps({"format_version": 1, "dataset": "sample", "pairs": old}))
    assert read_stars(store, "sample") == [
        PairStar(pair_id=f"p{i}", starred_at=moment, note="") for i, moment in enumerate(moments)
    ]
    pair(store, "p9")
    written = json.loads(path.read_text())
    assert written["format_version"] == 2 and [one["pair_id"] for one in written["stars"]] == ["p0", "p1", "p9"]


def test_a_file_of_another_version_and_a_broken_one_are_named_and_stay_where_they_are(store):
    pair(store, "p1")
    path = store.folder("stars", "sample") / "stars.json"
    path.write_text('{"format_version": 9, "stars": []}')
    with pytest.raises(StoreError, match="stars of sample was written by a newer scpo"):
        read_stars(store, "sample")
    path.write_text("{")
    for _ in range(2):
        with pytest.raises(StoreError, match=r"^stars/sample/stars\.json is no valid JSON .*`scpo cache repair`"):
            read_stars(store, "sample")
    assert path.read_text() == "{"


def test_no_name_leads_out_of_the_cache_and_no_star_is_without_a_pair(store):
    with pytest.raises(InputError):
        change(store, "../other", lambda stars: stars)
    with pytest.raises(ValueError, match="pair_id"):
        PairStar(pair_id="")
    with pytest.raises(ValueError, match="view"):
        view_star("../../x")


def test_each_person_has_stars_of_their_own_and_all_share_the_others(store):
    ann, bob = "a" * 16, "b" * 16
    pair(store, "shared")
    for whose, pair_id in ((ann, "hers"), (bob, "his")):
        change(store, "sample", lambda stars, one=pair_id: with_star(stars, PairStar(pair_id=one)), whose=whose)
    change(store, "sample", lambda stars: with_star(stars, view_star()), views=[(NAME, a_view())], whose=ann)
    assert starred_pairs(read_stars(store, "sample")) == ["shared"]
    assert starred_pairs(read_stars(store, "sample", whose=bob)) == ["his"]
    assert [one.key for one in read_stars(store, "sample", whose=ann)] == ["pair:hers", f"view:{NAME}"]
    assert read_view(store, "sample", NAME, whose=ann) == a_view()
    assert has_view(store, "sample", NAME, whose=ann) and not has_view(store, "sample", NAME, whose=bob)
    change(store, "sample", lambda stars: [], whose=bob)
    pair(store, "another")
    assert len(read_stars(store, "sample", whose=ann)) == 2
    assert has_view(store, "sample", NAME, whose=ann), "other people's changes remove no view of hers"
