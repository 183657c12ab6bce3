"""Push files to a repository of the Hugging Face hub: all in one commit, or none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scpo.errors import InputError
from scpo.references import is_repository
from scpo.settings import Settings
from scpo.work.context import Work

HUB_PREFIX = "hub:"
"""``hub:OWNER/NAME`` names a repository."""

MADE_BY_THE_HUB = {".gitattributes"}
"""What a new repository has."""


def check_repository(repository: str, settings: Settings) -> None:
    """Refuse what cannot be pushed to, before anything is prepared.

    Raises
    ------
    InputError
        If it is no name ``OWNER/NAME``, or the hub must not be asked.
    """
    if not is_repository(repository):
        raise InputError(f"{HUB_PREFIX}{repository} names no repository: write {HUB_PREFIX}OWNER/NAME")
    if settings.offline:
        raise InputError("SCPO_OFFLINE is set, so the hub is not asked: unset it, or export to a folder")


def upload(
    work: Work,
    repository: str,
    files: Mapping[str, Path],
    texts: Mapping[str, bytes],
    *,
    message: str,
    public: bool,
) -> str:
    """Make a repository if it is not there, and put files into it in one commit.

    Parameters
    ----------
    files : mapping
        Name in the repository -> file on this machine.
    texts : mapping
        Name in the repository -> content.
    message : str
        Of the commit.
    public : bool
        Whether a new repository is one that everybody may read; one that is there stays as it is.

    Returns
    -------
    str
        Address of the commit.

    Raises
    ------
    InputError
        If the repository has files, or the hub refuses or cannot be reached. The token is in no message.
    """
    # Imported here: only a push needs the hub's client.
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HTTPError

    api = HfApi(token=work.settings.hf_token)
    total = sum(path.stat().st_size for path in files.values()) / 1e6
    try:
        api.create_repo(repository, private=not public, exist_ok=True)
        found = set(api.list_repo_files(repository)) - MADE_BY_THE_HUB
        if found:
            raise InputError(
                f"repository {repository} has {len(found)} files already: name a new one, nothing is written over"
            )
        work.tell("uploading", 0, total, "MB")  # then the hub's client shows its own bars
        content: dict[str, Path | bytes] = {**files, **texts}
        commit = api.create_commit(
            repository,
            [CommitOperationAdd(path_in_repo=name, path_or_fileobj=content[name]) for name in sorted(content)],
            commit_message=message,
        )
        work.tell("uploading", total, total, "MB")
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        raise InputError(_refusal(repository, error)) from error
    return str(commit.commit_url)


def _refusal(repository: str, error: Exception) -> str:
    """Say why a push failed; what the hub wrote may hold signed addresses, so it is not repeated."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return f"the hub lets nobody write to {repository} without rights: set HF_TOKEN to a token that may"
    what = f"answered {status}" if status is not None else f"did not take it ({type(error).__name__})"
    return f"the hub {what}, and {repository} is unchanged: check the name and the network, then export again"
