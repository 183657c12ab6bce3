"""Who looks at the page, what they may do, and the line that is kept of what they ask for.

Without a login the person at the machine is admin; read-only everybody is viewer. Buttons that are refused are grey,
but what counts is `doing`: every action of a page passes it, whatever a browser sends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import streamlit as st

from dashboard.frame import way
from dashboard.kit import text
from scpo.errors import InputError
from scpo.settings import load_settings
from scpo.store import audit, roles
from scpo.store.cache import Store
from scpo.store.roles import MAY, Action, Role

HERE = "this machine"
READ_ONLY = "This dashboard is read-only: it shows what is there, and starts, changes or removes nothing."
LOGIN = "login"


class Person(NamedTuple):
    """Who looks at the page."""

    name: str
    role: Role | None
    """None: somebody who is logged in and may see nothing."""

    key: str | None
    """What their own files are called; None where nobody logs in."""


def person() -> Person:
    """Return who looks at the page, as the roles file says now.

    Raises
    ------
    InputError
        If the roles file is broken, or people log in here and this one has not.
    """
    settings = load_settings()
    if not settings.login:
        return Person(HERE, "viewer" if settings.read_only else "admin", None)
    claims = _claims()
    if claims is None:
        raise InputError("log in first: here people log in before a page shows them anything")
    role = roles.load_roles(settings.roles_file).of(claims)
    if role is not None and settings.read_only:
        role = "viewer"
    identity = "\n".join(str(claims.get(name) or "") for name in ("iss", "sub"))
    if not claims.get("sub"):
        identity = str(claims.get("email") or "")
    name = next((str(claims[one]) for one in ("email", "name", "sub") if claims.get(one)), "somebody without a name")
    return Person(name, role, hashlib.sha256(identity.encode()).hexdigest()[:16])


def _claims() -> Mapping[str, Any] | None:
    """Return what the login says; None of who has not logged in."""
    said: Mapping[str, Any] = st.user.to_dict()
    return said if said.get("is_logged_in") is True else None


def refusal(what: Action) -> str | None:
    """Say why the person may not do something; None if they may."""
    if load_settings().read_only:
        return READ_ONLY
    who = person()
    if who.role is not None and what in MAY[who.role]:
        return None
    allowed = " or ".join(role for role, may in MAY.items() if what in may)
    return f"Your role is {who.role or 'none'}: to {what} here is for {allowed}."


@contextmanager
def doing(what: Action, about: str) -> Iterator[Store]:
    """Do something to the cache if the person may, with its line in the audit before.

    Raises
    ------
    InputError
        If they may not.
    OSError
        If the line cannot be written.
    """
    settings, refused = load_settings(), refusal(what)
    store = Store(settings.cache_dir)
    if not settings.read_only:
        who = person()
        audit.write_line(
            store, who=who.name, role=who.role or "viewer", what=what, about=about, allowed=refused is None
        )
    if refused is not None:
        raise InputError(refused)
    yield store


def only_who_may_look() -> None:
    """Let only those go on who may see something; the others get a page to log in, or one that says why not."""
    if not load_settings().login:
        return
    logged_in = _claims() is not None
    way.keep_link(logged_in=logged_in)
    if not logged_in:
        st.title("SCPO")
        st.write("Log in to see this dashboard.")
        for provider in _providers():
            label = f"Log in with {provider}" if provider else "Log in"
            st.button(
                text.plain(label),
                key=f"{LOGIN}_{provider}",
                type="primary",
                icon=":material/login:",
                on_click=st.login,
                args=(provider,) if provider else (),
            )
        st.stop()
    who = person()
    if who.role is None:
        st.title("SCPO")
        st.write(text.plain(f"You are logged in as {who.name}, who is not in the roles file: ask an admin."))
        log_out()
        st.stop()


def _providers() -> list[str]:
    """List the names of the providers of ``[auth]``; the one without a name is the empty one."""
    auth = st.secrets.get("auth", {})
    return [name for name, one in auth.items() if isinstance(one, Mapping) and "client_id" in one] or [""]


def log_out() -> None:
    """Draw who is logged in, with their role, and the way out; nothing where nobody logs in."""
    if not load_settings().login:
        return
    who = person()
    st.caption(text.plain(f"{who.name}, {who.role or 'no role'}"))
    st.button("Log out", key="logout", type="tertiary", icon=":material/logout:", on_click=st.logout)
