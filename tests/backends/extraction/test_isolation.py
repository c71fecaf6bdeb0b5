"""The isolated process: it may die, and nothing else does (misuse 8, 12-15, 17, 94; advisories 4-6, 30-32)."""

import io
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from pathlib import Path

import psutil
import pytest
from PIL import Image

from oer.backends.extraction import media_types as types
from oer.backends.extraction.extracting import NotRendered, extract, render_page
from oer.backends.extraction.isolation import Outcome
from oer.backends.extraction.protocol import Limits, State
from oer.backends.extraction.reader_folders import private_folder, sweep_folders
from oer.backends.extraction.result import message_line
from tests.backends.extraction import document_factories as made
from tests.backends.extraction import hostile
from tests.backends.extraction.pdf_factories import encrypted_pdf, flate_bomb, pdf_of

MIB = 1024**2


@pytest.fixture(scope="module")
def run():
    """Runs a program in the place of a reader, as confined as a real one."""
    readers = hostile.readers()

    def run(program, *, wall=60.0, media=False, path=None, **limits):
        with private_folder() as folder:
            task = "ocr" if media else "program"
            return readers.run(task, path, Limits(**limits), wall=wall, folder=folder, program=program)

    yield run
    readers.close()


@cache
def long_pdf():
    """800 pages that take a while to read."""
    lines = "\n".join(["Người cao tuổi học kỹ năng số tại thư viện phường"] * 45)
    return pdf_of([f"Trang số {number}\n{lines}" for number in range(1, 801)])


class TestRunning:
    def test_what_it_writes_is_given_back(self, run):
        outcome = run("import sys; print('told'); print('log', file=sys.stderr)")
        assert (outcome.output, outcome.log, outcome.returncode, outcome.stopped) == (b"told\n", "log\n", 0, "")

    def test_how_it_ended_is_told(self, run):
        assert run("raise SystemExit(3)").returncode == 3
        assert run("import os; os.abort()").returncode == -signal.SIGABRT
        failed = run("1 / 0")
        assert failed.returncode == 1
        assert "ZeroDivisionError" in failed.log

    def test_it_is_stopped_when_its_time_is_over(self, run):
        begun = time.monotonic()
        assert run("import time; time.sleep(60)", wall=0.5).stopped == "wall"
        assert run("while True: print('x' * 9, flush=True)", wall=0.5, output_bytes=1 << 40).stopped == "wall"
        assert run("import os, time; os.close(1); os.close(2); time.sleep(60)", wall=0.5).stopped == "wall"
        assert time.monotonic() - begun < 45

    def test_it_is_stopped_when_it_writes_too_much(self, run):
        assert run("while True: print('x' * 1000)", output_bytes=MIB).stopped == "output"

    def test_a_flood_of_complaints_is_cut_and_does_not_stop_it(self, run):
        outcome = run("import sys; sys.stderr.write('x' * 5_000_000); print('done')")
        assert outcome.output == b"done\n"
        assert len(outcome.log) < MIB

    def test_all_that_it_started_ends_with_it(self, run):
        child = int(run("import os, time\nchild = os.fork()\nif not child: time.sleep(60)\nprint(child)").output)
        assert not psutil.wait_procs([psutil.Process(child)] if psutil.pid_exists(child) else [], timeout=30)[1]

    def test_it_sees_nothing_of_ours_and_its_folder_goes(self, monkeypatch):
        monkeypatch.setenv("OER_SECRET_KEY", "secret")
        readers = hostile.readers()
        program = (
            "import os; print(os.getcwd(), os.environ['HOME'], *(name for name in os.environ if 'OER' in name))\n"
            "open('left', 'w')"
        )
        with private_folder() as folder:
            output = readers.run("program", None, Limits(), wall=60, folder=folder, program=program).output
            assert output.decode().split() == [str(folder)] * 2
            assert (folder / "left").exists()
        readers.close()
        assert not folder.exists()

    def test_it_has_its_file_and_no_other_descriptor(self, run, tmp_path):
        (tmp_path / "a").write_text("mine")
        program = "import os\nprint(open(path).read(), *(n for n in range(3000) if has(n)))"
        has = "def has(n):\n  import os\n  try: os.fstat(n)\n  except OSError: return False\n  return True\n"
        assert run(has + program, path=tmp_path / "a").output == b"mine 0 1 2 3\n"

    def test_its_file_is_read_whoever_may_read_it(self, run, tmp_path):
        (tmp_path / "a").write_text("mine")
        (tmp_path / "a").chmod(0o600)
        assert run("print(open(path).read())", path=tmp_path / "a").output == b"mine\n"


class TestForkServer:
    def test_one_that_crashes_or_hangs_leaves_the_others_alone(self, run):
        with ThreadPoolExecutor(4) as pool:
            slow = pool.submit(run, "import time; time.sleep(2); print('done')")
            hanging = pool.submit(run, "while True: pass", wall=1.0)
            crashed = [run("import os; os.abort()").returncode for _ in range(3)]
            assert slow.result().output == b"done\n"
            assert hanging.result().stopped == "wall"
        assert crashed == [-signal.SIGABRT] * 3

    def test_a_server_that_was_ended_is_followed_by_another(self):
        readers = hostile.readers()
        for _ in range(2):
            with private_folder() as folder:
                found = readers.run(
                    "program", None, Limits(), wall=60, folder=folder, program="import os; print(os.getppid())"
                )
            server = psutil.Process(int(found.output))
            server.kill()
            assert not psutil.wait_procs([server], timeout=30)[1]
        readers.close()

    def test_it_ends_with_the_process_that_waits_for_it(self, tmp_path):
        program = (
            "import sys; from pathlib import Path; from tests.backends.extraction import hostile\n"
            "from oer.backends.extraction.protocol import Limits\n"
            "told = f'import os, time; print(os.getpid(), os.getppid(), flush=True); time.sleep(600)'\n"
            "from oer.backends.extraction import isolation\n"
            "seen = isolation._read_into\n"
            "def show(target, *rest):\n"
            "    left = seen(target, *rest)\n"
            "    if target: print(target.decode(), flush=True)\n"
            "    return left\n"
            "isolation._read_into = show\n"
            f"hostile.readers().run('program', None, Limits(), wall=600, folder=Path({str(tmp_path)!r}), program=told)"
        )
        root = Path(__file__).parents[3]
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=root) as waiting:
            reader, server = map(psutil.Process, map(int, waiting.stdout.readline().split()))
            waiting.kill()
        assert not psutil.wait_procs([reader, server], timeout=60)[1]

    def test_a_new_server_is_started_after_so_many_forks(self, run, monkeypatch):
        monkeypatch.setattr("oer.backends.extraction.isolation._MOST_FORKS", 2)
        readers = hostile.readers()
        servers = []
        for _ in range(4):
            with private_folder() as folder:
                program = "import os; print(os.getppid())"
                servers.append(readers.run("program", None, Limits(), wall=60, folder=folder, program=program).output)
        readers.close()
        assert servers[0] == servers[1] != servers[2] == servers[3]


class TestLimits:
    def test_memory_is_limited(self, run):
        assert b"MemoryError" in run("x = bytearray(900 * 1024**2)", memory_bytes=500 * MIB).output

    def test_processor_time_is_limited(self, run):
        assert run("while True: pass", cpu_seconds=1).returncode == -signal.SIGXCPU

    def test_what_it_writes_to_disk_is_limited(self, run):
        outcome = run("open('x', 'wb').write(bytes(5 * 1024**2))", written_bytes=MIB)
        assert outcome.returncode != 0


class TestExtraction:
    def test_a_bomb_of_a_pdf_ends_as_a_limit(self, extracted):
        found = extracted(flate_bomb(), types.PDF, memory_bytes=400 * MIB)
        assert found.state is State.LIMIT

    def test_pages_that_were_read_before_the_end_are_kept(self, tmp_path):
        (tmp_path / "a.pdf").write_bytes(pdf_of([f"Trang {number}" for number in range(1, 400)]))
        found = extract(tmp_path / "a.pdf", types.PDF, Limits(pages=7))
        assert (found.state, found.pages[-1].text, len(found.pages)) == (State.LIMIT, "Trang 7", 7)
        found = extract(tmp_path / "a.pdf", types.PDF, Limits(output_bytes=20_000))
        assert found.state is State.LIMIT
        assert 3 < len(found.pages) < 399

    def test_a_long_pdf_is_read_by_several_processes_in_turn(self, tmp_path):
        (tmp_path / "a.pdf").write_bytes(long_pdf())
        found = extract(tmp_path / "a.pdf", types.PDF, Limits(cpu_seconds=1, processes=40))
        assert (found.state, found.facts.pages, found.facts.language) == (State.OK, 800, "vi")
        assert [page.text.split("\n")[0] for page in found.pages] == [f"Trang số {n}" for n in range(1, 801)]
        assert [page.number for page in found.pages] == list(range(1, 801))
        assert found.cover

    def test_turns_end_when_one_brings_nothing_or_all_are_over(self, tmp_path, monkeypatch):
        turns = []

        def run_out_of_time(task, path, limits, wall=None, *, media_type, pages_done=0):
            turns.append(pages_done)
            page = {"page": {"number": len(turns), "label": "", "text": "x", "html": ""}}
            lines = b"" if len(turns) == 3 else message_line(page)
            return Outcome(lines, "", -signal.SIGXCPU)

        monkeypatch.setattr("oer.backends.extraction.extracting.run_reader", run_out_of_time)
        for most in (2, 10):
            turns.clear()
            found = extract(tmp_path / "a.pdf", types.PDF, Limits(processes=most))
            assert (found.state, len(found.pages)) == (State.LIMIT, 2)
            assert turns == [0, 1, 2][:most]

    @pytest.mark.parametrize(("with_text", "is_scan"), [(9, False), (1, True), (0, True)])
    def test_a_picture_in_front_does_not_make_a_book_a_scan(self, tmp_path, monkeypatch, with_text, is_scan):
        def answer(task, path, limits, wall=None, **request):
            texts = ["", *["chữ"] * with_text]
            lines = [{"page": {"number": n, "label": "", "text": text, "html": ""}} for n, text in enumerate(texts, 1)]
            if task == "ocr":
                lines = [{"ocr_text": {"number": 1, "text": "Bìa"}}]
            end = {"facts": {}, "needs_ocr": [1], "state": "ok" if with_text else "no_text", "detail": ""}
            return Outcome(b"".join(map(message_line, [*lines, end])), "", 0)

        monkeypatch.setattr("oer.backends.extraction.extracting.run_reader", answer)
        monkeypatch.setattr("oer.backends.extraction.extracting.has_ocr", lambda: True)
        found = extract(tmp_path / "a.pdf", types.PDF)
        assert (found.state, found.facts.recognised, found.pages[0].text) == (State.OK, is_scan, "Bìa")

    @pytest.mark.parametrize(
        ("content", "media_type", "state"),
        [
            (encrypted_pdf(), types.PDF, State.ENCRYPTED),
            (pdf_of(["x"])[:300], types.PDF, State.DAMAGED),
            (b"%PDF-1.7", types.PDF, State.DAMAGED),
            (pdf_of([b"0 0 10 10 re f"]), types.PDF, State.NO_TEXT),
            (made.encrypted_office_file(), types.DOCX, State.ENCRYPTED),
            (made.docx("<w:p>"), types.DOCX, State.DAMAGED),
            (made.docx(made.paragraph("&a;"), doctype='<!DOCTYPE w [<!ENTITY a "a">]>'), types.DOCX, State.LIMIT),
            (made.docx(""), types.DOCX, State.NO_TEXT),
            (b"x", "application/octet-stream", State.UNSUPPORTED),
            (made.png((3000, 3000)), types.PNG, State.LIMIT),
            (made.png()[:60], types.PNG, State.DAMAGED),
        ],
    )
    def test_each_end_has_its_name(self, extracted, content, media_type, state):
        assert extracted(content, media_type, image_pixels=MIB).state is state

    def test_a_picture_bomb_is_not_decoded(self, extracted):
        flood = bytearray(made.png())
        flood[16:24] = (60_000).to_bytes(4, "big") * 2
        assert extracted(bytes(flood), types.PNG).state in {State.LIMIT, State.DAMAGED}

    def test_a_reader_that_meets_what_it_does_not_know_has_failed_and_the_log_says_why(self, tmp_path):
        found = extract(tmp_path / "nowhere", types.TEXT)
        assert (found.state, found.pages) == (State.FAILED, [])
        assert "FileNotFoundError" in found.detail

    def test_nothing_is_left_in_the_folder_for_temporary_files(self, extracted, tmp_path, monkeypatch):
        (tmp_path / "temporary").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
        extracted(flate_bomb(), types.PDF, memory_bytes=400 * MIB)
        extracted("xin chào", types.TEXT)
        assert list((tmp_path / "temporary").iterdir()) == []


def test_folders_of_dead_readers_are_swept_and_young_ones_spared(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("oer-reader-a", "oer-reader-b", "others"):
        (tmp_path / name / "file").mkdir(parents=True)
    assert sweep_folders(timedelta(hours=1)) == 0
    assert sweep_folders(timedelta(0)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["others"]


class TestPagesAsPictures:
    def test_a_page_is_drawn_at_the_width_that_is_wanted(self, tmp_path):
        (tmp_path / "a.pdf").write_bytes(pdf_of(["một", "hai"]))
        for width in (800, 1600):
            drawn = render_page(tmp_path / "a.pdf", 2, width)
            with Image.open(io.BytesIO(drawn)) as image:
                assert (image.format, image.width) == ("WEBP", width)

    @pytest.mark.parametrize("size", [(14_400, 100), (100, 14_400), (14_400, 14_400)])
    def test_a_page_of_five_metres_is_drawn_within_limits(self, tmp_path, size):
        (tmp_path / "a.pdf").write_bytes(pdf_of(["x"], size=size))
        with Image.open(io.BytesIO(render_page(tmp_path / "a.pdf", 1, 1600))) as image:
            assert image.width <= 1600
            assert image.width * image.height <= 16_000_000

    @pytest.mark.parametrize("page", [0, -1, 2, 999_999])
    def test_a_page_that_is_not_there_is_not_drawn(self, tmp_path, page):
        (tmp_path / "a.pdf").write_bytes(pdf_of(["x"]))
        with pytest.raises(NotRendered):
            render_page(tmp_path / "a.pdf", page, 800)

    def test_a_bomb_is_not_drawn(self, tmp_path):
        (tmp_path / "a.pdf").write_bytes(flate_bomb())
        with pytest.raises(NotRendered) as caught:
            render_page(tmp_path / "a.pdf", 1, 800, Limits(memory_bytes=400 * MIB))
        assert caught.value.state is State.LIMIT
