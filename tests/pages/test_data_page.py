"""The page Data & methods: counts, card, other communities, definitions, and the upload with its check."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from defects import DROPPED, GOOD, KEPT_WITH_NOTE, defect_file
from hand.survey import add_survey
from hand.tables import SPLIT, small_tables
from reading import check_page, words
from world import rows

from dashboard.bias import words as bias_words
from dashboard.data import charts, started, upload_files
from dashboard.data import view as data_view
from dashboard.data import words as upload_words
from dashboard.divergence import words as divergence_words
from dashboard.frame import people, sidebar
from dashboard.kit import exports, text
from dashboard.pairs import words as pairs_words
from dashboard.runs import words as runs_words
from dashboard.tradeoff import words as tradeoff_words
from dashboard.workbench import words as workbench_words
from scpo import definitions
from scpo.data.tables import LoadReport
from scpo.errors import InputError
from scpo.jobs import children
from scpo.results import check, datacard
from scpo.settings import load_settings
from scpo.store import datasets

OWN = {"part": data_view.OWN}


@pytest.fixture
def launched(monkeypatch):
    """Return the list of commands the page starts; none is carried out."""
    commands = []
    monkeypatch.setattr(children, "start", lambda store, settings, words, **about: commands.append((words, about)))
    return commands


@pytest.fixture
def open_data(open_page, store, launched):
    return lambda **query: open_page("data", store, query=query)


def register(store, name="small", n_users=60):
    tables = small_tables(n_users=n_users)
    tables.users["gender"] = ["female" if i % 2 == 0 else "male" for i in range(n_users)]
    return datasets.register(store, name, tables, source="pairs", location="a.csv", split=SPLIT, licence="CC0 *1*")


def uploaded(at, name="defects.jsonl", content=None):
    at.file_uploader[0].set_value((name, defect_file() if content is None else content, "text/plain"))
    return at.run()


def choose_rejected(at):
    (box,) = [box for box in at.selectbox if box.label.startswith("Rejected")]
    return box.select("other").run()


def table(at, heading: str) -> pd.DataFrame:
    return next(one.value for one in at.dataframe if heading in one.value)


def test_without_a_data_set_the_page_offers_the_upload(open_data):
    at = open_data()
    check_page(at)
    assert "Bring your own preferences" in words(at) and len(at.file_uploader) == 1


def test_counts_licence_split_and_limits_of_a_data_set(open_data, store):
    register(store)
    at = open_data()
    check_page(at)
    found = words(at)
    assert "Each of 2 countries has at least 10 test users" in found
    assert "CC0 *1*" in found and "stratified, 50.0\u00a0% of users for test, seed 0" in found
    assert "No row was dropped" in found and "describes the people in these data" in found
    shown = table(at, "Test users")
    assert shown[["Community", "Training users", "Test users", "Pairs"]].to_numpy().tolist() == [
        ["Chile", 10, 10, 40],
        ["South Africa", 10, 10, 40],
    ]


def test_the_real_cache_is_counted_as_its_rows_are(open_page):
    at = open_page("data", "unscored")
    check_page(at)
    assert "4 of 5 countries have at least 10 test users" in words(at)
    shown = table(at, "Test users").set_index("Community")
    lines = [row for row in rows() if row["country"] == "ISR"]
    people = {row["user_id"] for row in lines}
    counts = shown.loc["Israel", ["Training users", "Test users", "Pairs"]].tolist()
    assert counts == [len(people) / 2, len(people) / 2, len(lines)]


def test_few_test_users_are_named_in_title_and_table(open_data, store):
    register(store, n_users=30)
    at = open_data()
    assert "None of 2 countries has 10 test users" in words(at)
    assert table(at, "Too few users")["Too few users"].tolist() == ["yes", "yes"]


def test_the_definitions_have_names_formulas_and_sources(open_data):
    at = open_data(part=data_view.DEFINED)
    check_page(at)
    found = words(at)
    assert all(one.name in found for one in definitions.DEFINITIONS.values())
    assert len(at.latex) == sum(bool(one.formula) for one in definitions.DEFINITIONS.values())


def test_a_definition_is_found_by_a_word_and_by_its_section(open_data):
    at = open_data(part=data_view.DEFINED)
    sections = list(dict.fromkeys(one.section for one in definitions.DEFINITIONS.values()))
    assert [f"[{one}](#" in words(at) for one in sections] == [True] * len(sections)
    at.text_input(key="definitions_find").set_value("HOLM").run()
    check_page(at)
    names = [one.name for one in definitions.DEFINITIONS.values() if "holm" in f"{one.name} {one.plain}".lower()]
    shown = [one.name for one in definitions.DEFINITIONS.values() if f"**{one.name}**" in words(at)]
    assert 0 < len(shown) <= len(names) < len(definitions.DEFINITIONS) and set(shown) <= set(names)
    assert f"{len(shown)} of {len(definitions.DEFINITIONS)} definitions have these words" in words(at)
    at.text_input(key="definitions_find").set_value("no such word").run()
    check_page(at)
    assert f"0 of {len(definitions.DEFINITIONS)} definitions" in words(at) and len(at.latex) == 0


def test_a_chart_quotes_the_definitions():
    assert definitions.DEFINITIONS["true_country"].plain in text.how("true_country")
    pages = (bias_words, divergence_words, pairs_words, runs_words, tradeoff_words, workbench_words)
    assert not {name for page in pages for name in page.HOW} & set(definitions.DEFINITIONS)
    with pytest.raises(KeyError):
        text.how("no such thing")


def test_twelve_kinds_of_defects_are_reported_with_their_lines(open_data):
    at = choose_rejected(uploaded(open_data(**OWN)))
    check_page(at)
    dropped, lines = table(at, "Dropped because"), defect_file().decode().splitlines()
    assert dict(zip(dropped["Dropped because"], dropped["Rows"], strict=True)) == DROPPED
    place = dropped.set_index("Dropped because")["Lines"]
    assert [lines[int(n) - 1] for n in place["not a JSON object"].split(", ")] == ['["a", "list"]', "42"]
    assert all(
        '"preferred": 7.5' in lines[int(n) - 1] for n in place["text expected, other type found: preferred"].split(", ")
    )
    found = words(at)
    kept = GOOD + KEPT_WITH_NOTE
    assert f"{kept} pairs of 22 users in 5 communities; {sum(DROPPED.values())} of {len(lines)} rows dropped" in found
    assert "2 rows have no user_id" in found
    assert "pairs of several countries" in found and "preferred in both directions" in found
    assert [metric.value for metric in at.metric] == ["274", "28", "246", "0", "22", "5"]
    assert table(at, "Community")["Community"].tolist() == ["Chile", "South Africa", "Mexico", "New Zealand", "Canada"]


def test_before_the_mapping_is_whole_the_page_says_what_is_missing(open_data):
    at = uploaded(open_data(**OWN))
    check_page(at)
    assert "Choose the column of: rejected response." in words(at) and len(at.metric) == 0
    values = {box.label: box.value for box in at.selectbox}
    assert values["Prompt (needed)"] == 1 and values["User"] == 4 and values["Country"] == 5


def test_any_column_is_a_community_alone_or_combined(open_data):
    at = choose_rejected(uploaded(open_data(**OWN)))
    (box,) = [box for box in at.multiselect if box.label.startswith("Communities are")]
    assert box.value == ["country"]
    box.set_value(["gender"]).run()
    check_page(at)
    assert set(table(at, "Community")["Community"]) == {"female", "male"}


def test_a_column_with_a_comma_is_a_community_and_is_quoted_in_the_command(open_data, launched):
    lines = ['question,preferred,other,annotator,nation,"age, years"']
    lines += [f"q{i},x{i},y{i},u{i},Chile,{'old' if i % 2 else 'young'}" for i in range(24)]
    at = uploaded(open_data(**OWN), "ages.csv", "\n".join(lines).encode())
    at = choose_rejected(at)
    (box,) = [box for box in at.multiselect if box.label.startswith("Communities are")]
    box.set_value(["country", "age, years"]).run()
    check_page(at)
    assert set(table(at, "Community")["Community"]) == {"Chile / old", "Chile / young"}
    at.button(key="upload_add").click().run()
    assert '--group=country,"age, years"' in launched[0][0]


def test_a_row_of_an_unknown_country_is_dropped_and_named(open_data):
    lines = [
        "prompt,chosen,rejected,user_id,country",
        *(f"q{i},x,y,u{i},{('Chile', 'Atlantis')[i == 3]}" for i in range(9)),
    ]
    at = uploaded(open_data(**OWN), "one.csv", "\n".join(lines).encode())
    check_page(at)
    dropped = table(at, "Dropped because")
    assert dropped.to_dict("records") == [{"Dropped because": "unknown country", "Rows": 1, "Lines": "5"}]
    assert "8 pairs of 8 users in 1 community; 1 of 9 rows dropped" in words(at) and "'Atlantis'" in words(at)


def test_a_combination_without_enough_users_is_one_sentence(open_data):
    at = choose_rejected(uploaded(open_data(**OWN)))
    (box,) = [box for box in at.multiselect if box.label.startswith("Communities are")]
    box.set_value(["country", "gender"]).run()
    assert not at.exception
    assert "no community is left" in at.error[0].value


def test_adding_starts_the_command_of_the_check(open_data, launched, store):
    at = choose_rejected(uploaded(open_data(**OWN)))
    at.button(key="upload_add").click().run()
    check_page(at)
    ((command, about),) = launched
    assert command[:4] == ["data", "add", "defects", "--source=pairs"]
    assert "--map=rejected=other" in command and "--test-fraction=0.15" in command
    assert about["dataset"] == "defects" and about["expected_seconds"] > 0
    (path,) = (store.root / "uploads").glob("*/*")
    assert f"--path={path}" in command and path.read_bytes() == defect_file()


def test_a_name_typed_just_before_the_click_counts(open_data, launched, store):
    at = choose_rejected(uploaded(open_data(**OWN)))
    (box,) = [box for box in at.text_input if box.label == "Name of the data set"]
    box.set_value("mine")  # not drawn before the click
    at.button(key="upload_add").click().run()
    ((command, about),) = launched
    assert command[2] == about["dataset"] == "mine"
    register(store, "taken")
    at.button(key="upload_add").click()
    box.set_value("taken").run()
    assert len(launched) == 1


def test_a_taken_or_impossible_name_is_refused(open_data, store):
    register(store, "defects")
    at = choose_rejected(uploaded(open_data(**OWN)))
    (box,) = [box for box in at.text_input if box.label == "Name of the data set"]
    assert box.value == "defects-2"
    for wrong, why in (("defects", "already"), ("../x", "letters"), ("-x", "letters")):
        box.set_value(wrong).run()
        assert at.button(key="upload_add").disabled and why in words(at)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"prompt,chosen,rejected\nq,a\xff,b\n", "not UTF-8"),
        ("a.csv", b"", "is empty"),
        ("a.parquet", b"nothing of the kind", "is no Parquet file, though its name says so"),
        ("a.csv", b"prompt,chosen,rejected,country\nq,a,b,Atlantis\n", "'Atlantis' is not a country"),
        ("a.csv", b"prompt,chosen,rejected\nq,a,a\n", "no usable pair"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(open_data, name, content, why):
    at = uploaded(open_data(**OWN), name, content)
    assert not at.exception
    assert why in at.error[0].value.replace("\\", "") and "Its id is" not in at.error[0].value


def test_markup_in_a_file_stays_text(open_data):
    content = b"prompt,chosen,rejected,user_id,country,<b>x</b>\n**q**,<script>a,$b$,u1,Chile,*y*\n"
    at = uploaded(open_data(**OWN), content=content, name="a.csv")
    check_page(at)
    assert table(at, "prompt")["chosen"].tolist() == ["<script>a"]
    assert not any("<script>" in one.value or "<b>" in one.value.replace("\\", "") for one in at.markdown)


def test_read_only_shows_everything_and_takes_nothing(open_data, store, monkeypatch):
    register(store)
    monkeypatch.setenv("SCPO_READ_ONLY", "true")
    at = open_data(**OWN)
    check_page(at)
    assert people.READ_ONLY in words(at) and at.file_uploader[0].disabled
    at = open_data()
    assert at.button(key="regroup").disabled and "Each of 2 countries" in words(at)
    with pytest.raises(InputError, match="READ_ONLY"):
        monkeypatch.undo()
        settings = load_settings().model_copy(update={"read_only": True})
        children.start(store, settings, ["data", "list"], kind="add", dataset="x")


def test_other_communities_are_registered_under_a_proposed_name(open_data, store, launched):
    register(store)
    at = open_data()
    (box,) = [box for box in at.multiselect if box.label.startswith("Communities are")]
    box.set_value(["gender"]).run()
    at.button(key="regroup").click().run()
    check_page(at)
    ((command, about),) = launched
    assert command == ["data", "regroup", "small", "small-gender", "--group=gender"]
    assert about["kind"] == "regroup"


def test_the_country_is_combined_with_an_answer_but_not_registered_alone_again(open_data, store, launched):
    register(store)
    at = open_data()
    at.multiselect(key="regroup_columns_small").set_value(["country"]).run()
    assert at.button(key="regroup").disabled and "These are the communities it has." in words(at)
    at.multiselect(key="regroup_columns_small").set_value(["country", "gender"]).run()
    at.button(key="regroup").click().run()
    check_page(at)
    assert launched[0][0] == ["data", "regroup", "small", "small-country-gender", "--group=country,gender"]


def test_a_data_set_without_scores_offers_to_score_it(open_data, store, launched, monkeypatch):
    register(store)
    assert "train-global --data small" in words(open_data())
    monkeypatch.setattr(started, "global_models", lambda: ["rm"])
    at = open_data()
    at.button(key="score_selected").click().run()
    ((command, about),) = launched
    assert command == ["score", "--data=small", "--model=rm"]
    assert (about["kind"], about["dataset"], about["model"]) == ("score", "small", "rm")


def test_where_turns_have_a_conversation_before_them_a_model_may_read_it(open_data, store, launched, monkeypatch):
    monkeypatch.setattr("dashboard.data.started.global_models", lambda: ["rm"])
    register(store)
    at = open_data(part=data_view.DATA_SET)
    assert not [one for one in at.button_group if one.key == "score_reads_selected"]
    tables = small_tables(n_users=12)
    tables.utterances["turn"] = pd.Series([0, 0, 1, 1] * 12, dtype="Int32")
    datasets.register(store, "talks", tables, source="pairs", location="a.csv", split=SPLIT, licence="CC0")
    at = open_data(part=data_view.DATA_SET, data="talks")
    at.button_group(key="score_reads_selected").set_value("The conversation before it").run()
    at.button(key="score_selected").click().run()
    ((command, about),) = launched
    assert command == ["score", "--data=talks", "--model=rm (history)"] and about["model"] == "rm (history)"


def test_a_registered_upload_is_deleted_and_used(open_data, store):
    upload = upload_files.keep(store, "a.csv", memoryview(b"x"))
    began = datetime.now(UTC) - timedelta(seconds=5)
    child = children.Child(
        child_id="c1", kind="add", dataset="small", words=["data", "add", "small", f"--path={upload.path}"],
        started_at=began.isoformat(timespec="seconds"), pid=2**22 + 1, pid_started=began.timestamp(),
    )  # fmt: skip
    (store.root / "children").mkdir()
    (store.root / "children" / "c1.json").write_text(child.model_dump_json())
    register(store, "another")
    at = open_data()
    assert "ended without a word" in words(at) and upload.path.is_file()
    register(store)
    at.run()
    check_page(at)
    assert "small is registered: 120 pairs, 2 communities." in words(at) and not upload.path.is_file()
    at.button(key="use_c1").click().run()
    check_page(at)
    assert at.session_state[sidebar.DATASET] == "small" and "is registered" not in words(at)


def test_a_child_runs_ends_and_leaves_its_words(store):
    child = children.start(
        store, load_settings(), ["data", "show", "nothing"], kind="add", dataset="x", expected_seconds=9
    )
    with pytest.raises(InputError, match="under way already"):
        children.start(store, load_settings(), ["data", "list"], kind="add", dataset="x")
    until = time.time() + 30
    while child.alive and time.time() < until:
        time.sleep(0.1)
    assert not child.alive and children.last_words(store, child).startswith("no data set named nothing")
    assert [one.child_id for one in children.children(store)] == [child.child_id]
    children.forget(store, child)
    assert children.children(store) == []


@pytest.mark.parametrize("in_background", [False, True])
def test_a_child_is_cancelled(store, in_background):
    """A dashboard that a script starts in the background ignores Ctrl-C's signal, and so do its children."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_background else signal.getsignal(signal.SIGINT)
    try:
        words = ["worker", "--until-idle", "60"]
        child = children.start(store, load_settings(), words, kind="add", dataset="x")
    finally:
        signal.signal(signal.SIGINT, before)
    children.cancel(child)
    until = time.time() + 30
    while child.alive and time.time() < until:
        time.sleep(0.1)
    assert not child.alive


def test_how_far_never_says_all():
    child = children.Child(
        child_id="c", kind="add", dataset="x", words=[], started_at="", expected_seconds=10, pid=1,
        pid_started=0,
    )  # fmt: skip
    assert started.how_far(child, 5) == (0.5, "since 5 s, about 5 s left")
    assert started.how_far(child, 100) == (0.95, "since 2 min, almost done")
    assert started.how_far(child.model_copy(update={"expected_seconds": None}), 5) == (0.0, "since 5 s")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\x y;rm -rf.JSONL", "x_y_rm_-rf.jsonl"),
        ("..csv", "upload.csv"),
        ("ä" * 300 + ".parquet", "upload.parquet"),
    ],
)
def test_the_name_of_an_upload_is_not_trusted(store, name, safe):
    assert upload_files.safe_name(name) == safe
    kept = upload_files.keep(store, name, memoryview(b"x"))
    assert kept.path.parent.parent == store.root / "uploads" and kept.path.read_bytes() == b"x"


def test_other_types_and_too_large_files_are_refused(store, monkeypatch):
    with pytest.raises(InputError, match=r"\.csv, \.tsv"):
        upload_files.safe_name("a.exe")
    monkeypatch.setattr(upload_files, "MOST_BYTES", 2**20)
    with pytest.raises(InputError, match="larger than 1 MB"):
        upload_files.keep(store, "a.csv", memoryview(b"x" * (2**20 + 1)))


def test_old_uploads_are_removed(store, monkeypatch):
    old = upload_files.keep(store, "a.csv", memoryview(b"x"))
    monkeypatch.setattr(upload_files, "KEPT_SECONDS", -1)
    new = upload_files.keep(store, "a.csv", memoryview(b"x"))
    assert not old.path.exists() and new.path.exists()


def test_the_verdict_about_test_users_rounds_as_the_split():
    assert upload_words.verdicts({"A": 64, "B": 63}, 0.15) == (
        "With 15\u00a0% for test, 1 of 2 communities would have 10 test users; that takes 64 users of a community."
    )


def test_long_lists_of_lines_are_cut_with_their_number():
    report = LoadReport(dropped={"a.csv": {"x": list(range(1, 1001)), "y": [3]}})
    assert check.dropped_table(report)[["reason", "n", "lines"]].to_numpy().tolist() == [
        ["x", 1000, "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 988 more"],
        ["y", 1, "3"],
    ]


def test_the_card_holds_counts_licence_reasons_and_escapes_names(store):
    tables = small_tables(n_users=60, origin=("a|b", "*c*", None))
    tables.report.dropped = {"a.csv": {"missing prompt": [4, 9]}}
    info = datasets.register(
        store, "small", tables, source="pairs", location="a.csv", split=SPLIT, licence="CC0", group="g"
    )
    card = datacard.data_card(info, datacard.community_counts(store, "small"))
    assert "| a\\|b | 20 | 10 | 10 | 40 | 20 | 20 |  |" in card and "\\*c\\*" in card
    assert "| a.csv | missing prompt | 2 | 4, 9 |" in card and "| Licence | CC0 |" in card
    assert info.sha256["pairs"] in card and "not a nation" in card


@pytest.mark.parametrize("n_users", [12, 60, 3000])
def test_the_chart_becomes_a_picture(store, n_users):
    register(store, n_users=n_users)
    chart = charts.counts_chart(datacard.community_counts(store, "small"), dark=False)
    spec = exports.figure_spec(chart, title="T", subtitle="S", caption="C", size="Column (3.3 in)")
    assert exports.render(spec, "svg").startswith(b"<svg")


def test_a_file_with_a_winner_is_recognised_and_its_ties_are_counted(open_data):
    lines = ["question,response_a,response_b,winner,annotator,country"]
    lines += [f"q{i},x{i},y{i},{('a', 'b', 'tie')[i % 3]},u{i % 4},Chile" for i in range(12)]
    at = uploaded(open_data(**OWN), name="arena.csv", content="\n".join(lines).encode())
    check_page(at)
    assert {box.label: box.value for box in at.selectbox}["Winner (needed)"] == 4
    assert "8 pairs of 4 users in 1 community; 4 of 12 rows dropped" in words(at)
    assert [metric.value for metric in at.metric][3] == "4"


def test_a_survey_counts_questions_and_never_users(open_data, store):
    info = add_survey(store)
    at = open_data()
    check_page(at)
    found = words(at)
    assert "None of 5 countries has 10 test questions" in found
    assert "25.0\u00a0% of questions for test" in found and "Questions with pairs of 5 countries" in found
    assert "each question counts as one user" in found and "no persons" in found
    shown = table(at, "Test questions")
    assert shown["Questions"].tolist() == [12, 12, 12, 12, 4]
    assert "12 questions · 48 utterances" in found and "of residence" not in found
    assert not any("sers" in column for frame in at.dataframe for column in frame.value.columns)
    card = datacard.data_card(info, datacard.community_counts(store, "answers"))
    assert "| Test questions |" in card and "Test users" not in card and "% of questions for test" in card


def test_the_sidebar_counts_questions_of_a_survey(open_data, store):
    add_survey(store)
    at = open_data()
    counts = "Australia 12 · Chile 12 · Israel 4 · New Zealand 12 · South Africa 12 questions"
    assert counts in words(at)
