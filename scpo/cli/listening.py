"""Who may reach a dashboard: this machine only, people who log in, or everybody, if that is said aloud."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from scpo.errors import InputError
from scpo.settings import PROJECT_ROOT, Settings
from scpo.store.roles import load_roles
from scpo.words import counted

PROVIDER_NEEDS = ("client_id", "client_secret", "server_metadata_url")
LEAST_COOKIE_SECRET = 16
"""Characters: who guesses it can write a login of their own."""


class Access(NamedTuple):
    """Who may see a dashboard."""

    login: bool
    """Whether people log in before they see anything."""

    follows: tuple[str, ...]
    """What follows from it, in sentences."""


def secrets_files(given: Path | None) -> list[Path]:
    """Return where Streamlit looks for ``secrets.toml``: later files win."""
    folders = (Path.home(), PROJECT_ROOT / "dashboard")
    return [given] if given is not None else [folder / ".streamlit" / "secrets.toml" for folder in folders]


def is_local(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def access(host: str, *, no_login: bool, read_only: bool, secrets: Path | None) -> Access:
    """Say who may see a dashboard that listens at an address, and what follows.

    Parameters
    ----------
    no_login : bool
        Nobody logs in, also where a login is set up.
    read_only : bool
        Nothing can be started or changed.
    secrets : Path or None
        File with the login; None: where Streamlit looks for it.

    Raises
    ------
    InputError
        If others than this machine reach it and there is neither a login nor `no_login`, or the login is incomplete.
    """
    files = secrets_files(secrets)
    login = None if no_login else _login(files, given=secrets is not None)
    may = "see all data and results" if read_only else "see all data and results, and start, stop and remove work"
    if login is None and is_local(host):
        return Access(False, ())
    if login is None and not no_login:
        raise InputError(
            f"others can reach {host}, and no login is set up: write [auth] into {files[-1]} (the README says how), "
            f"or give --no-login, and then everybody who reaches {host} may {may}"
        )
    if login is None:
        follows = [] if is_local(host) else [f"Without a login everybody who reaches {host} may {may}."]
        return Access(False, tuple(follows))
    follows = ["People log in first."]
    address = str(login["redirect_uri"])
    if not is_local(host) and address.startswith("http:"):
        follows.append(f"Logins travel unencrypted to {address}: put it behind HTTPS.")
    return Access(True, tuple(follows))


def roles_words(settings: Settings) -> list[str]:
    """Say who may do what once people log in.

    Raises
    ------
    InputError
        If the roles file is broken, or was named and is not there.
    """
    path = settings.roles_file
    if settings.roles is not None and not path.is_file():
        raise InputError(f"there is no file {path}: --roles names the file that says who may do what")
    found = load_roles(path)
    rest = "see nothing" if found.default == "nobody" else f"are {found.default}s"
    if settings.read_only:
        return ["Read-only: everybody may look and nothing more."]
    if not path.is_file():
        return [f"There is no {path}: everybody who logs in may look, and nobody may start or remove anything."]
    named = f"{counted(len(found.people), 'person', 'people')} and {counted(len(found.claims), 'claim')} with a role"
    return [f"{path} names {named}; all others who log in {rest}."]


def _login(files: list[Path], *, given: bool) -> Mapping[str, Any] | None:
    """Read ``[auth]`` and see whether it can work; None if there is none."""
    found: dict[str, Any] = {}
    for path in files:
        if given and not path.is_file():
            raise InputError(f"there is no file {path}: --secrets names the file with [auth]")
        if path.is_file():
            try:
                found |= tomllib.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise InputError(f"{path} is no TOML file: {error}") from error
    auth = found.get("auth")
    if auth is None:
        if given:
            raise InputError(f"{files[0]} has no section [auth]: the README says what stands in it")
        return None
    where = f"[auth] in {' and '.join(str(path) for path in files if path.is_file())}"
    if not isinstance(auth, dict):
        raise InputError(f"{where} is no section: the README says what stands in it")
    providers = [one for one in auth.values() if isinstance(one, dict) and "client_id" in one] or [auth]
    missing = [name for name in ("redirect_uri", "cookie_secret") if not auth.get(name)]
    missing += sorted({name for one in providers for name in PROVIDER_NEEDS if not one.get(name)})
    if missing:
        raise InputError(f"{where} lacks {', '.join(missing)}: without them nobody can log in")
    if len(str(auth["cookie_secret"])) < LEAST_COOKIE_SECRET:
        raise InputError(
            f"cookie_secret of {where} is shorter than {LEAST_COOKIE_SECRET} characters: who guesses it is anybody; "
            "take one from python -c 'import secrets; print(secrets.token_hex())'"
        )
    if find_spec("authlib") is None:
        raise InputError("a login needs its extra: pip install 'scpo[login]'")
    return auth
