"""Hostile values for every option of every command and every field of a study file: one line and exit code 2.

Commands, options and fields are taken from the command line and the models themselves, so a new one is tried here too.
Nothing is replaced: what would take long does not start, because the data set or the model is not there, nothing may be
written, or the port is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer
from world import copy_of

from scpo.cli.main import app
from scpo.config import LoraConfig, TrainingConfig
from scpo.store.studies import MoreSettings, StudyFile

HOSTILE = [
    "", " ", "inf", "-inf", "nan", "-1", "0", "1e309", "1e-400", str(10**30), "9" * 5000, "0x10", "x" * 300, "é" * 200,
    "a\nb", "a\rb\tc", "../..", "/", ".", "~", "<b>x</b>", "\x1b[2J", "日本\u202e", "\udcff", "%s{0}", "=", ",", '"',
    "run:", "run:../..", "hub:", "hub:../..@x", "a/b", "a/b@\n", "a/b@../../x", "/dev/null", "study-../..", "[]",
]  # fmt: skip

IN_TOML = [
    "inf", "-inf", "nan", "-1", "0", "1.5", "1e-320", "1e308", str(10**30), "9" * 5000, "true", "[]", "[[]]", "[{}]",
    "[1, 'a']", "[inf]", "[nan]", "[-1]", "[0]", "[1e308]", f"[{10**30}]", f"[{', '.join(map(str, range(2000)))}]",
    "{}", "{a = 1}", "''", "'x'", "'auto'", "['']", "['x']", "['full']", f"['{'x' * 300}']", "['a\\b']", '["\\n"]',
    '["\\u0000"]', '["\\u202e"]', "['<b>x</b>']", "['../..']", "1979-05-27", "[1979-05-27T07:32:00Z]",
    "[{methods = ['full']}]",
]  # fmt: skip

ON = {"--data": "tastes", "--model": "rm"}
NO_MODEL = {"--data": "tastes", "--model": "/absent"}
BESIDE: dict[str, dict[str, str | None]] = {
    **dict.fromkeys(("frontier", "bias", "preview", "divergence", "behaviour"), ON),
    "check": {"name": "efficiency", **ON},
    "compare": {"sides": "global", **ON},
    "opinions": {"--data": "views", "--model": "rm"},
    "score": NO_MODEL,
    "run": {**NO_MODEL, "--country": "CHL"},
    "study": {**NO_MODEL, "--here": None},
    "bench": {"what": "training", **NO_MODEL},
    "model add": {"ref": "/absent", "--for": "CHL"},
    "model train-global": {"--data": "tastes", "--name": "new", "--backbone": "/absent"},
    "dashboard": {"--port": "0"},
    "demo": {"--port": "0"},
    "worker": {"--launcher": "none"},
}
"""What stands beside a hostile value; of other commands the required options and arguments, with ``none``."""

READS = {"bench", "frontier", "bias", "preview", "divergence", "behaviour", "check", "compare", "opinions"}
"""Commands that read a whole data set, where nothing may be written: each option gets a third of the values."""

NOT_TRIED = {"demo-work", "work-on"}
"""Starts the demo's work, and takes no value; carries out what the worker hands over."""

Command = Any  # of the click that typer brings along
Ended = tuple[int, str, str]


def leaves(group: Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Command]]:
    """List the commands that do something, by their words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, (*path, name))
        elif name not in NOT_TRIED:
            yield " ".join((*path, name)), command


COMMANDS = dict(leaves(typer.main.get_command(app)))


def calls(words: str) -> Iterator[list[str]]:
    """List calls of a command in which one option or argument is hostile; one that takes no value is given once."""
    for place, tried in enumerate(COMMANDS[words].params):
        if tried.name in ("help", "json"):
            continue
        values = HOSTILE[place % 3 :: 3] if words in READS else HOSTILE
        for value in [None] if getattr(tried, "is_flag", False) else values:
            yield call_with(words, tried, value)


def call_with(words: str, tried: Any, value: str | None) -> list[str]:
    given, found = dict(BESIDE.get(words, {})), words.split()
    for parameter in COMMANDS[words].params:
        is_argument = parameter.param_type_name == "argument"
        keys = {parameter.name} if is_argument else set(parameter.opts)
        own = [given.pop(key) for key in keys & set(given)]
        if parameter is not tried and not own and not parameter.required:
            continue
        text = value if parameter is tried else own[0] if own else "none"
        found += [] if is_argument else [parameter.opts[0]]
        found += [] if text is None else [text]
    assert not given, f"{words} has no {', '.join(given)}"
    return found


@pytest.fixture(scope="module")
def cache(world_folder, tmp_path_factory):
    return copy_of(world_folder, "one", tmp_path_factory.mktemp("hostile") / "cache")


@pytest.fixture
def cache_root(cache):
    return cache.root


def fault(ended: Ended) -> str | None:
    """Say what is wrong with how a command ended; None if nothing is."""
    code, out, err = ended
    if "Traceback" in err or "unexpected" in err:
        return "unexpected"
    if code == 0:
        return None
    if code != 2:
        return f"exit code {code}"
    if out or err.count("\n") != 1 or not err.startswith("scpo: "):
        return "not one line on stderr"
    return None if err[:-1].isprintable() else "a line with control characters"


def outside(path) -> set[str]:
    """List what lies beside a cache, where no command has anything to write."""
    return {str(one) for one in path.parent.rglob("*") if path not in (one, *one.parents)}


@pytest.mark.parametrize("words", COMMANDS)
def test_a_hostile_value_is_refused_in_one_line(scpo, cache_root, words, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    before = outside(cache_root)
    faults = []
    if words in READS:
        monkeypatch.setenv("SCPO_READ_ONLY", "1")
    for call in calls(words):
        ended = scpo(*call)
        if (wrong := fault(ended)) is not None:
            faults.append((wrong, call, ended))
    assert not faults
    assert outside(cache_root) == before and not list(tmp_path.iterdir())


def fields() -> Iterator[Callable[[str], str]]:
    """List the fields of a study file, each as a file in which it has a given value; and one that does not exist."""
    for name in (*StudyFile.model_fields, "other"):
        yield lambda value, name=name: f"{name} = {value}"
    for table, kind in (("training", TrainingConfig), ("training.lora", LoraConfig)):
        for name in (*kind.model_fields, "other"):
            yield lambda value, table=table, name=name: f"[{table}]\n{name} = {value}"
    for name in (*MoreSettings.model_fields, "other"):
        methods = "" if name == "methods" else "methods = ['full'], "
        yield lambda value, name=name, methods=methods: f"more = [{{{methods}{name} = {value}}}]"


STUDY = ("study", "--data", "none", "--model", "/absent", "--here", "--config")


@pytest.mark.parametrize("written", [*fields()])
def test_a_hostile_value_in_a_study_file_is_refused_in_one_line(scpo, written, tmp_path):
    file = tmp_path / "study.toml"
    faults = []
    for value in IN_TOML:
        file.write_text(written(value), encoding="utf-8")
        ended = scpo(*STUDY, file)
        if (wrong := fault(ended)) is not None or ended[0] == 0:
            faults.append((wrong, written(value)[:80], ended))
    assert not faults


@pytest.mark.parametrize("text", [b"\xff\xfe", b"\x00", b"[" * 100_000, b"a=" + b"[" * 100_000, b"a" * 1_000_000])
def test_a_study_file_that_is_none_is_refused_in_one_line(scpo, text, tmp_path):
    file = tmp_path / "study.toml"
    file.write_bytes(text)
    ended = scpo(*STUDY, file)
    assert ended[0] == 2 and fault(ended) is None


def test_every_command_and_every_field_is_tried():
    assert len(COMMANDS) >= 40 and sum(1 for words in COMMANDS for _ in calls(words)) > 5000
    assert len(list(fields())) > 30
