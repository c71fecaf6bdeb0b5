"""Progress of long commands, and their end by Ctrl-C: with a terminal, without one, and with --quiet."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from oer.cli import main
from oer.core.console import INTERRUPTED, long_running, tracked

PROGRAM = """
import sys, time
import click
from oer.core import console
console.LINE_SECONDS = 0.3

@click.command()
@console.long_running("Run it again.")
def work(progress):
    for _ in console.tracked(range(40), "things", progress):
        time.sleep(0.05)
    click.echo("done")

work()
"""
COMMAND = [sys.executable, "-c", PROGRAM]


def commands_of(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def test_without_a_terminal_there_is_a_line_now_and_then() -> None:
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=True)
    assert done.stdout == "done\n"
    lines = done.stderr.splitlines()
    assert 2 <= len(lines) <= 12
    assert all(" of 40 things (" in line and "a second" in line and "left" in line for line in lines)


IN_A_FINALISER = PROGRAM.replace("        time.sleep(0.05)\n", "        Finalised()\n").replace(
    "@click.command()",
    """class Finalised:
    def __del__(self):
        import os, signal
        os.kill(os.getpid(), signal.SIGINT)

@click.command()""",
)


def test_ctrl_c_that_python_swallows_in_a_finaliser_ends_the_work_all_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_A_FINALISER, "--quiet"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (INTERRUPTED, "")
    assert "Exception ignored" in done.stderr
    assert done.stderr.splitlines()[-1] == "Stopped after 1 of 40 things. Run it again."


def test_work_in_the_background_of_a_shell_ignores_ctrl_c() -> None:
    ignoring = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{IN_A_FINALISER}"
    done = subprocess.run([sys.executable, "-c", ignoring, "--quiet"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_quiet_means_quiet() -> None:
    done = subprocess.run([*COMMAND, "--quiet"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_on_a_terminal_there_is_a_bar_with_numbers_rate_and_time_left() -> None:
    shown = _on_a_terminal(COMMAND)
    assert "things  [" in shown
    assert "40/40" in shown
    assert "/s" in shown
    assert "00:00:0" in shown


def test_ctrl_c_says_what_is_done_and_how_to_go_on() -> None:
    process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()  # it is at work
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == INTERRUPTED
    assert out == ""
    last = err.splitlines()[-1]
    assert last.startswith("Stopped after ")
    assert last.endswith(" of 40 things. Run it again.")
    assert "Traceback" not in err


def _on_a_terminal(command: list[str]) -> str:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs)
    os.close(theirs)
    shown, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
    assert process.wait(10) == 0, shown
    os.close(ours)
    return shown.decode()


def test_what_is_told_is_how_many_are_done() -> None:
    told: list[tuple[str, int, int | None]] = []
    assert list(tracked("ab", "letters", lambda *each: told.append(each))) == ["a", "b"]
    assert told == [("letters", 0, 2), ("letters", 1, 2), ("letters", 2, 2)]


def test_an_end_before_anything_was_told_is_a_sentence_too() -> None:
    @click.command()
    @long_running("Run it again.")
    def ended(progress: object) -> None:
        raise KeyboardInterrupt

    done = CliRunner().invoke(ended)
    assert (done.exit_code, done.output) == (INTERRUPTED, "Stopped. Run it again.\n")


@pytest.mark.parametrize(("name", "command"), list(commands_of(main)))
def test_every_help_text_is_readable(name: str, command: click.Command) -> None:
    shown = CliRunner().invoke(command, ["--help"], prog_name=f"oer {name}", obj=None)
    assert shown.exit_code == 0
    assert "\\b" not in shown.output
    assert "\b" not in shown.output
    assert command.help


LONG = {
    *("import", "search rebuild", "backup create", "backup restore", "doctor", "db upgrade", "samples load", "serve"),
    *("usage rebuild", "usage correct", "usage ingest", "usage count", "storage adopt"),
}


@pytest.mark.parametrize("name", sorted(LONG))
def test_every_long_command_can_be_quiet(name: str) -> None:
    assert "--quiet" in {option for each in dict(commands_of(main))[name].params for option in each.opts}
