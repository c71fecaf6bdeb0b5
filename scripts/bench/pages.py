"""Requests a second of the home page and of a material's page, kept and not kept, beside a bare page.

The control is the least that one could write: Flask, one row from SQLite by SQLAlchemy's ORM, a short Jinja template.
Each is served by granian with one worker, on its own port, in turns; medians of several rounds of `wrk`.

    .venv/bin/python -m scripts.bench.pages [--rounds 5] [--seconds 3] [--materials 100,10000]
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from oer.config import Settings
from oer.core.clock import now
from oer.core.engines import open_engines
from oer.core.schema import upgrade_schema
from tests.serving import free_port

ROOT = Path(__file__).parents[2]
CONTROL = '''
import os, sqlalchemy as sa
from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase): pass

class Row(Base):
    __tablename__ = "row"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]

engine = sa.create_engine(os.environ["CONTROL_DATABASE"])
Base.metadata.create_all(engine)
with Session(engine) as session:
    session.merge(Row(id=1, title="Thủy lợi nội đồng"))
    session.commit()
app = Flask(__name__)
PAGE = """<!doctype html><title>{{ row.title }}</title><h1>{{ row.title }}</h1>
<ul>{% for n in range(20) %}<li>{{ n }} {{ row.title }}</li>{% endfor %}</ul>"""
app.jinja_loader = DictLoader({"page.html": PAGE})

@app.get("/")
def page():
    with Session(engine) as session:
        return render_template("page.html", row=session.get(Row, 1))
'''


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=int, default=3)
    arguments.add_argument("--materials", default="100,10000")
    given = arguments.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed (apt install wrk)")
    for count in map(int, given.materials.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), count, given.rounds, given.seconds)


def _measure(folder: Path, count: int, rounds: int, seconds: int) -> None:
    public_id = _make(folder, count)
    (folder / "control.py").write_text(CONTROL)
    kept = {"OER_INSTANCE_DIR": str(folder / "instance"), "OER_BASE_URL": "http://127.0.0.1"}
    servers = {
        "control": (["control:app"], {"CONTROL_DATABASE": f"sqlite:///{folder}/control.sqlite3"}),
        "kept": (["--factory", "oer.app:create_app"], kept),
        "not kept": (["--factory", "oer.app:create_app"], {**kept, "OER_PAGE_CACHE_BYTES": "0"}),
    }
    pages = {"home": "/", "material": f"/materials/{public_id}"}
    speeds: dict[tuple[str, str], list[float]] = {}
    with _started(servers, folder) as ports:
        for _ in range(rounds):
            for name in servers:
                for page, path in {"bare page": "/"}.items() if name == "control" else pages.items():
                    speeds.setdefault((name, page), []).append(_wrk(ports[name], path, seconds))
    _print(count, speeds)


def _make(folder: Path, count: int) -> str:
    """Fill an installation by the importing command; return the id of one material."""
    environment = {**os.environ, "OER_INSTANCE_DIR": str(folder / "instance")}
    settings = Settings(instance_dir=folder / "instance")
    settings.instance_dir.mkdir()
    upgrade_schema(settings.database)
    lines = folder / "lines.jsonl"
    with lines.open("w", encoding="utf-8") as file:
        for number in range(count):
            subject = ["bas.song", "dig.may-tinh", "hea.so-cuu"][number % 3] if number % 3 == 0 else "bas.song"
            file.write(
                f'{{"identifier": "b{number}", "metadata": {{"title": {{"vi": "Bài học số {number} về an toàn điện"}},'
                f' "summary": {{"vi": "Ngắt cầu dao trước khi sửa."}}, "subjects": ["{subject}"], "types": ["guide"],'
                f' "audiences": ["workers"], "language": ["vi"], "time_required": "PT1H",'
                f' "licence": "https://creativecommons.org/licenses/by/4.0/"}},'
                f' "content": "# Bài {number}\\n\\nNgắt cầu dao."}}\n'
            )
    command = [sys.executable, "-m", "oer"]
    subprocess.run([*command, "db", "upgrade"], env=environment, check=True, cwd=ROOT, capture_output=True)
    subprocess.run(
        [*command, "import", str(lines), "--publish"], env=environment, check=True, cwd=ROOT, capture_output=True
    )
    engines = open_engines(settings)
    with engines.database.reading() as session:
        found = session.scalar(sa.text("SELECT public_id FROM material WHERE current_version_id IS NOT NULL LIMIT 1"))
    engines.database.engine.dispose()
    assert found, f"nothing was imported ({now()})"
    return str(found)


@contextmanager
def _started(servers, folder: Path):
    ports, processes = {}, []
    try:
        for name, (target, environment) in servers.items():
            ports[name] = free_port()
            command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--no-ws"]
            command += ["--host", "127.0.0.1", "--port", str(ports[name]), "--log-level", "warning", *target]
            path = {"PYTHONPATH": f"{folder}:{ROOT}"}
            processes.append(subprocess.Popen(command, env={**os.environ, **path, **environment}, cwd=folder))
        for port in ports.values():
            _wait(port)
        yield ports
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("a server did not start")


def _wrk(port: int, path: str, seconds: int) -> float:
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def _print(count: int, speeds: dict[tuple[str, str], list[float]]) -> None:
    bare = statistics.median(speeds["control", "bare page"])
    print(f"{count} materials; requests/s, medians, and as a part of the bare page's")
    for (name, page), each in speeds.items():
        print(f"  {name:9} {page:10} {statistics.median(each):8.0f}  {statistics.median(each) / bare:5.2f}")


if __name__ == "__main__":
    main()
