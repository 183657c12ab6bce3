"""Processes that outlive the one that starts them: their output, their environment, and that the screen goes first."""

import os
import sys
from pathlib import Path

import pytest

from scpo.jobs import detached

SAYS = "import os; print(os.getpriority(os.PRIO_PROCESS, 0), list(os.environ['ONLY']), os.getsid(0) == os.getpid())"


def test_what_works_behind_the_screen_lets_it_go_first_and_writes_into_its_log(tmp_path):
    log = tmp_path / "deep" / "work.log"
    for _ in range(2):
        process = detached.start(
            [sys.executable, "-c", f"import time; time.sleep(0.3); {SAYS}"], log=log, environment={"ONLY": "x"}
        )
        assert process.wait(20) == 0
    behind = max(detached.BEHIND, os.getpriority(os.PRIO_PROCESS, 0))
    assert log.read_text().splitlines() == [f"{behind} ['x'] True"] * 2


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="the kernel does not group by session")
def test_so_does_its_session_which_linux_weighs_first(tmp_path):
    process = detached.start(
        [sys.executable, "-c", "import signal; signal.pause()"], log=tmp_path / "work.log", environment={}
    )
    try:
        group = Path(f"/proc/{process.pid}/autogroup").read_text().split()
    finally:
        process.kill()
        process.wait(20)
    assert group[-2:] == ["nice", str(max(detached.BEHIND, os.getpriority(os.PRIO_PROCESS, 0)))]
