"""Who may do what with a dashboard that people log in to: roles, what each may do, and who has which."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError

from scpo.config import FixedRecord
from scpo.errors import InputError, first_fault

Role = Literal["viewer", "runner", "admin"]
"""From the one who may least."""

Action = Literal["start", "cancel", "upload", "export", "remove", "read the audit"]

RUNS: frozenset[Action] = frozenset({"start", "cancel", "upload", "export"})
MAY: Mapping[Role, frozenset[Action]] = {
    "viewer": frozenset(),
    "runner": RUNS,
    "admin": RUNS | {"remove", "read the audit"},
}
"""What each role may do beside looking, downloading what is shown, and keeping stars of its own."""


class Claim(FixedRecord):
    """A role for all whose login says something: ``groups`` has ``lab``."""

    claim: str = Field(min_length=1)
    value: str
    """The claim is this, or a list that has it."""

    role: Role

    def holds(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether a login says it."""
        said = claims.get(self.claim)
        return self.value in said if isinstance(said, list) else isinstance(said, str) and said == self.value


class Roles(FixedRecord):
    """The roles file."""

    default: Literal["nobody", "viewer", "runner", "admin"] = "viewer"
    """Role of who logs in and is not named; ``nobody`` sees nothing."""

    people: dict[str, Role] = Field(default_factory=dict)
    """By e-mail address; capital letters are small ones."""

    claims: list[Claim] = Field(default_factory=list)

    def of(self, claims: Mapping[str, Any]) -> Role | None:
        """Return the highest role that a login gives; None if the person sees nothing.

        An address that the provider calls unverified gives none.
        """
        found: list[Role] = [one.role for one in self.claims if one.holds(claims)]
        address = str(claims.get("email") or "").casefold()
        if claims.get("email_verified") not in (False, "false"):
            found += [role for person, role in self.people.items() if address and person.casefold() == address]
        if found:
            return max(found, key=get_args(Role).index)
        return None if self.default == "nobody" else self.default


def load_roles(path: Path) -> Roles:
    """Read the roles file as it is now; where there is none, everybody who logs in is a viewer.

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return Roles()
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _size: int) -> Roles:
    try:
        return Roles.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise InputError(f"{path}: {first_fault(error)}; the README says what stands in a roles file") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no TOML file: {error}") from error
