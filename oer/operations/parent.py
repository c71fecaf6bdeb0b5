"""A child that outlives a killed parent would keep the port, or work on without being asked: so each watches."""

import os
import signal
import threading
import time

WATCH_SECONDS = 0.5
GRACE_SECONDS = 5


def end_with_parent(how: signal.Signals, parent: int) -> None:
    """Have this process send itself the signal `how` once `parent` is gone, and end for good a little later."""
    threading.Thread(target=_watch, args=(parent, how), name="parent-watch", daemon=True).start()


def _watch(parent: int, how: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os.kill(os.getpid(), how)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
