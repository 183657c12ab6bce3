"""Reward models from elsewhere that are compared with a study's: what they are and for whom; no more is known."""

from __future__ import annotations

import shutil
from functools import partial

from scpo.config import Record
from scpo.errors import InputError
from scpo.methods import EXTERNAL_PREFIX
from scpo.models import REGISTRY
from scpo.names import checked_name, is_folder_name
from scpo.store.cache import Store, now, write_sealed
from scpo.store.models import ModelIdentity, folder_identity, named_model, names_folder, new_model_name
from scpo.store.runs import list_runs
from scpo.store.survey import survey

KIND, RECORD = "externals", "external.json"


class ExternalModel(Record):
    """`external.json`: a model from elsewhere and whose it is said to be. Its training is not known."""

    format_version: int = 1
    name: str
    trained_for: str
    """The community whose model it is said to be; it is compared there."""

    setting: str
    """What models of several communities that belong together share; the name where it stands alone."""

    ref: str
    """The reference as it was typed."""

    location: str
    """What the loader wants: a folder, or ``owner/name@commit``."""

    key: str
    """Its bytes, or its repository and commit: scores under this key are its scores."""

    licence: str | None = None
    added_at: str

    @property
    def id(self) -> str:
        """Return what stands in place of the id of a run."""
        return f"{EXTERNAL_PREFIX}{self.name}"


def has_external(store: Store, name: str) -> bool:
    """Tell whether a model from elsewhere has this name."""
    return is_folder_name(name) and (store.folder(KIND, name) / RECORD).is_file()


def read_external(store: Store, name: str) -> ExternalModel:
    """Read the record of a model from elsewhere; an error if there is none of this name."""
    entry = store.folder(KIND, name)
    return store.read_record(entry / RECORD, ExternalModel, what=f"model {name} from elsewhere")


def list_externals(store: Store) -> list[ExternalModel]:
    """List the models from elsewhere, by name; what is broken is named by `scpo.store.broken`."""
    return survey(store, KIND, partial(read_external, store))[0]


def add_external(
    store: Store, identity: ModelIdentity, *, name: str, trained_for: str, setting: str, ref: str, licence: str | None
) -> ExternalModel:
    """Record a model from elsewhere; nothing is loaded or scored.

    Parameters
    ----------
    identity : ModelIdentity
        Where it lies and what it is: the record holds these bytes, or this commit, and no later ones.

    Raises
    ------
    InputError
        If the name is no name or is taken, if runs were finetuned from this model, or if the setting has a model of
        this community already.
    """
    checked_name(setting)
    if name not in REGISTRY or REGISTRY[name].trained_for is None:
        new_model_name(name)
    if named_model(store, name) is not None:
        raise InputError(f"{name} is the name of a global model: choose another with --name")
    if any(run.config.model_key == identity.key for run in list_runs(store)):
        raise InputError(f"{ref} is the global model of finished runs: it cannot be compared with itself")
    for other in list_externals(store):
        if other.name == name:
            raise InputError(f"{name} is there already, for {other.trained_for}: `scpo model rm {name}` removes it")
        if (other.setting, other.trained_for) == (setting, trained_for):
            raise InputError(f"{setting} has a model for {trained_for} already: {other.name}")
    record = ExternalModel(
        name=name,
        trained_for=trained_for,
        setting=setting,
        ref=ref,
        location=identity.location,
        key=identity.key,
        licence=licence,
        added_at=now(),
    )
    write_sealed(store.folder(KIND, name) / RECORD, record.model_dump(mode="json"))
    return record


def remove_external(store: Store, name: str) -> ExternalModel:
    """Forget a model from elsewhere and return what it was; its files and its scores stay where they are."""
    record = read_external(store, name)
    shutil.rmtree(store.folder(KIND, name))
    return record


def external_identity(store: Store, record: ExternalModel) -> ModelIdentity:
    """Return what is scored under the name of a model from elsewhere.

    Raises
    ------
    InputError
        If its folder is gone or holds other bytes than were added.
    """
    if record.location.startswith("/"):
        if not names_folder(record.location):
            raise InputError(
                f"model {record.name} lies no more in {record.location}: put it back, or add it from elsewhere"
            )
        found = folder_identity(store, record.location)
        if found is not None and found.key != record.key:
            raise InputError(
                f"model {record.name} in {record.location} is not the one that was added: "
                f"`scpo model rm {record.name}`, then add it again"
            )
    return ModelIdentity(record.name, record.key, record.location)
