"""The table of sources: what each row promises, and what is refused before anything is read."""

from pathlib import Path

import pytest

from scpo.config import SplitConfig
from scpo.data.sources import SOURCES, known_source, read_source
from scpo.data.sources.reading import Reading
from scpo.errors import InputError

ABSENT = Path("absent.csv")


def read(source: str, path: Path | None = None, mapping: dict[str, str] | None = None, group: str | None = None):
    return read_source(Reading(source, path, mapping or {}, group, 10), offline=True)


def test_a_row_is_found_under_its_name_and_an_unknown_name_is_answered_with_all():
    assert all(known_source(name).name == name for name in SOURCES)
    with pytest.raises(
        InputError, match="no source 'foo': known are prism, global-opinions, pairs, responses, opinions-long"
    ):
        known_source("foo")


def test_each_source_splits_and_counts_as_the_version_before():
    quarter = SplitConfig(kind="stratified", test_fraction=0.25)
    expected = {
        "prism": (SplitConfig(kind="reference"), "user", False),
        "global-opinions": (quarter, "question", False),
        "pairs": (SplitConfig(kind="stratified"), "user", False),
        "sample": (quarter, "user", True),
        "sample-opinions": (quarter, "question", True),
    }
    assert {name: (SOURCES[name].split, SOURCES[name].unit, SOURCES[name].synthetic) for name in expected} == expected


@pytest.mark.parametrize("row", [row for row in SOURCES.values() if row.published], ids=lambda row: row.name)
def test_a_published_source_is_pinned_to_a_commit_and_not_to_a_moving_name(row):
    assert len(row.published.revision) == 40 and set(row.published.revision) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("source", "given", "words"),
    [
        ("pairs", {}, "--source pairs needs --path FILE"),
        ("prism", {"path": ABSENT, "mapping": {"prompt": "q"}}, "PRISM has its own columns.*leave out --map$"),
        ("global-opinions", {"path": ABSENT, "group": "age"}, "GlobalOpinionQA has.*leave out --group$"),
        ("sample", {"path": ABSENT}, "Generated sample has.*leave out --path$"),
        ("global-opinions", {}, r"llm_global_opinions at revision cb2880488749 is not on this machine"),
    ],
)
def test_what_a_source_cannot_read_is_refused_with_what_to_do(source, given, words, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError, match=words):
        read(source, **given)


def test_what_was_read_knows_where_it_came_from(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("prompt,chosen,rejected,country\na,b,c,Chile\n")
    loaded = read("pairs", file)
    assert (loaded.location, loaded.revision, loaded.source.name) == ("mine.csv", None, "pairs")
    assert loaded.tables.pairs["country"].tolist() == ["CHL"]
    generated = read("sample", group="gender")
    assert (generated.location, generated.revision) == ("generated, seed 0", None)
    assert set(generated.tables.pairs["country"].dropna()) >= {"Female", "Male"}
