"""Requests a second of the home page and of a material's page, cached and not cached, beside a bare page.

Each is asked for as it is and as browsers do, who accept it compressed.

The control is the least that one could write: Flask, one row from SQLite by SQLAlchemy's ORM, a short Jinja template.
Ours is what each web process of `oer serve` runs. Each is served by granian with one worker, on its own port, in turns;
medians of several rounds of `wrk`.

    .venv/bin/python -m scripts.bench.pages [--rounds 5] [--seconds 3] [--materials 100,10000]
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa

from oer.core.clock import now
from scripts.bench.serving import FRONT, ROOT, make_installation, requests_a_second, started

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


ACCEPTED = {"plain": "", "compressed": "gzip, deflate, br, zstd"}


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
        "cached": (FRONT, kept),
        "not cached, WSGI": (["--factory", "oer.app:create_app"], {**kept, "OER_PAGE_CACHE_BYTES": "0"}),
        "not cached": (FRONT, {**kept, "OER_PAGE_CACHE_BYTES": "0"}),
    }
    pages = {"home": "/", "material": f"/materials/{public_id}"}
    speeds: dict[tuple[str, str], list[float]] = {}
    with started(servers, folder) as ports:
        for _ in range(rounds):
            for name in servers:
                for page, path in {"bare page": "/"}.items() if name == "control" else pages.items():
                    for as_, accepted in ACCEPTED.items():
                        speed = requests_a_second(ports[name], path, seconds, accepted)
                        speeds.setdefault((name, f"{page}, {as_}"), []).append(speed)
    _print(count, speeds)


def _make(folder: Path, count: int) -> str:
    """Fill an installation by the importing command; return the id of one material."""
    installation = make_installation(folder)
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
    command = [sys.executable, "-m", "oer", "import", str(lines), "--publish"]
    environment = {**os.environ, "OER_INSTANCE_DIR": str(folder / "instance")}
    subprocess.run(command, env=environment, check=True, cwd=ROOT, capture_output=True)
    with installation.database.reading() as session:
        found = session.scalar(sa.text("SELECT public_id FROM material WHERE current_version_id IS NOT NULL LIMIT 1"))
    installation.database.engine.dispose()
    assert found, f"nothing was imported ({now()})"
    return str(found)


def _print(count: int, speeds: dict[tuple[str, str], list[float]]) -> None:
    bare = statistics.median(speeds["control", "bare page, plain"])
    print(f"{count} materials; requests/s, medians, and as a part of the bare page's")
    for (name, page), each in speeds.items():
        print(f"  {name:16} {page:22} {statistics.median(each):8.0f}  {statistics.median(each) / bare:5.2f}")


if __name__ == "__main__":
    main()
