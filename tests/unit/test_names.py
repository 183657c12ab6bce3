"""Names: one rule for what is new; what older caches hold is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scpo.errors import InputError
from scpo.names import MOST_NAME, checked_name, is_folder_name, is_name, plain_name
from scpo.store.cache import Store

BAD = ["", ".", "..", "../../x", "a/b", "a\\b", "<b>x</b>", "a\nb", "a\n", "a\x00b", "\x1b[2J", "-x", ".x", "_x",
       "a b", "x" * (MOST_NAME + 1), "é", "a:b", "a,b", "a@b", "\u202ex", "\ud800"]  # fmt: skip


@pytest.mark.parametrize("name", BAD, ids=ascii)
def test_what_is_no_name_is_refused_in_one_short_sentence(name):
    with pytest.raises(InputError, match="is no name: a name has 1 to 100") as refused:
        checked_name(name)
    assert len(str(refused.value)) < 300 and "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["a", "7", "paper-sample-sample-rm", "v1.0_x", "x" * MOST_NAME])
def test_a_name_is_kept_as_it_is(name):
    assert checked_name(name) == name == plain_name(name)


@given(st.text(max_size=400))
def test_a_name_can_be_made_of_every_text(text):
    assert is_name(plain_name(text)) and is_folder_name(plain_name(text))


def test_two_long_texts_get_two_names():
    assert plain_name("x" * 300 + "a") != plain_name("x" * 300 + "b")
    assert len(plain_name("x" * 300)) == MOST_NAME and len(plain_name("x" * 300, most=200)) == 200


@pytest.mark.parametrize("name", ["mein Datensatz", "données", "a\nb", "<b>x", "x" * 200, "a:b"])
def test_a_name_from_before_the_rule_still_opens(tmp_path, name):
    store = Store(tmp_path)
    store.folder("studies", name).mkdir(parents=True)
    assert store.names("studies") == [name]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\x00b", "x" * 256, "é" * 128, "\ud800"], ids=ascii)
def test_what_cannot_be_a_folder_is_refused_before_the_disk_is_asked(tmp_path, name):
    with pytest.raises(InputError, match="is no name"):
        Store(tmp_path).folder("studies", name)
