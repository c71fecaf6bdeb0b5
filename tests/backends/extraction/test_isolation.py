"""The isolated process: it may die, and nothing else does (misuse 8, 12-15, 17, 94; advisories 4-6, 30-32)."""

import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from functools import cache
from pathlib import Path

import psutil
import pytest
from PIL import Image

from oer.backends.extraction import media_types as types
from oer.backends.extraction.extracting import NotRendered, extract, render_page
from oer.backends.extraction.isolation import Outcome, run_isolated, sweep_folders
from oer.backends.extraction.protocol import Limits, State
from oer.backends.extraction.result import message_line
from tests.backends.extraction import document_factories as made
from tests.backends.extraction.pdf_factories import encrypted_pdf, flate_bomb, pdf_of

MIB = 1024**2


def run(program, *, output_bytes=MIB, wall=10.0):
    return run_isolated([sys.executable, "-I", "-c", program], b"told", output_bytes=output_bytes, wall=wall)


def confined(program, **limits):
    return run(
        "from oer.backends.extraction.confinement import confine\n"
        "from oer.backends.extraction.protocol import Limits\n"
        f"confine(Limits(**{limits!r}))\n" + program
    )


@cache
def long_pdf():
    """800 pages that take a while to read."""
    lines = "\n".join(["Người cao tuổi học kỹ năng số tại thư viện phường"] * 45)
    return pdf_of([f"Trang số {number}\n{lines}" for number in range(1, 801)])


class TestRunning:
    def test_what_it_writes_is_given_back(self):
        outcome = run("import sys; print(sys.stdin.read() * 2); print('log', file=sys.stderr)")
        assert (outcome.output, outcome.log, outcome.returncode, outcome.stopped) == (b"toldtold\n", "log\n", 0, "")

    def test_it_is_stopped_when_its_time_is_over(self):
        begun = time.monotonic()
        assert run("import time; time.sleep(60)", wall=0.5).stopped == "wall"
        assert run("while True: print('x' * 9, flush=True)", wall=0.5, output_bytes=1 << 40).stopped == "wall"
        assert run("import os, time; os.close(1); os.close(2); time.sleep(60)", wall=0.5).stopped == "wall"
        assert time.monotonic() - begun < 15

    def test_it_is_stopped_when_it_writes_too_much(self):
        assert run("while True: print('x' * 1000)").stopped == "output"

    def test_a_flood_of_complaints_is_cut_and_does_not_stop_it(self):
        outcome = run("import sys; sys.stderr.write('x' * 5_000_000); print('done')")
        assert outcome.output == b"done\n"
        assert len(outcome.log) < MIB

    def test_all_that_it_started_ends_with_it(self, tmp_path):
        program = (
            "import subprocess, sys\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
            "print(child.pid)"
        )
        child = int(run(program).output)
        assert not psutil.wait_procs([psutil.Process(child)] if psutil.pid_exists(child) else [], timeout=30)[1]

    def test_it_sees_nothing_of_ours_and_its_folder_goes(self, monkeypatch):
        monkeypatch.setenv("OER_SECRET_KEY", "secret")
        program = "import os; print(os.getcwd(), os.environ['HOME'], 'OER_SECRET_KEY' in os.environ); open('left', 'w')"
        folder, home, secret = run(program).output.decode().split()
        assert (folder, secret) == (home, "False")
        assert Path(folder).parent == Path(tempfile.gettempdir())
        assert not Path(folder).exists()

    def test_it_dies_with_the_process_that_waits_for_it(self, tmp_path):
        (tmp_path / "inner.py").write_text(
            "import os, pathlib, time\n"
            "from oer.backends.extraction.confinement import die_with_parent\n"
            "die_with_parent()\n"
            f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
            "time.sleep(60)"
        )
        program = (
            "import sys; from oer.backends.extraction.isolation import run_isolated\n"
            f"run_isolated([sys.executable, {str(tmp_path / 'inner.py')!r}], b'', output_bytes=9, wall=60)"
        )
        waiting = subprocess.Popen([sys.executable, "-c", program])
        deadline = time.monotonic() + 60
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        reader = psutil.Process(int((tmp_path / "pid").read_text()))
        waiting.send_signal(signal.SIGKILL)
        waiting.wait()
        assert not psutil.wait_procs([reader], timeout=30)[1]


class TestConfinement:
    def test_memory_is_limited(self):
        assert b"MemoryError" in confined("x = bytearray(900 * 1024**2)", memory_bytes=500 * MIB).log.encode()

    def test_processor_time_is_limited(self):
        outcome = confined("while True: pass", cpu_seconds=1)
        assert outcome.returncode == -signal.SIGXCPU

    def test_what_it_writes_to_disk_is_limited(self):
        outcome = confined("open('x', 'wb').write(bytes(5 * 1024**2))", written_bytes=MIB)
        assert outcome.returncode != 0

    @pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user may be refused a network of its own")
    def test_there_is_no_network(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            program = (
                "import socket\n"
                f"try: socket.create_connection({server.getsockname()!r}, 2); print('reached')\n"
                "except OSError: print('cut off')"
            )
            assert confined(program).output == b"cut off\n"


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

        def run_out_of_time(task, request, limits, wall=None):
            turns.append(request.get("pages_done", 0))
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
        def answer(task, request, limits, wall=None):
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
    for name in ("oer-reader-a", "oer-office-b", "others"):
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
