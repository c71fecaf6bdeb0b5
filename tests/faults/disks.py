"""Disks of a test's own: one that loses its power, one that cannot write any more, one that is small.

They are files mounted through loop devices, so that what happens is what a kernel does. Only root may mount them.
"""

import os
import shutil
import struct
import subprocess
import time
from fcntl import ioctl
from pathlib import Path

import pytest

# EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: from then on nothing reaches the disk, not even its journal.
SHUTDOWN, WITHOUT_ITS_JOURNAL = 0x8004587D, 2
MIB = 1024 * 1024
# All loop devices may be taken for a moment by tests beside this one, and a mount may be looked at by somebody.
PATIENCE_SECONDS = 30


class Disk:
    """An ext4 file system in the file `image`, mounted on `folder`. Skips the test where nothing can be mounted."""

    def __init__(self, image: Path, folder: Path, size: int) -> None:
        self.image, self.folder = image, folder
        folder.mkdir(parents=True)
        if os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
            pytest.skip("only root can mount a disk of a test's own")
        with image.open("wb") as file:
            file.truncate(size)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True, capture_output=True)
        if said := self._mounted():
            pytest.skip(f"nothing can be mounted here: {said}")

    def _mounted(self) -> str:
        """Mount it; return why that is not possible, or ""."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            command = ["mount", "-o", "loop", str(self.image), str(self.folder)]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode == 0:
                return ""
            if "loop device" not in done.stderr or time.monotonic() > deadline:
                return done.stderr
            time.sleep(0.2)

    def cut(self) -> None:
        """Take the power away: what was not synced is gone, and nothing can be written any more."""
        opened = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            ioctl(opened, SHUTDOWN, struct.pack("I", WITHOUT_ITS_JOURNAL))
        finally:
            os.close(opened)

    def unmount(self) -> None:
        """Let go of it, whoever still holds a file of it open."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True, capture_output=True)

    def mount_again(self) -> None:
        """Mount it as after a start. As long as somebody who dies still holds a file of it open, it would stay cut."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (done := subprocess.run(["umount", str(self.folder)], check=False, capture_output=True)).returncode:
            assert time.monotonic() < deadline, done.stderr
            time.sleep(0.05)
        said = self._mounted()
        assert not said, said
