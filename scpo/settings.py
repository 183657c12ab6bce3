"""Where and on what the engine runs. Settings never enter a cache key; configuration (`scpo.config`) always does."""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parents[1]


def known_device(name: str) -> str:
    """Return the name of a device; ValueError if it is none, whether or not this machine has it."""
    if not re.fullmatch(r"auto|cpu|cuda(:[0-9]{1,3})?", name):
        raise ValueError(f"unknown device {name!r}: use auto, cpu or cuda:0")
    return name


DeviceName = Annotated[str, AfterValidator(known_device)]
"""``auto``, ``cpu``, ``cuda`` or ``cuda:0``."""


class Settings(BaseSettings):
    """Read from the environment, prefix ``SCPO_``; a variable that is empty counts as not set."""

    model_config = SettingsConfigDict(env_prefix="SCPO_", frozen=True, env_ignore_empty=True)

    cache_dir: Path = PROJECT_ROOT / "cache"
    """Folder for everything generated."""

    device: DeviceName = "auto"
    """``auto``, ``cpu`` or ``cuda:0``."""

    offline: bool = False
    """Never ask a hub; only what is on this machine."""

    read_only: bool = False
    """Show, never start or change anything; so it is too where the cache cannot be written."""

    login: bool = False
    """People log in before a page shows them anything."""

    roles: Path | None = None
    """File that says who may do what once people log in; ``roles.toml`` in the cache folder if not given."""

    stars_of: str | None = Field(default=None, pattern="^[0-9a-f]{16}$")
    """Whose stars a report or a command is about, once people log in; those that all share if not given."""

    audited: bool = False
    """The command has its line in the audit already: a page has asked for it."""

    launcher: Literal["local", "ray"] = "local"
    """Where queued work is carried out: on this machine, or on a Ray cluster."""

    ray_address: str = "http://127.0.0.1:8265"
    """Address of the cluster's job server (its dashboard)."""

    ray_gpus: float = Field(default=1, ge=0, allow_inf_nan=False)
    """GPUs per run; may be a fraction."""

    ray_cpus: float = Field(default=1, gt=0, allow_inf_nan=False)
    """CPU cores per run."""

    ray_parallel: int = Field(default=8, ge=1)
    """Jobs handed to the cluster at a time; it lets them wait where there is no room."""

    ray_python: str = "python"
    """Interpreter on the cluster's nodes, with the package installed."""

    hf_token: str | None = Field(default=None, validation_alias="HF_TOKEN", repr=False)
    """Token for gated models and data sets on the Hugging Face hub."""

    @property
    def roles_file(self) -> Path:
        """Return the file that says who may do what."""
        return self.roles or self.cache_dir / "roles.toml"

    def as_variables(self) -> dict[str, str]:
        """Return these settings as environment variables, without the token; paths are absolute."""
        given = {name: value for name, value in self if name != "hf_token" and value is not None}
        return {
            f"SCPO_{name.upper()}": str(value.absolute() if isinstance(value, Path) else value)
            for name, value in given.items()
        }

    def as_environment(self) -> dict[str, str]:
        """Return this process's environment with these settings, for a process of this machine that has the same."""
        return {**os.environ, **self.as_variables()}


def load_settings() -> Settings:
    """Read the settings from the environment now; where the cache cannot be written, everything is read-only."""
    found = _parsed(tuple(item for item in os.environ.items() if item[0].upper().startswith(("SCPO_", "HF_TOKEN"))))
    if found.read_only or is_writable(found.cache_dir):
        return found
    return found.model_copy(update={"read_only": True})


def is_writable(folder: Path) -> bool:
    """Tell whether files can be written into a folder, or the folder be made."""
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    return os.access(there, os.W_OK | os.X_OK)


@lru_cache(maxsize=8)
def _parsed(environment: tuple[tuple[str, str], ...]) -> Settings:
    """Parse an environment once: a page asks for its settings at every move of a slider."""
    return Settings()
