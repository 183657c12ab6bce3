"""The README says what is there: its tables, commands, options, files and links."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tables import README, commands, shown_commands, with_tables

from scpo.data.limits import LIMITS
from scpo.store.roles import load_roles

TEXT = README.read_text(encoding="utf-8")
CONTRIBUTING = README.with_name("CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_rows():
    assert with_tables(TEXT) == TEXT, "`make docs` writes them anew"


def test_every_command_shown_exists_with_its_options():
    shown, known = shown_commands(TEXT), commands()
    assert len(shown) > 10
    for words in shown:
        name = next((n for n in (" ".join(words[:2]), words[0]) if n in known), None)
        assert name is not None, words
        options = {option for one in known[name].params for option in (*one.opts, *one.secondary_opts)} | {"--debug"}
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= options, (words, given - options)


def test_the_limits_of_a_file_are_those_that_hold():
    assert f"At most {LIMITS} are read of a file" in " ".join(TEXT.split())


def test_the_roles_that_are_shown_give_what_is_said_of_them(tmp_path):
    (block,) = [one for one in re.findall(r"```toml\n(.*?)```", TEXT, re.S) if "[people]" in one]
    (tmp_path / "roles.toml").write_text(block, encoding="utf-8")
    roles = load_roles(tmp_path / "roles.toml")
    lab = next(one for one in roles.claims if one.role == "runner")
    for claims, role in (
        ({"email": "Ann@Example.org"}, "admin"),
        ({"email": "ann@example.org", "email_verified": True}, "admin"),
        ({"email": "ann@example.org", "email_verified": False}, roles.default),
        ({"email": "ann@example.org", "email_verified": False, lab.claim: ["x", lab.value]}, "runner"),
        ({lab.claim: lab.value}, "runner"),
        ({lab.claim: f"{lab.value}s"}, roles.default),
        ({lab.claim: True}, roles.default),
        ({"hd": "example.org", lab.claim: [lab.value]}, "runner"),
    ):
        assert roles.of(claims) == role, claims
    assert roles.default == "viewer" and len(roles.claims) == 2 and roles.people
    strict = roles.model_copy(update={"default": "nobody"})
    assert strict.of({"hd": "example.org"}) == "viewer" and strict.of({"hd": "example.net"}) is None
    (secrets,) = [one for one in re.findall(r"```toml\n(.*?)```", TEXT, re.S) if "[auth]" in one]
    assert {"redirect_uri", "cookie_secret", "client_id", "client_secret"} <= set(tomllib.loads(secrets)["auth"])


def test_every_command_has_help():
    assert [words for words, command in commands().items() if not command.help] == []


@pytest.mark.parametrize("text", [TEXT, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_files_and_targets_that_are_named_exist(text):
    root = README.parent
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    named = re.findall(r"`((?:scpo|dashboard|pages|tests)/[\w/.]*)`", text)
    missing = [path for path in (*links, *named) if not (root / path).exists()]
    assert links + named and missing == []
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets


def test_names_in_contributing_are_in_the_code():
    """`Scored`, `RunRequest` and other names in code style that look like classes stand in the engine."""
    classes = {
        node.name
        for path in (README.parent / "scpo").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    named = set(re.findall(r"`([A-Z][a-z]\w+)`", CONTRIBUTING))
    assert named and named <= classes, named - classes
