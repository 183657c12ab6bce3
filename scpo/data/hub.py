"""Fetch the files of a published data set at a pinned revision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scpo.errors import InputError


def fetch_snapshot(repository: str, *, revision: str, files: Sequence[str], offline: bool, token: str | None) -> Path:
    """Download files of a hub data set, or find them in the hub's cache.

    Parameters
    ----------
    repository : str
        Data set on the Hugging Face hub.
    revision : str
        Commit, so that the same name always gives the same bytes.
    files : sequence of str
        Paths in the repository.
    offline : bool
        Only look into the cache.
    token : str or None
        For gated repositories.

    Returns
    -------
    Path
        Folder that holds the files.

    Raises
    ------
    InputError
        If the files are neither reachable nor cached.
    """
    # Imported here: only a download needs the hub client, and every page and command imports this package.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HTTPError

    advice = f"download {', '.join(files)} elsewhere and give their folder with --path"
    try:
        folder = Path(
            snapshot_download(
                repository,
                repo_type="dataset",
                revision=revision,
                allow_patterns=list(files),
                local_files_only=offline,
                token=token,
            )
        )
    except GatedRepoError as error:
        raise InputError(
            f"{repository} asks for an account: accept its terms on the hub and set HF_TOKEN, or {advice}"
        ) from error
    except (OSError, HTTPError) as error:
        why = "this machine is set to work offline" if offline else f"the hub did not answer ({type(error).__name__})"
        raise InputError(
            f"{repository} at revision {revision[:12]} is not on this machine and {why}; {advice}"
        ) from error
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        raise InputError(f"{repository} at revision {revision[:12]} came without {', '.join(missing)}; {advice}")
    return folder
