"""All entries of a kind that can be read, and why the others cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from scpo.errors import ScpoError
from scpo.store.cache import Store

T = TypeVar("T")


def survey(store: Store, kind: str, read: Callable[[str], T | None]) -> tuple[list[T], dict[str, str]]:
    """Read all entries of a kind; one that cannot be read stops no other.

    Parameters
    ----------
    read : callable
        Reads one by name; None: it is not finished, and none of them.

    Returns
    -------
    list
        What could be read, by name.
    dict
        By the name of what could not: one sentence.
    """
    found, broken = [], {}
    for name in store.names(kind):
        try:
            one = read(name)
        except ScpoError as error:
            broken[name] = str(error)
        else:
            found += [] if one is None else [one]
    return found, broken
