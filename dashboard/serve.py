"""The server process: Streamlit, with what the pages need loaded while the browser is still opening."""

from __future__ import annotations

import argparse
import gc
import importlib
import pkgutil
import threading
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard import downloads
from dashboard.frame.way import PAGES
from dashboard.known_hosts import KnownHosts
from dashboard.packed import PackedAssets


def warm() -> None:
    """Load what the pages need, the first of them first: the first visitor waits for it otherwise.

    What is loaded then stays, so no later search for garbage looks at it: looking through the libraries takes 120 ms in
    which nobody gets an answer.
    """
    for page in PAGES:
        room = importlib.import_module(f"dashboard.{page.name}")
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serve the pages at the address and the port of the command line; other settings stand in ``config.toml``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("secrets", nargs="?")
    parser.add_argument("--allow-host", action="append", default=[])
    asked = parser.parse_args()
    config = {"server.address": asked.address, "server.port": asked.port}
    config |= {"secrets.files": [asked.secrets]} if asked.secrets else {}
    threading.Thread(target=warm, daemon=True).start()
    downloads.keep()
    known = Middleware(KnownHosts, address=asked.address, more=asked.allow_host)
    app = st.App(Path(__file__).with_name("app.py"), middleware=[known, Middleware(PackedAssets)])
    app.run(config=config)


if __name__ == "__main__":
    main()
