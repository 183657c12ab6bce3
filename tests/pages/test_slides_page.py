"""Stars on figures and the page Slides: noted, kept as drawn, in order, one by one, alone on the stage."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil

import pytest
from PIL import Image
from reading import check_page, standing, words

from dashboard.frame import starring
from dashboard.kit import exports, figure
from dashboard.kit.live import Live
from dashboard.pairs import words as pair_words
from dashboard.slides import words as slide_words
from scpo.store.cache import Store
from scpo.store.stars import PairStar, ViewStar, change, read_stars, read_view

DATA = "tastes"


def star(at, name, note=""):
    standing(at.text_area, f"{name}_star_note").set_value(note)
    at.button(key=f"{name}_star_new").click().run()
    check_page(at)
    return at


def html_of(at):
    return "\n".join(one.proto.body for one in at.main.get("html"))


def heading(at):
    return re.search(r"<h2[^>]*>([^<]*)</h2>", html_of(at))[1]


@pytest.fixture
def store(own_cache):
    return own_cache("many")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    return tmp_path_factory.mktemp("slides")


@pytest.fixture
def shown(shelf, cache_of, open_page, many):
    """A cache to look at, with a pair, the matrix of Bias and the gains of the Brief starred in this order."""
    root = shelf / "cache"
    if not root.exists():
        unfinished = Store(shutil.copytree(cache_of("many").root, shelf / "unfinished"))
        pair_id = many.scored.pairs.query("split == 'test' and country == 'CHL'")["pair_id"].iloc[0]
        change(unfinished, DATA, lambda stars: [PairStar(pair_id=pair_id, note="the evidence")])
        star(open_page("bias", unfinished), "matrix", "who pays")
        star(open_page("brief", unfinished), "gain")
        unfinished.root.rename(root)
    return Store(root)


@pytest.fixture
def three(shown, tmp_path):
    """The same, to be changed."""
    return Store(shutil.copytree(shown.root, tmp_path / "three"))


def test_a_figure_is_starred_with_a_note_and_keeps_what_it_shows(open_page, store):
    at = star(open_page("bias", store), "matrix", "say <b>this</b>\nfirst")
    (found,) = read_stars(store, DATA)
    assert isinstance(found, ViewStar) and (found.page, found.figure) == ("bias", "matrix")
    assert found.note == "say <b>this</b>\nfirst" and found.title == at.header[0].value.replace("\\", "")
    assert "data=tastes" in found.query and "model=rm" in found.query
    view = read_view(store, DATA, found.view)
    shown = next(d.value for d in at.dataframe if d.proto.id.endswith("matrix_table"))
    assert len(view.table["diff_value"]) == len(shown)
    assert view.subtitle.startswith("Trained for one country, tested on every country. ")
    assert json.dumps(view.light) != json.dumps(view.dark)


def test_the_star_is_seen_on_the_figure_until_it_shows_something_else(open_page, store):
    at = star(open_page("bias", store), "matrix")
    assert at.button(key="matrix_star_save").label == "Save note"
    at = open_page("bias", store)
    assert at.button(key="matrix_star_save")
    at.selectbox(key="setting").select("filter|0.7|-").run()
    check_page(at)
    assert at.button(key="matrix_star_new")
    star(at, "matrix")
    assert len(read_stars(store, DATA)) == 2


def test_a_note_is_changed_and_a_star_taken_away_where_it_was_given(open_page, store):
    at = star(open_page("bias", store), "matrix", "one")
    assert standing(at.text_area, "matrix_star_note").value == "one"
    standing(at.text_area, "matrix_star_note").set_value("two")
    at.button(key="matrix_star_save").click().run()
    check_page(at)
    assert [one.note for one in read_stars(store, DATA)] == ["two"]
    at.button(key="matrix_star_remove").click().run()
    check_page(at)
    assert read_stars(store, DATA) == [] and standing(at.text_area, "matrix_star_note").value == ""
    assert not list(store.root.glob("stars/*/views/*"))


def test_drawings_are_made_when_a_figure_is_starred_and_not_before(open_page, store, monkeypatch):
    drawn = []
    monkeypatch.setattr(starring, "view_of", lambda one, real=starring.view_of: drawn.append(one.name) or real(one))
    at = open_page("workbench", store)
    check_page(at)
    at.session_state["workbench_kept_star"] = at.session_state["workbench_weights_star"] = True
    at.run()
    assert not drawn and at.button(key="workbench_kept_star_new")
    star(at, "workbench_weights", "the curve")
    assert drawn == ["workbench_weights"]
    assert read_view(store, DATA, read_stars(store, DATA)[0].view).light["datasets"]


def test_where_nothing_may_be_written_stars_live_in_the_session(open_page, three, monkeypatch):
    before = read_stars(three, DATA)
    monkeypatch.setenv("SCPO_READ_ONLY", "1")
    at = star(open_page("bias", three), "over_steering", "mine")
    assert at.button(key="over_steering_star_save") and read_stars(three, DATA) == before
    at.switch_page("../pages/slides.py").run()
    at.button(key="slide_open_4").click().run()
    check_page(at)
    assert "mine" in words(at) and 'src="data:image/png' in html_of(at)


def test_a_view_that_is_too_large_is_a_sentence(open_page, store, monkeypatch):
    monkeypatch.setattr(starring.stars, "MOST_BYTES", 1_000)
    at = open_page("bias", store)
    at.button(key="matrix_star_new").click().run()
    assert not at.exception
    assert "The star could not be kept: this view has" in words(at) and read_stars(store, DATA) == []


def test_without_stars_the_page_says_how(open_page):
    at = open_page("slides", "many")
    check_page(at)
    assert at.header[0].value == slide_words.EMPTY and "Press Star below any figure" in words(at)


def test_the_slides_go_on_and_back_and_the_address_names_them(open_page, shown):
    at = open_page("slides", shown)
    check_page(at)
    assert heading(at).startswith("The global model") and "1 of 3" in words(at)
    at.button(key="next_slide").click().run()
    assert "models gain" in heading(at) and at.query_params["slide"] == "2"
    at.button(key="last_slide").click().run()
    assert "countries gain" in heading(at) and at.button(key="next_slide").disabled
    at.button(key="previous_slide").click().run()
    assert "models gain" in heading(at) and "who pays" in words(at)
    at.button(key="first_slide").click().run()
    assert at.query_params["slide"] == "1" and at.button(key="previous_slide").disabled
    check_page(at)


@pytest.mark.parametrize(
    ("asked", "place", "said"),
    [("2", "2 of 3", ""), ("9", "3 of 3", "There is no slide 9"), ("x", "1 of 3", "There is no slide x")],
)
def test_a_link_opens_a_slide(open_page, shown, asked, place, said):
    at = open_page("slides", shown, query={"slide": asked})
    check_page(at)
    assert place in words(at) and said in words(at)


def test_the_order_is_changed_and_the_open_slide_stays_open(open_page, three):
    at = open_page("slides", three, query={"slide": "2"})
    before = [one.key for one in read_stars(three, DATA)]
    at.button(key="slide_down_1").click().run()
    check_page(at)
    assert [one.key for one in read_stars(three, DATA)] == [before[1], before[0], before[2]]
    assert "models gain" in heading(at) and "1 of 3" in words(at)
    at.button(key="slide_up_3").click().run()
    assert [one.key for one in read_stars(three, DATA)] == [before[1], before[2], before[0]]
    at.button(key="slide_remove_2").click().run()
    check_page(at)
    assert [one.key for one in read_stars(three, DATA)] == [before[1], before[0]]


def test_a_note_is_written_on_the_slide(open_page, three):
    at = open_page("slides", three, query={"slide": "3"})
    standing(at.text_area, "slide_note").set_value("and **this**")
    at.button(key="slide_save").click().run()
    check_page(at)
    assert read_stars(three, DATA)[2].note == "and **this**" and "and **this**" in words(at)
    at.button(key="next_slide")  # the field of another slide has that slide's note
    at.button(key="first_slide").click().run()
    assert standing(at.text_area, "slide_note").value == "the evidence"


def test_a_slide_shows_its_picture_its_table_and_when_it_was_starred(open_page, shown):
    at = open_page("slides", shown, query={"slide": "2"})
    found = read_stars(shown, DATA)[1]
    data = re.search(r'src="data:image/png;base64,([^"]+)"', html_of(at))[1]
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.width > 800 and len(picture.convert("RGB").getcolors(1 << 24)) > 10
    assert f"As of {found.starred_at[:10]}." in html_of(at)
    (table,) = [one.value for one in at.main.dataframe]
    assert len(table) == len(read_view(shown, DATA, found.view).table["diff_value"])


def test_on_the_stage_a_slide_is_alone_in_plain_words_and_notes_are_asked_for(open_page, shown):
    at = open_page("slides", shown, query={"slide": "2", "present": "true"})
    check_page(at)
    assert not [one for one in at.main.button if str(one.key).startswith(("slide_", "present_"))]
    assert not at.main.dataframe and not at.main.text_area
    assert "general model" in html_of(at) and "global model" not in html_of(at) and "Synthetic" not in words(at)
    assert "who pays" not in words(at)
    at.toggle(key="notes").set_value(True).run()
    assert "who pays" in words(at)
    at.button(key="leave_slides").click().run()
    check_page(at)
    assert at.button(key="slide_up_2") and not at.toggle(key="present").value
    at.button(key="present_slides").click().run()
    assert at.toggle(key="present").value and "general model" in html_of(at)


def test_the_texts_of_a_pair_stand_side_by_side_as_plain_text(open_page, shown, many):
    at = open_page("slides", shown)
    pair = many.scored.pairs.set_index("pair_id").loc[read_stars(shown, DATA)[0].pair_id]
    shown = re.sub(r"</?(?:ins|del)>", "", html_of(at))
    for side in ("chosen", "rejected"):
        assert many.scored.utterances["response"].iloc[pair[side]] in shown
    assert ":red[x] $x$ &lt;b&gt;" in shown and "<b>" not in shown
    assert shown.index("A, preferred by the person") < shown.index("B, preferred by")


def test_a_pair_that_is_gone_says_so(open_page, store):
    change(store, DATA, lambda stars: [PairStar(pair_id="gone")])
    at = open_page("slides", store)
    check_page(at)
    assert "Pair gone is not in these data any more" in words(at)


def test_while_presenting_the_slides_are_one_link_away(open_page):
    at = open_page("brief", "many", query={"present": "true"})
    assert "Starred views as slides" in [one.proto.label for one in at.sidebar.get("page_link")]


@pytest.mark.parametrize(
    ("gap", "after", "title", "a", "b"),
    [
        (-1.0, 0.5, "not; the finetuned one agrees with the person", "the person and the finetuned model",
         "the global model"),
        (-1.0, -0.5, "did not; so does the finetuned one", "the person", "the global model and the finetuned model"),
        (1.0, -0.5, "preferred; the finetuned one no longer agrees", "the person and the global model",
         "the finetuned model"),
        (1.0, None, "The global model prefers what the person preferred", "the person and the global model", "nobody"),
        (0.0, None, "sees no difference", "the person", "nobody"),
    ],
)  # fmt: skip
def test_the_words_of_a_pair_say_who_prefers_what(gap, after, title, a, b):
    assert title in pair_words.pair_title(gap, after)
    assert pair_words.side_words(gap, after, chosen=True) == f"A, preferred by {a}"
    assert pair_words.side_words(gap, after, chosen=False) == f"B, preferred by {b}"


def test_a_kept_chart_is_the_chart():
    spec = {"mark": "bar", "data": {"name": "rows"}, "datasets": {"rows": [{"x": 1, "y": None}, {"x": 2, "y": "a"}]}}
    assert Live.of(spec).to_dict() == spec


def test_the_empty_ground_around_a_drawing_is_cut():
    picture = Image.new("RGB", (60, 40), "white")
    picture.paste((200, 0, 0), (10, 5, 30, 25))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    with Image.open(io.BytesIO(exports.trimmed(stream.getvalue()))) as cut:
        assert cut.size == (20, 20)


def test_every_figure_offers_its_star_to_whoever_asked(monkeypatch):
    offered = []
    monkeypatch.setattr(figure, "_ACTIONS", [])
    figure.offer(offered.append)
    figure.offer(offered.append)
    assert len(figure._ACTIONS) == 1
