"""What commands of the console share: the opened installation, and the progress of work that takes long.

A service that takes long has a parameter `progress: Progress = no_progress` and calls it now and then. Its command is
decorated with `long_running`, which shows the progress on standard error (a bar on a terminal, else a line every ten
seconds) and turns Ctrl-C into one sentence and exit code 130.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from typing import Any, TypeVar

import click

from oer.core.installation import Installation

# progress(what, done, total): `done` of `total` things are done; `total` is None where nobody knows it yet.
Progress = Callable[[str, int, int | None], None]
Command = TypeVar("Command", bound=Callable[..., Any])
Item = TypeVar("Item")
LINE_SECONDS = 10.0
DRAW_SECONDS = 0.1
INTERRUPTED = 130


def no_progress(_what: str, _done: int, _total: int | None) -> None:
    """Tell nobody how far it is."""


def tracked(items: Sequence[Item], what: str, progress: Progress) -> Iterator[Item]:
    """Give the items one by one, and tell `progress` about each that is done."""
    yield from tracked_stream(items, what, len(items), progress)


def tracked_stream(items: Iterable[Item], what: str, total: int | None, progress: Progress) -> Iterator[Item]:
    """Give items whose number is known from elsewhere or not at all, and tell `progress` about each that is done."""
    progress(what, 0, total)
    for done, item in enumerate(items, 1):
        yield item
        progress(what, done, total)


def pass_installation(command: Command) -> Command:
    """Give a click command the opened installation as its first argument."""

    @wraps(command)
    def with_installation(*given: Any, **options: Any) -> Any:
        opened: Installation = click.get_current_context().find_root().obj()
        return command(opened, *given, **options)

    return with_installation  # type: ignore[return-value]


def long_running(how_to_go_on: str) -> Callable[[Command], Command]:
    """Give a click command the option --quiet and a `progress` to pass on; let Ctrl-C end it with one sentence.

    `how_to_go_on` says what is kept of the work and which command continues it.
    """

    def decorate(command: Command) -> Command:
        @click.option("--quiet", is_flag=True, help="Do not show how far the work is.")
        @wraps(command)
        def run(*given: Any, quiet: bool, **options: Any) -> Any:
            display = ProgressDisplay(shown=not quiet)

            def progress(what: str, done: int, total: int | None) -> None:
                display.update(what, done, total)
                interrupts.check()

            try:
                with Interrupts() as interrupts:
                    return command(*given, progress=progress, **options)
            except KeyboardInterrupt:
                display.close()
                stopped = f"Stopped after {display.position()}." if display.what else "Stopped."
                click.echo(f"{stopped} {how_to_go_on}", err=True)
                raise click.exceptions.Exit(INTERRUPTED) from None
            finally:
                display.close()

        return run  # type: ignore[return-value]

    return decorate


class Interrupts:
    """Makes sure that Ctrl-C ends the work: one that comes during a finaliser is printed by Python and forgotten."""

    def __init__(self) -> None:
        self._asked = False
        self._before: Any = None

    def __enter__(self) -> "Interrupts":
        # What a shell started in the background ignores Ctrl-C, and goes on doing so.
        is_heeded = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
        if is_heeded and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if kind is None:
            self.check()

    def check(self) -> None:
        """Raise KeyboardInterrupt if it was asked for before."""
        if self._asked:
            raise KeyboardInterrupt

    def _note(self, *_signal: object) -> None:
        self._asked = True
        raise KeyboardInterrupt


class ProgressDisplay:
    """Shows how far work is on standard error: n of N, rate and time left."""

    def __init__(self, *, shown: bool = True) -> None:
        self.what = ""
        self._done, self._total = 0, 0
        self._shown, self._is_terminal = shown, sys.stderr.isatty()
        self._began = self._last_shown = time.monotonic()
        self._bar: Any = None  # click exports its type to type checkers alone

    def update(self, what: str, done: int, total: int | None) -> None:
        """Show that `done` of `total` things called `what` are done; another `what` begins a new bar."""
        now = time.monotonic()
        is_new = what != self.what
        if is_new:
            self.close()
            self._began = self._last_shown = now
        self.what, self._done, self._total = what, done, total or 0
        draws = self._is_terminal and self._total > 0
        is_due = now - self._last_shown >= (DRAW_SECONDS if draws else LINE_SECONDS)
        if not self._shown or not (is_due or (draws and (is_new or done == total))):
            return
        self._last_shown = now
        if draws:
            self._draw()
        else:
            click.echo(f"{self.position()}{self._pace()}", err=True)

    def position(self) -> str:
        """Return how far the work is, such as "312 of 1000 materials"."""
        return f"{self._done} of {self._total} {self.what}" if self._total else f"{self._done} {self.what}"

    def close(self) -> None:
        """End the bar, so that what is printed next begins a line."""
        if self._bar is not None:
            self._bar.render_finish()
            self._bar = None

    def _draw(self) -> None:
        if self._bar is None:
            self._bar = click.progressbar(
                length=self._total,
                label=self.what,
                file=sys.stderr,
                show_pos=True,
                item_show_func=lambda _item: f"{self._rate():.1f}/s",
            )
        self._bar.update(self._done - self._bar.pos, "")

    def _rate(self) -> float:
        return self._done / max(time.monotonic() - self._began, 0.001)

    def _pace(self) -> str:
        rate = self._rate()
        if not self._total or not rate:
            return f", {rate:.1f} a second"
        left = round((self._total - self._done) / rate)
        return f" ({self._done / self._total:.0%}), {rate:.1f} a second, {left // 60}:{left % 60:02} left"
