"""Fetch the files of a published data set at a pinned revision."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scpo.errors import InputError


@dataclass(frozen=True)
class Published:
    """Files of a data set on the Hugging Face hub."""

    repository: str
    revision: str
    """Commit, so that the same name always gives the same bytes."""

    files: tuple[str, ...]
    """Paths in the repository."""

    def fetch(self, *, offline: bool, token: str | None) -> Path:
        """Download the files, or find them in the hub's cache.

        Parameters
        ----------
        offline : bool
            Only look into the cache.
        token : str or None
            For gated repositories.

        Returns
        -------
        Path
            Folder that holds the files, or the file if it is one.

        Raises
        ------
        InputError
            If the files are neither reachable nor cached.
        """
        # Imported here: only a download needs the hub client, and every page and command imports this package.
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import GatedRepoError, HTTPError, RepositoryNotFoundError, RevisionNotFoundError

        what = f"{self.repository} at revision {self.revision[:12]}"
        advice = f"download {', '.join(self.files)} elsewhere and give their folder with --path"
        try:
            folder = Path(
                snapshot_download(
                    self.repository,
                    repo_type="dataset",
                    revision=self.revision,
                    allow_patterns=list(self.files),
                    local_files_only=offline,
                    token=token,
                )
            )
        except GatedRepoError as error:
            raise InputError(
                f"{self.repository} asks for an account: accept its terms on the hub and set HF_TOKEN, or {advice}"
            ) from error
        except (RepositoryNotFoundError, RevisionNotFoundError) as error:
            raise InputError(f"{what} is not on the hub, or not public; {advice}") from error
        except (OSError, HTTPError) as error:
            answer = f"the hub did not answer ({type(error).__name__})"
            why = "this machine is set to work offline" if offline else answer
            raise InputError(f"{what} is not on this machine and {why}; {advice}") from error
        missing = [name for name in self.files if not (folder / name).is_file()]
        if missing:
            raise InputError(f"{what} came without {', '.join(missing)}; {advice}")
        return folder if len(self.files) > 1 else folder / self.files[0]
