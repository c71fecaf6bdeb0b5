#!/usr/bin/env python3

"""What a page costs that is not cached: calls of Python functions and CPU, beside another state of the code.

    .venv/bin/python scripts/bench/uncached.py [--beside TREE] [--rounds 15] [--requests 40] [--materials 100]
        [--keep FOLDER]

TREE is a working tree of another commit with its `.venv` (`git worktree add TREE COMMIT`, `scripts/prepare`). Each
state answers in a process of its own, over an installation of its own with the same materials, asked as WSGI without a
network; they take turns, so whatever else the machine does meets both. A bare page (Flask, one row by SQLAlchemy's
ORM, a short template) answers in turns, too. Calls are exact and the same every time; CPU is the median of the rounds,
and ratios are medians of each round's ratio.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve()
TREE = HERE.parents[2]
PAGES = ("bare", "home", "material", "search")
WARM_REQUESTS = 30


class Answering:
    """A process of one tree that answers; `ask` says what it measured."""

    def __init__(self, tree: Path, folder: Path, materials: int) -> None:
        python = str(tree / ".venv/bin/python")
        environment = {
            **os.environ,
            "OER_INSTANCE_DIR": str(folder),
            "OER_STORAGE_URL": f"file:{folder / 'files'}",
            "OER_PAGE_CACHE_BYTES": "0",
            "PYTHONPATH": str(tree),
        }
        if not folder.with_suffix(".jsonl").exists():
            lines = folder.with_suffix(".jsonl")
            lines.write_text("".join(map(_line, range(materials))), encoding="utf-8")
            for arguments in (["db", "upgrade"], ["import", str(lines), "--publish"], ["search", "rebuild"]):
                command = [python, "-m", "oer", *arguments]
                subprocess.run(command, env=environment, check=True, cwd=tree, stdout=subprocess.DEVNULL)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen([python, str(HERE), "--answer"], env=environment, cwd=tree, **pipes)

    def ask(self, **question: str | int) -> float:
        """Return the calls of Python functions of one request, or milliseconds of CPU a request."""
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--beside", type=Path)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--requests", type=int, default=40)
    arguments.add_argument("--materials", type=int, default=100)
    arguments.add_argument("--keep", type=Path, help="where the installations are made, or lie from the time before")
    arguments.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.answer:
        _answer()
        return
    trees = {"here": TREE} | ({"beside": given.beside.resolve()} if given.beside else {})
    with tempfile.TemporaryDirectory() as name:
        folder = given.keep or Path(name)
        folder.mkdir(exist_ok=True)
        processes = {each: Answering(tree, folder / each, given.materials) for each, tree in trees.items()}
        try:
            _compare(processes, given.rounds, given.requests)
        finally:
            for process in processes.values():
                process.end()


def _compare(processes: dict[str, Answering], rounds: int, requests: int) -> None:
    calls = {(name, page): process.ask(page=page) for name, process in processes.items() for page in PAGES}
    spent: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for page in PAGES:
            for name, process in processes.items():
                spent.setdefault((name, page), []).append(process.ask(page=page, requests=requests))
    print(f"{'':18}{'calls':>8}{'CPU ms':>9}{'of bare':>9}{'calls to beside':>18}{'CPU to beside':>16}")
    for (name, page), each in spent.items():
        line = f"{name:8}{page:10}{calls[name, page]:8.0f}{statistics.median(each):9.2f}"
        line += f"{_ratio(spent[name, 'bare'], each):9.2f}"
        if name == "here" and "beside" in processes:
            line += f"{calls[name, page] / calls['beside', page]:18.3f}{_ratio(each, spent['beside', page]):16.3f}"
        print(line)


def _ratio(above: list[float], below: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(above, below, strict=True))


def _line(number: int) -> str:
    """Return one material as `oer import` reads it."""
    subject = ("bas.song", "dig.an-toan", "hea.so-cuu")[number % 3]
    metadata = {
        "title": {"vi": f"Bài học số {number} về an toàn điện", "en": f"Lesson {number}: electric safety"},
        "summary": {"vi": "Ngắt cầu dao trước khi sửa. Không chạm vào dây trần."},
        "creators": [{"name": f"Nhóm biên soạn {number % 7}", "role": "author"}],
        "subjects": [subject],
        "types": ["guide"],
        "audiences": ["workers"],
        "language": ["vi"],
        "time_required": "PT1H",
        "keywords": ["điện", "an toàn"],
        "licence": "https://creativecommons.org/licenses/by/4.0/",
    }
    content = f"# Bài {number}\n\nNgắt cầu dao trước khi sửa ổ điện số {number}."
    return json.dumps({"identifier": f"b{number}", "metadata": metadata, "content": content}) + "\n"


def _answer() -> None:
    """Answer questions from standard input: in the tree whose Python runs this."""
    work = _requests()
    for each in work.values():
        for _ in range(WARM_REQUESTS):
            each()
    _settle()
    for line in sys.stdin:
        question = json.loads(line)
        asked = work[question["page"]]
        print(json.dumps(_cpu(asked, question["requests"]) if "requests" in question else _calls(asked)), flush=True)


def _requests() -> dict[str, Callable[[], None]]:
    from oer.app import create_app  # whichever tree's  # noqa: PLC0415

    app = create_app()
    found = b"".join(_body(app, "/search", "q=an+to%C3%A0n+%C4%91i%E1%BB%87n"))
    public_id = found.split(b"/materials/")[1].split(b'"')[0].split(b"/")[0].split(b"?")[0].split(b"#")[0].decode()
    bare = _bare(Path(os.environ["OER_INSTANCE_DIR"]))
    return {
        "bare": lambda: _body(bare, "/"),
        "home": lambda: _body(app, "/"),
        "material": lambda: _body(app, f"/materials/{public_id}"),
        "search": lambda: _body(app, "/search", "q=an+to%C3%A0n+%C4%91i%E1%BB%87n"),
    }


def _bare(folder: Path) -> Callable:
    from scripts.bench.pages import CONTROL  # in this tree and the other  # noqa: PLC0415

    os.environ["CONTROL_DATABASE"] = f"sqlite:///{folder}/control.sqlite3"
    names = {"__name__": "control"}
    exec(CONTROL, names)
    return names["app"]


def _body(app: Callable, path: str, query: str = "") -> list[bytes]:
    from werkzeug.test import EnvironBuilder  # noqa: PLC0415

    environ = EnvironBuilder(path, "http://127.0.0.1/", query_string=query).get_environ()
    statuses: list[str] = []
    answer = app(environ, lambda status, *_: statuses.append(status))
    parts = list(answer)
    if hasattr(answer, "close"):
        answer.close()
    assert statuses == ["200 OK"], (path, statuses)
    return parts


def _settle() -> None:
    import gc  # noqa: PLC0415

    gc.collect()
    gc.freeze()


def _calls(asked: Callable[[], None]) -> int:
    count = 0

    def note(_frame, event, _argument) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    asked()
    sys.setprofile(None)
    return count


def _cpu(asked: Callable[[], None], requests: int) -> float:
    begin = time.process_time()
    for _ in range(requests):
        asked()
    return (time.process_time() - begin) * 1000 / requests


if __name__ == "__main__":
    main()
