"""Named layouts of public sets: a small invented file of each, read by its name and, where it is plain, without it."""

import json

import pytest
from public_layouts import ANSWERS, COVAL, FILES, MESSAGE, MULTIPREF, POST

from scpo.data.pairing import conversation_messages
from scpo.data.sources import SOURCES, read_source
from scpo.data.sources.adapters.table import ADAPTERS, recognised
from scpo.data.sources.reading import Reading
from scpo.data.tables import PAIRS, UTTERANCES, validate
from scpo.errors import DataError, InputError

PAIRS_OF = {"community-alignment": 2, "helpsteer, preference": 2, "label-studio": 2, "multipref": 2}
TIES_OF = {"argilla, ranking": 1, "coval": 1, "multipref": 1}
USERS_OF = {
    "label-studio": {"7", "8"}, "multipref": {"e1", "n1"}, "coval": {"w1"}, "argilla": {"w1"},
    "argilla, ranking": {"w1"}, "label-studio, ranker": {"7"}, "label-studio, flat": {"7"},
    **{case: {"w"} for case in ("arena", "arena, 100k", "arena, 140k", "community-alignment")},
    "summarize": {"w"}, "summarize, axes": {"w"},
}  # fmt: skip
PLAIN = {
    "pairs": ("trl", "trl, implicit", "hh-rlhf", "arena", "arena, 55k", "helpsteer, preference"),
    "responses": ("community-alignment", "helpsteer", "ultrafeedback"),
}
"""What the general sources read alike, without the name."""


def rows_of(case):
    return FILES[case] if isinstance(FILES[case], list) else [FILES[case]]


def read(path, source, **given):
    options = {"mapping": {}, "group": None, "winner": None, **given}
    return read_source(Reading(source, path, least_users=1, **options)).tables


def preferences(tables):
    text, prompt = (tables.utterances[name].to_numpy() for name in ("response", "prompt"))
    chosen, rejected = tables.pairs["chosen"], tables.pairs["rejected"]
    return [
        (asked.removesuffix("?"), better, worse, str(country))
        for asked, better, worse, country in zip(
            prompt[chosen], text[chosen], text[rejected], tables.pairs["country"], strict=True
        )
    ]


@pytest.mark.parametrize("case", FILES)
def test_a_file_is_read_by_the_name_of_its_layout(write, case):
    name = case.partition(",")[0]
    tables = read(write(rows_of(case)), name)
    validate(tables.utterances, UTTERANCES, "utterances")
    validate(tables.pairs, PAIRS, "pairs")
    found = preferences(tables)
    assert [one[1:3] for one in found] == [("good", "bad")] * PAIRS_OF.get(case, 1)
    assert {one[0] for one in found} == ({"first", "second"} if name == "community-alignment" else {"q"})
    assert tables.report.ties == TIES_OF.get(case, 0)
    if case in USERS_OF:
        assert set(tables.users["user_id"]) == USERS_OF[case]
    else:
        assert all(user.startswith("row-") for user in tables.users["user_id"])
    (file,) = tables.report.files
    assert tables.report.files[file] == tables.report.kept[file] + sum(map(len, tables.report.dropped[file].values()))
    assert tables.report.notes[0] == f"{file} is read as {ADAPTERS[name].label}: {ADAPTERS[name].note}."


def test_every_name_has_a_file_and_a_row_in_the_table_of_sources():
    assert {case.partition(",")[0] for case in FILES} == set(ADAPTERS) < set(SOURCES)
    assert all(row.reference.startswith("https://") and row.note for row in ADAPTERS.values())


@pytest.mark.parametrize(("source", "case"), [(source, case) for source, cases in PLAIN.items() for case in cases])
def test_a_plain_layout_is_read_alike_without_its_name(write, source, case):
    file = write(rows_of(case))
    named, general = read(file, case.partition(",")[0]), read(file, source)
    assert preferences(named) == preferences(general) and named.report.kept == general.report.kept
    assert named.users["user_id"].tolist() == general.users["user_id"].tolist()


@pytest.mark.parametrize("case", [case for case in FILES if ADAPTERS[case.partition(",")[0]].layouts[0].own])
def test_a_layout_of_its_own_is_recognised_by_its_columns(case):
    columns = {column for row in rows_of(case) for column in row}
    if case != "trl, unpaired":
        assert recognised(columns) == [case.partition(",")[0]]


@pytest.mark.parametrize("case", ["pku", "shp"])
def test_numbers_that_mean_opposite_sides_are_refused_with_the_name_that_knows_them(write, case):
    with pytest.raises(DataError, match=f"say which response won.*its columns are those of --source {case}$"):
        read(write(rows_of(case)), "pairs")
    opposite = read(write(rows_of(case)), case, winner="0=a,1=b" if case == "shp" else "1=a,0=b")
    assert preferences(opposite)[0][1:3] == ("bad", "good")


def test_another_column_may_be_the_verdict(write):
    safer = read(write(rows_of("pku")), "pku", mapping={"winner": "safer_response_id"})
    personal = read(write([COVAL]), "coval", mapping={"ranking": "personal_ranking"})
    assert preferences(safer)[0][1:3] == preferences(personal)[0][1:3] == ("bad", "good")


def test_turns_follow_their_number_and_the_language_is_not_the_country(write):
    tables = read(write(rows_of("community-alignment")), "community-alignment")
    assert tables.pairs["turn"].tolist() == ["0", "1"] and set(tables.pairs["country"]) == {"IND"}
    assert tables.users[["assigned_lang", "annotator_age"]].iloc[0].tolist() == ["hi", "18-34"]
    row = int(tables.pairs["chosen"].iloc[1])
    said = [one["content"] for one in conversation_messages(tables.utterances, "history")[row]]
    assert said == ["first?", "good", "second?"]
    by_language = read(write(rows_of("community-alignment")), "community-alignment", group="assigned_lang")
    assert set(by_language.pairs["country"]) == {"hi"}


def test_people_of_coval_come_from_the_file_beside_it(write, tmp_path):
    write([COVAL], "comparisons.jsonl")
    write([{"annotator_id": "w1", "demographics": {"country_of_residence": "Chile", "age": "25-34"}}],
          "annotators.jsonl")  # fmt: skip
    tables = read(tmp_path, "coval")
    assert preferences(tables) == [("q", "good", "bad", "CHL")] and tables.pairs["age"].tolist() == ["25-34"]
    (tmp_path / "annotators.jsonl").unlink()
    alone = read(tmp_path / "comparisons.jsonl", "coval")
    assert any("put annotators.jsonl of the same data set beside it" in note for note in alone.report.notes)


def test_an_answer_is_compared_after_all_that_was_said_before(write):
    more = [
        {**MESSAGE, "message_id": "again", "parent_id": "y", "text": "why?"},
        {**ANSWERS[0], "message_id": "u", "parent_id": "again", "text": "worse"},
        {**ANSWERS[1], "message_id": "v", "parent_id": "again", "text": "better"},
        {**ANSWERS[1], "message_id": "lost", "parent_id": "gone", "text": "nothing"},
    ]
    tables = read(write([*rows_of("oasst"), *more]), "oasst")
    assert preferences(tables)[1][:3] == ("why", "better", "worse")
    row = int(tables.pairs["chosen"].iloc[1])
    said = [one["content"] for one in conversation_messages(tables.utterances, "history")[row]]
    assert said == ["q?", "good", "why?"]
    assert tables.report.dropped["pairs.jsonl"] == {
        "a message of the user": [1, 4], "no message before the answer": [7],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rows", "words"),
    [
        ("coval", [{"a": 1}], "not laid out as CoVal .* prompt_id, prompt, responses, metadata; columns found: a;"),
        ("coval", [{**COVAL, "responses": "x"}], "not laid out as the set it is read as: 1 row"),
        ("multipref", [{**MULTIPREF, **dict.fromkeys(("normal_worker_annotations", "expert_worker_annotations"))}],
         "nobody judged the responses: 1 row"),
        ("label-studio", [{"data": {"prompt": "q?"}, "annotations": []}], "no two responses .*: 1 row"),
        ("summarize", [{**POST, "summaries": [{"text": "x"}], "choice": 0}], "not laid out as the set it is read as"),
        ("oasst", [{"message_tree_id": "x", "prompt": json.dumps("?")}], "not laid out as the set it is read as"),
    ],
)  # fmt: skip
def test_a_file_of_another_layout_is_refused_in_words(write, name, rows, words):
    with pytest.raises(DataError, match=words):
        read(write(rows), name)


def test_a_layout_without_a_winner_takes_none(write):
    with pytest.raises(InputError, match=r"CoVal .*leave out --winner"):
        read(write([COVAL]), "coval", winner="a=a")
