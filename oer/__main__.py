"""`oer` and `python -m oer`: the console."""

import sys


def run() -> None:
    """Run the console. Ctrl-C while it is still being imported ends it without a traceback, too."""
    try:
        from oer.cli import main  # noqa: PLC0415 (importing everything takes a second or two)
    except KeyboardInterrupt:
        sys.exit(130)
    main()


if __name__ == "__main__":
    run()
