"""What there is to compute on, asked of the driver and not of torch, so that the screen can ask too."""

from __future__ import annotations

from dataclasses import dataclass

import pynvml

from scpo.errors import InputError


@dataclass(frozen=True)
class Device:
    """A GPU, or the CPU.

    Attributes
    ----------
    slot : str
        ``cpu`` or ``cuda:N``; one run at a time works on a slot.
    name : str
    memory_used, memory_total : int or None
        Bytes; None for the CPU.
    utilisation : float or None
        In [0, 1]; None for the CPU or where the driver does not say.
    """

    slot: str
    name: str
    memory_used: int | None = None
    memory_total: int | None = None
    utilisation: float | None = None


CPU = Device("cpu", "CPU")


def devices(asked: str = "auto") -> list[Device]:
    """List what runs may use: all GPUs, or the CPU where there is none; only `asked` if it is not ``auto``."""
    if asked == "cpu":
        return [CPU]
    gpus = _gpus()
    if asked != "auto":
        return [gpu for gpu in gpus if gpu.slot == asked] or [Device(asked, asked)]
    return gpus or [CPU]


def _gpus() -> list[Device]:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        found = []
        for number in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(number)
            memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
            try:
                busy = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
            except pynvml.NVMLError:
                busy = None
            name = pynvml.nvmlDeviceGetName(handle)
            found.append(Device(f"cuda:{number}", str(name), int(memory.used), int(memory.total), busy))
        return found
    finally:
        pynvml.nvmlShutdown()


def known_device(asked: str, launcher: str) -> str:
    """Check a device that a run is to work on.

    Raises
    ------
    InputError
        If it is not there, or a cluster chooses it.
    """
    choices = ["auto"] if launcher == "ray" else ["auto", *(gpu.slot for gpu in _gpus()), "cpu"]
    if asked not in choices:
        raise InputError(f"there is no device {asked} for runs here: choose {' or '.join(choices)}")
    return asked
