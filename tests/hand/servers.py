"""Servers that tests start."""

from __future__ import annotations

import urllib.request


def answers(port: int) -> bool:
    """Tell whether a dashboard answers on a port of this machine."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
            return True
    except OSError:
        return False
