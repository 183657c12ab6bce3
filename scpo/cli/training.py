"""Options for the fields of a training, the same for all commands that train; the fields declare them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

import typer

from scpo.config import BUDGET_KINDS, Flag, TrainingConfig
from scpo.errors import InputError

Given = Mapping[str, Any]
"""Fields of `TrainingConfig` that were given, by name."""

FLAGS: dict[str, Flag] = {
    field: flag
    for field, info in TrainingConfig.model_fields.items()
    for flag in info.metadata
    if isinstance(flag, Flag)
}
"""Fields of `TrainingConfig` that are options. The field says of which type it is, and its `Flag` how it is called."""


def trains(command: Callable[..., None]) -> Callable[..., None]:
    """Put the options of `FLAGS` in the place of a command's argument `given`; it then holds those that were given."""
    signature = inspect.signature(command, eval_str=True)
    options = [
        inspect.Parameter(
            field,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None,
            annotation=Annotated[_type(field), typer.Option(flag.option, help=flag.help)],
        )
        for field, flag in FLAGS.items()
    ]
    parameters = [
        shown
        for parameter in signature.parameters.values()
        for shown in (options if parameter.name == "given" else [parameter])
    ]

    @functools.wraps(command)
    def with_options(**values: Any) -> None:
        given = {field: values.pop(field) for field in FLAGS}
        command(**values, given={field: value for field, value in given.items() if value is not None})

    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return with_options


def _type(field: str) -> Any:
    return TrainingConfig.model_fields[field].annotation | None  # type: ignore[operator]


class AskedTraining(NamedTuple):
    """Budget and optimiser, or None while the budget is open; and the optimiser, whose budget is a placeholder."""

    training: TrainingConfig | None
    base: TrainingConfig


def asked_training(base: TrainingConfig, given: Given) -> AskedTraining:
    """Replace what was given in a model's optimiser settings.

    Raises
    ------
    InputError
        If two budgets are given.
    """
    budget = {kind: given.get(kind) for kind in BUDGET_KINDS}
    if sum(value is not None for value in budget.values()) > 1:
        raise InputError("--steps and --epochs are two budgets: give one of them")
    optimiser = {field: value for field, value in given.items() if field not in BUDGET_KINDS}
    replaced = TrainingConfig.model_validate(base.model_dump() | optimiser)
    if all(value is None for value in budget.values()):
        return AskedTraining(None, replaced)
    return AskedTraining(TrainingConfig.model_validate(replaced.model_dump() | budget), replaced)


def overridden(written: Given, given: Given) -> Given:
    """Let options win over what a file says; a budget replaces the file's, whatever its kind."""
    if any(kind in given for kind in BUDGET_KINDS):
        written = {field: value for field, value in written.items() if field not in BUDGET_KINDS}
    return {**written, **given}
