"""Small text files read a second: by a Python of their own each, by forks of a warm one, and by the worker as a whole.

To reach: 100 a second on two cores. Two threads, as the worker has.

.venv/bin/python -m scripts.bench.small_files [files]
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import sqlalchemy as sa

from oer.backends.extraction.extracting import extract
from oer.backends.extraction.isolation import readers
from oer.backends.extraction.media_types import MARKDOWN
from oer.backends.extraction.protocol import State
from oer.core.installation import Installation
from oer.files.jobs import extract_one
from oer.files.models import Rendition, RenditionState
from oer.files.services.ingest import receive, save_blob
from scripts.bench.serving import make_installation

THREADS = 2
SENTENCE = "Người cao tuổi có thể nhờ con cháu hướng dẫn cách nhận biết tin nhắn lừa đảo trên điện thoại.\n\n"
ALONE = "import sys; from oer.backends.extraction.formats import web; open(sys.argv[1]).read()"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1149
    readers.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [_file(folder / f"{number}.md", number) for number in range(count)]
        installation = make_installation(folder / "installation")
        hashes = [_keep(installation, path) for path in paths]
        rows: dict[str, tuple[Callable[..., None], Sequence[object]]] = {
            "a Python of its own": (_alone, paths[: max(count // 20, 20)]),
            "forked from a warm one": (_forked, paths),
            "with claim, lease and saving": (lambda sha256: extract_one(installation, sha256), hashes),
        }
        for title, (work, given) in rows.items():
            print(f"{title:30}{_a_second(work, given):7.1f} files/s")
        with installation.database.reading() as session:
            query = sa.select(sa.func.count()).where(Rendition.state == RenditionState.OK)
            assert session.scalar(query) == count
        installation.database.engine.dispose()


def _file(path: Path, number: int) -> Path:
    path.write_text(f"# Bài {number}\n\n{SENTENCE * 20}", encoding="utf-8")
    path.chmod(0o444)
    return path


def _keep(installation: Installation, path: Path) -> str:
    content = BytesIO(path.read_bytes())
    with (
        receive(installation.storage, installation.scanner, content, path.name, limit=10**6) as received,
        installation.database.transaction() as session,
    ):
        return save_blob(session, installation.storage, received).sha256


def _alone(path: Path) -> None:
    subprocess.run([sys.executable, "-I", "-c", ALONE, str(path)], check=True)


def _forked(path: Path) -> None:
    assert extract(path, MARKDOWN).state is State.OK


def _a_second(work: Callable[..., None], given: Sequence[object]) -> float:
    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, given))
    return len(given) / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
