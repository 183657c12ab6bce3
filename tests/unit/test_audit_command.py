"""`scpo audit` prints what people asked for, newest first; commands that do more than look have their line in it."""

import json
import os

import psutil
import pytest
import typer.main
from hand import runs
from read_only import read_only
from typer.testing import CliRunner

from scpo.cli.asked import ACTIONS
from scpo.cli.main import app
from scpo.errors import InputError
from scpo.jobs import children, detached
from scpo.settings import Settings
from scpo.store import audit
from scpo.store.cache import Store

LOOKS = {
    "data list", "data show", "data check", "model list", "model show", "runs", "show", "frontier", "bias", "compare",
    "behaviour", "divergence", "stars list", "cache verify", "audit", "doctor", "bench",
}  # fmt: skip
"""Commands that start, change and take away nothing."""

CARRIES_OUT = {"worker", "work-on", "demo", "demo-work", "dashboard"}
"""Commands that do what was asked by others, or let others ask."""

OWN = {"stars note", "stars move", "stars remove"}
"""Commands that change what everybody may: stars, as on the pages."""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(tmp_path / "cache"))
    return Store(tmp_path / "cache")


def scpo(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def asked(store):
    """What the lines say, oldest first: kind of action and command."""
    lines, broken = audit.read_lines(store, 100)
    assert not broken and all(
        (line.who, line.via, line.allowed) == (psutil.Process().username(), "command line", True) for line in lines
    )
    return [(line.what, line.about) for line in reversed(lines)]


def test_the_audit_is_printed_newest_first(cache):
    assert scpo("audit", "--json").output == "[]\n"
    for number, allowed in enumerate([True, False, True]):
        audit.write_line(cache, who="ann", role="admin", what="remove", about=f"run {number}", allowed=allowed)
    scpo("cache", "repair")
    lines = json.loads(scpo("audit", "--last", "3", "--json").output)
    assert [(line["about"], line["allowed"], line["via"]) for line in lines] == [
        ("scpo cache repair", True, "command line"), ("run 2", True, "page"), ("run 1", False, "page"),
    ]  # fmt: skip
    shown = scpo("audit").output
    assert shown.index("command line") < shown.index("run 2") < shown.index("run 0") and "no" in shown


def test_a_line_of_the_version_before_is_one_of_a_page(cache):
    cache.root.mkdir()
    before = {"at": "2026-01-01T00:00:00+00:00", "who": "ann", "role": "admin", "what": "start", "about": "x"}
    (cache.root / audit.FILE).write_text(json.dumps(before | {"allowed": True}) + "\n")
    assert json.loads(scpo("audit", "--json").output)[0]["via"] == "page"


def test_every_command_has_its_line_or_only_looks():
    found = set()

    def walk(words, command):
        for name, child in getattr(command, "commands", {}).items():
            walk([*words, name], child)
        if not hasattr(command, "commands"):
            found.add(" ".join(words))

    walk([], typer.main.get_command(app))
    assert found == LOOKS | CARRIES_OUT | OWN | set(ACTIONS)
    assert len(found) == len(LOOKS) + len(CARRIES_OUT) + len(OWN) + len(ACTIONS)


def test_what_a_command_does_is_written_down(cache, tmp_path):
    pairs = tmp_path / "my pairs.csv"
    pairs.write_text("prompt,chosen,rejected,country\n" + "".join(f"p{n},good,bad,Chile\n" for n in range(8)))
    add = ("data", "add", "mine", "--source", "pairs", "--path", pairs)
    assert scpo(*add).exit_code == 0
    run, other = runs.asked(cache, seed=1), runs.asked(cache, seed=2)
    for words in (["cancel", run.run_id], ["rm", run.run_id], ["data", "rm", "mine"], ["cache", "gc", "--yes"]):
        assert scpo(*words).exit_code == 0, words
    for words in (["export", other.run_id, tmp_path / "model"], ["model", "add", "nowhere/at all", "--for", "Chile"]):
        assert isinstance(scpo(*words).exception, InputError), words
    assert asked(cache) == [
        ("upload", f"scpo data add mine --source pairs --path '{pairs}'"),
        ("cancel", f"scpo cancel {run.run_id}"),
        ("remove", f"scpo rm {run.run_id}"),
        ("remove", "scpo data rm mine"),
        ("gc", "scpo cache gc --yes"),
        ("export", f"scpo export {other.run_id} {tmp_path}/model"),
        ("upload", "scpo model add 'nowhere/at all' --for Chile"),
    ]


def test_commands_that_look_write_nothing(cache):
    run = runs.asked(cache)
    for words in (["runs"], ["show", run.run_id], ["data", "list"], ["cache", "verify"], ["cache", "gc"], ["audit"]):
        assert scpo(*words).exit_code == 0, words
    scpo("cancel", "--help"), scpo("cancel")
    assert not (cache.root / audit.FILE).exists()


def test_a_backup_brings_its_lines_back_before_that_of_the_restore(cache, tmp_path, monkeypatch):
    runs.asked(cache)
    scpo("cache", "backup", tmp_path / "all.tar")
    monkeypatch.setenv("SCPO_CACHE_DIR", str(tmp_path / "other"))
    found = scpo("cache", "restore", tmp_path / "all.tar")
    assert found.exit_code == 0, found.output
    assert [what for what, _ in asked(Store(tmp_path / "other"))] == ["export", "restore"]
    assert "holds a cache already" in str(scpo("cache", "restore", tmp_path / "all.tar").exception)


def test_a_page_writes_the_line_of_what_it_starts_and_the_command_none(cache, monkeypatch):
    given = {}

    class Started:
        pid = os.getpid()

    monkeypatch.setattr(detached, "start", lambda command, log, environment: given.update(environment) or Started())
    children.start(cache, Settings(), ["cache", "repair"], kind="add", dataset="x")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert scpo("cache", "repair").exit_code == 0
    assert asked(cache) == []


def test_where_the_line_cannot_be_written_the_command_goes_on_and_says_so(cache):
    run = runs.asked(cache)
    (cache.root / audit.FILE).mkdir()
    found = scpo("cancel", run.run_id)
    assert found.exit_code == 0 and "this command is not in the audit" in found.output
    assert json.loads(scpo("show", run.run_id, "--json").output)["status"] == "cancelled"


def test_a_cache_that_cannot_be_written_breaks_no_command(cache, tmp_path):
    runs.asked(cache)
    with read_only(cache.root):
        found = scpo("cache", "backup", tmp_path / "all.tar")
    assert found.exit_code == 0, found.output
    assert (tmp_path / "all.tar").is_file() and not (cache.root / audit.FILE).exists()


def test_a_line_separator_or_a_control_character_in_a_command_breaks_neither_the_line_nor_the_screen(cache):
    audit.write_line(cache, who="ann", role="admin", what="remove", about="a\u2028b\x1b[2Jc", allowed=True)
    assert [line.about for line in audit.read_lines(cache, 9)[0]] == ["a\u2028b\x1b[2Jc"]
    assert "a\\u2028b\\x1b[2Jc" in scpo("audit").output
