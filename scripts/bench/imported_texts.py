"""How soon imported texts are found: `oer import` of lines with a text each, a real worker, and the words of the last.

To reach: 10,000 within 3 minutes on two cores. The processor time says what it costs where others use the machine too.

.venv/bin/python -m scripts.bench.imported_texts [texts]
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from oer.accounts.services.administration import system_account
from oer.backends.search import IndexMissing, Query
from oer.catalogue.jobs.importing import ImportRun, import_lines
from oer.core.installation import Installation
from oer.search.query_parser import parse_query
from scripts.bench.serving import make_installation

SENTENCE = "Người cao tuổi có thể nhờ con cháu hướng dẫn cách nhận biết tin nhắn lừa đảo trên điện thoại.\n\n"
ONLY_IN_TEXTS = "con cháu hướng dẫn"
PATIENCE_SECONDS = 3600


def line(number: int) -> str:
    metadata = {
        "title": {"vi": f"Bài đọc số {number}"},
        "summary": {"vi": "Bài đọc cho người lớn tại các trung tâm cộng đồng."},
        "creators": [{"name": f"Nhóm biên soạn {number % 97}"}],
        "subjects": ["bas.song"],
        "levels": ["moi-trinh-do"],
        "types": ["textbook"],
        "audiences": ["all"],
        "language": ["vi"],
        "licence": "https://creativecommons.org/licenses/by/4.0/",
    }
    text = f"# Bài đọc {number}\n\n{SENTENCE * 20}"
    return json.dumps({"identifier": f"bai-{number}", "metadata": metadata, "content": text}, ensure_ascii=False)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installation = make_installation(folder)
        with installation.database.transaction() as session:
            owner_id = system_account(session).id
        begun, own = time.perf_counter(), time.process_time()
        import_lines(ImportRun(installation, owner_id, publish=True), map(line, range(count)))
        imported, cost = time.perf_counter(), time.process_time() - own
        print(f"imported: {imported - begun:.1f} s, {cost:.1f} s of processor time", flush=True)
        environment = {**os.environ, "OER_INSTANCE_DIR": str(folder / "instance")}
        worker = subprocess.Popen([sys.executable, "-m", "oer", "worker"], env=environment, stderr=subprocess.DEVNULL)
        try:
            _wait(installation, count)
            found = time.perf_counter()
        finally:
            worker.send_signal(signal.SIGINT)
            _, _, used = os.wait4(worker.pid, 0)
        print(f"all found: {found - imported:.1f} s after that; the worker and its readers took "
              f"{used.ru_utime + used.ru_stime:.1f} s of processor time")  # fmt: skip
        installation.database.engine.dispose()


def _wait(installation: Installation, count: int) -> None:
    query = Query(must=parse_query(f'"{ONLY_IN_TEXTS}"').must)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if installation.search_index.search(query).total == count:
                return
        except IndexMissing:
            pass
        time.sleep(2)
    raise SystemExit("not all were found")


if __name__ == "__main__":
    main()
