"""Processes that outlive the one that starts them: their output, their environment, and that the screen goes first."""

import os
import sys

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
