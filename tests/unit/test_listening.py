"""Where a dashboard listens, and who may then see it."""

import sys

import pytest

from scpo.cli import listening, serve
from scpo.cli.listening import access, is_local
from scpo.cli.main import main
from scpo.errors import InputError

LOGIN = """
[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "0123456789abcdef"
client_id = "scpo"
client_secret = "hush"
server_metadata_url = "https://id.example.org/.well-known/openid-configuration"
"""


@pytest.fixture(autouse=True)
def no_login_set_up(monkeypatch, tmp_path):
    monkeypatch.setattr(listening, "PROJECT_ROOT", tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(listening, "find_spec", lambda name: object())


@pytest.fixture
def secrets(tmp_path):
    """Return a function that writes a file of secrets."""

    def write(text=LOGIN, address="https://scpo.example.org"):
        path = tmp_path / "own.toml"
        path.write_text(text.replace("{address}", address), encoding="utf-8")
        return path

    return write


def ask(host, *, no_login=False, read_only=False, secrets=None):
    return access(host, no_login=no_login, read_only=read_only, secrets=secrets)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_on_this_machine_nobody_logs_in(host):
    assert is_local(host) and ask(host) == (False, ())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "scpo.example.org", "localhost.example.org", "1"])
def test_what_others_reach_is_refused_without_a_login(host):
    with pytest.raises(InputError, match=r"no login is set up: write \[auth\] into .*secrets.toml"):
        ask(host)


@pytest.mark.parametrize(("read_only", "may"), [(False, "start, stop and remove work"), (True, "data and results")])
def test_without_a_login_it_says_what_everybody_may_do(read_only, may):
    found = ask("0.0.0.0", no_login=True, read_only=read_only)
    assert not found.login and found.follows[0].endswith(f"{may}.")


def test_with_a_login_it_starts_and_says_what_is_not_encrypted(secrets):
    assert ask("0.0.0.0", secrets=secrets()).login
    assert len(ask("0.0.0.0", secrets=secrets()).follows) == 1
    assert "unencrypted" in ask("0.0.0.0", secrets=secrets(address="http://here")).follows[1]
    assert ask("localhost", secrets=secrets(address="http://here")).login
    assert not ask("0.0.0.0", secrets=secrets(), no_login=True).login


def test_a_login_is_found_where_streamlit_looks_for_it(tmp_path):
    folder = tmp_path / "dashboard" / ".streamlit"
    folder.mkdir(parents=True)
    (folder / "secrets.toml").write_text(LOGIN, encoding="utf-8")
    assert ask("0.0.0.0").login


def test_providers_with_names_are_a_login(secrets):
    head, rest = LOGIN.split("client_id")
    assert ask("0.0.0.0", secrets=secrets(f"{head}\n[auth.lab]\nclient_id{rest}")).login


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", r"has no section \[auth\]"),
        ("auth = 1", "is no section"),
        ("[auth", "is no TOML file"),
        ("[auth]\nclient_id = 'x'", "lacks redirect_uri, cookie_secret, client_secret, server_metadata_url"),
        (LOGIN.replace("0123456789abcdef", "short"), "cookie_secret of .* is shorter than 16 characters"),
        (LOGIN.replace('client_secret = "hush"', ""), "lacks client_secret"),
    ],
)
def test_a_login_that_cannot_work_is_refused_with_what_is_missing(secrets, text, why):
    with pytest.raises(InputError, match=why) as error:
        ask("localhost", secrets=secrets(text))
    assert "hush" not in str(error.value)


def test_a_login_needs_its_extra(secrets, monkeypatch):
    monkeypatch.setattr(listening, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'scpo\[login\]'"):
        ask("0.0.0.0", secrets=secrets())


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """Return a function that runs a command until its server would start: exit code, stderr, settings of servers."""
    started = []
    monkeypatch.setenv("SCPO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(serve, "start_dashboard", lambda port, host, settings, **_: started.append(settings))
    monkeypatch.setattr(serve, "wait_for", lambda _: 0)
    monkeypatch.setattr(serve, "start_demo_work", lambda _: None)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["scpo", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, capsys.readouterr().err, started

    return run


@pytest.mark.parametrize("name", ["dashboard", "demo"])
def test_the_commands_refuse_and_start_nothing(command, name):
    code, said, started = command(name, "--host", "0.0.0.0")
    assert code == 2 and "no login is set up" in said and not started


@pytest.mark.parametrize("name", ["dashboard", "demo"])
def test_the_commands_say_what_follows_from_no_login(command, name):
    code, said, started = command(name, "--host", "0.0.0.0", "--no-login")
    assert code == 0 and "Without a login everybody who reaches 0.0.0.0" in said and not started[0].login


def test_it_says_how_many_have_a_role_and_refuses_a_broken_roles_file(command, secrets, tmp_path):
    roles, login = tmp_path / "who.toml", ("dashboard", "--host", "0.0.0.0", "--secrets", str(secrets()))
    assert "nobody may start or remove anything" in " ".join(command(*login)[1].split())
    roles.write_text('default = "nobody"\n[people]\n"a@b" = "admin"\n', encoding="utf-8")
    said = " ".join(command(*login, "--roles", str(roles))[1].split())
    assert "names 1 person and 0 claims with a role; all others who log in see nothing." in said
    code, said, started = command(*login, "--roles", str(tmp_path / "absent.toml"))
    assert code == 2 and "there is no file" in said and [one.roles for one in started] == [None, roles]
    roles.write_text("default = 1", encoding="utf-8")
    assert command(*login, "--roles", str(roles))[0] == 2


def test_the_server_is_told_that_people_log_in(command, secrets):
    code, said, started = command("dashboard", "--host", "0.0.0.0", "--secrets", str(secrets()))
    assert code == 0 and "People log in first" in said and started[0].login
