"""A real supervisor with real child processes that begin, note that they ran, and finish; no model is trained."""

import sys
from pathlib import Path

from scpo.jobs.queue import Queue
from scpo.store.cache import Store


def supervise(store):
    from scpo.jobs.launchers.local import LocalLauncher
    from scpo.jobs.supervisor import Supervisor
    from scpo.settings import Settings

    class StubLauncher(LocalLauncher):
        def slots(self):
            return {"cpu": ("auto",), "cuda:0": ("auto",), "cuda:1": ("auto",)}

        def command(self, job):
            return [sys.executable, __file__, str(self._store.root), job.job_id, job.token]

    Supervisor(store, StubLauncher(store, Settings(cache_dir=store.root))).run()


def child(store, job_id, token):
    import os
    import socket

    import psutil

    queue = Queue(store)
    handle = {"host": socket.gethostname(), "pid": os.getpid(), "pid_started": psutil.Process().create_time()}
    if queue.begin(job_id, token, handle):
        with (store.root / "executed.txt").open("a") as stream:
            stream.write(f"{job_id}\n")
        queue.finish(job_id, token, "succeeded")


if __name__ == "__main__":
    here = Store(Path(sys.argv[1]))
    if len(sys.argv) > 2:
        child(here, sys.argv[2], sys.argv[3])
    else:
        supervise(here)
