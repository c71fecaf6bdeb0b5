"""Named points at which a test may have a process die, as by a power cut: see tests/faults.

Nothing happens in production: without OER_TEST_FAILPOINTS a point costs one comparison. With it, the variable names a
folder, and the first process of all that reaches a point whose name is a file there removes the file and kills itself.
So a point that a test armed fires once, and a file that is still there says that nobody came by.
"""

import os
import signal
from pathlib import Path

VARIABLE = "OER_TEST_FAILPOINTS"
_folder = Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


def fail_point(name: str) -> None:
    """Die here by SIGKILL if a test armed this point."""
    if _folder is None:
        return
    try:
        (_folder / name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
