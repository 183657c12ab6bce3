"""Who has which role, and the lines that are kept of what people ask for."""

import json
import threading

import pytest

from scpo.errors import InputError
from scpo.store import audit
from scpo.store.cache import Store
from scpo.store.roles import MAY, Roles, load_roles

FILE = """
default = "viewer"

[people]
"Ann@Example.org" = "admin"
"bob@example.org" = "runner"

[[claims]]
claim = "groups"
value = "lab"
role = "runner"
"""


@pytest.fixture
def roles(tmp_path):
    path = tmp_path / "roles.toml"
    path.write_text(FILE, encoding="utf-8")
    return load_roles(path)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"email": "ann@example.org"}, "admin"),
        ({"email": "BOB@EXAMPLE.ORG", "email_verified": True}, "runner"),
        ({"email": "ann@example.org", "email_verified": False}, "viewer"),
        ({"email": "ann@example.org.evil.net"}, "viewer"),
        ({"email": "eve@example.org"}, "viewer"),
        ({}, "viewer"),
        ({"email": None, "sub": "ann@example.org"}, "viewer"),
        ({"groups": ["lab", "all"]}, "runner"),
        ({"groups": "lab"}, "runner"),
        ({"groups": "laboratory"}, "viewer"),
        ({"groups": ["laboratory"]}, "viewer"),
        ({"email": "ann@example.org", "groups": ["lab"]}, "admin"),
    ],
)
def test_a_login_gives_the_highest_role_it_has_a_right_to(roles, claims, role):
    assert roles.of(claims) == role


def test_where_nobody_is_the_default_who_is_not_named_sees_nothing():
    assert Roles(default="nobody", people={"a@b": "viewer"}).of({"email": "c@d"}) is None
    assert Roles(default="nobody", people={"a@b": "viewer"}).of({"email": "a@b"}) == "viewer"
    assert Roles(default="nobody", people={"": "admin"}).of({}) is None


def test_without_a_file_everybody_who_logs_in_looks(tmp_path):
    assert load_roles(tmp_path / "absent.toml").of({"email": "ann@example.org"}) == "viewer"


def test_a_change_of_the_file_counts_at_once(tmp_path):
    path = tmp_path / "roles.toml"
    for role in ("admin", "viewer", "runner"):
        path.write_text(f'[people]\n"a@b" = "{role}"\n', encoding="utf-8")
        assert load_roles(path).of({"email": "a@b"}) == role


@pytest.mark.parametrize(
    "text", ["[people", 'default = "boss"', '[people]\n"a@b" = "owner"', "admins = ['a']", "[[claims]]\nclaim = 'x'"]
)
def test_a_broken_file_gives_nobody_a_role(tmp_path, text):
    path = tmp_path / "roles.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"roles\.toml"):
        load_roles(path)


def test_each_role_may_what_the_one_below_may():
    assert MAY["viewer"] < MAY["runner"] < MAY["admin"]


def test_lines_are_kept_in_order_whole_and_without_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "planted-value")
    store = Store(tmp_path / "cache")
    assert audit.read_lines(store, 10) == ([], 0)

    def write(number):
        for _ in range(20):
            audit.write_line(
                store, who=f"p{number}\n", role="runner", what="start", about="x planted-value " * 50, allowed=True
            )

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    audit.write_line(store, who="last", role="viewer", what="remove", about="r1", allowed=False)
    text = (store.root / audit.FILE).read_text()
    assert len([json.loads(line) for line in text.splitlines()]) == 81 and "planted-value" not in text
    found, broken = audit.read_lines(store, 3)
    assert [line.who for line in found] == ["last", *[line.who for line in found[1:]]] and len(found) == 3
    assert (found[0].allowed, found[0].what, broken) == (False, "remove", 0)
    with (store.root / audit.FILE).open("a") as file:
        file.write("no line\n")
    assert audit.read_lines(store, 2)[1] == 1
