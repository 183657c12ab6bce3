"""``scpo stars``: the slides of a data set are listed, noted, moved and removed by number or by name."""

import pytest

from scpo.store.cache import Store
from scpo.store.stars import PairStar, change, read_stars


@pytest.fixture
def cache_root(tmp_path):
    change(Store(tmp_path), "small", lambda stars: [PairStar(pair_id=one) for one in ("p1", "p2", "p3")])
    return tmp_path


def names(found):
    return [one["star"] for one in found]


def test_slides_are_listed_moved_and_removed(document, cache_root):
    assert names(document("stars", "list", "--data", "small")) == ["pair:p1", "pair:p2", "pair:p3"]
    assert names(document("stars", "move", "3", "1", "--data", "small")) == ["pair:p3", "pair:p1", "pair:p2"]
    assert names(document("stars", "remove", "pair:p1", "--data", "small")) == ["pair:p3", "pair:p2"]
    assert [one.key for one in read_stars(Store(cache_root), "small")] == ["pair:p3", "pair:p2"]


def test_a_note_is_written_and_printed(scpo, document):
    found = document("stars", "note", "2", "why this one", "--data", "small")
    assert [one["note"] for one in found] == ["", "why this one", ""]
    code, out, _ = scpo("stars", "list", "--data", "small")
    assert code == 0 and "why this one" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["remove", "9", "--data", "small"], "there is no slide 9: 3 are starred"),
        (["remove", "pair:p9", "--data", "small"], "nothing is starred as 'pair:p9'"),
        (["list", "--data", "other"], "other"),
    ],
)
def test_what_is_not_there_is_one_sentence(scpo, cache_root, words, says):
    code, out, err = scpo("stars", *words)
    assert (code, out) == (2, "") and says in err and err.count("\n") == 1


def test_read_only_nothing_changes(scpo, cache_root, monkeypatch):
    monkeypatch.setenv("SCPO_READ_ONLY", "1")
    assert scpo("stars", "remove", "1", "--data", "small")[0] == 2
    assert scpo("stars", "list", "--data", "small")[0] == 0
    assert len(read_stars(Store(cache_root), "small")) == 3
