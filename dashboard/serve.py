"""The server process: Streamlit, with what the pages need loaded while the browser is still opening."""

from __future__ import annotations

import sys
import threading

from streamlit.web import cli


def warm() -> None:
    """Load what every page needs; the first visitor waits for it otherwise."""
    import dashboard.brief.view  # noqa: F401


def main() -> None:
    """Run ``streamlit`` with the arguments of this process."""
    threading.Thread(target=warm, daemon=True).start()
    sys.exit(cli.main(prog_name="streamlit"))


if __name__ == "__main__":
    main()
