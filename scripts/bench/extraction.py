"""Text out of a 118-page Vietnamese PDF, side by side with bare pypdfium2 and with pdftotext; a page as a picture.

To beat: 3x of bare pypdfium2, every word whole; a picture of a page in 400 ms, the start of its process included.

.venv/bin/python scripts/bench/extraction.py [pages]
"""

import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from pathlib import Path

from oer.backends.extraction.extracting import extract, render_page
from oer.backends.extraction.media_types import PDF
from oer.backends.extraction.protocol import Limits

ROUNDS = 5
CHROMIUM = "/usr/bin/chromium"
SENTENCES = [
    "Trước khi sửa chữa thiết bị điện trong nhà, hãy ngắt cầu dao và kiểm tra lại bằng bút thử điện.",
    "Người cao tuổi có thể nhờ con cháu hướng dẫn cách nhận biết tin nhắn lừa đảo trên điện thoại.",
    "Thư viện phường mở cửa các buổi chiều trong tuần; mọi người đều được mượn sách miễn phí.",
    "Khoảng cách an toàn giữa hai xe phụ thuộc vào tốc độ, mặt đường và thời tiết lúc bấy giờ.",
    "Muốn giữ thực phẩm được lâu, cần rửa sạch, để ráo nước rồi bảo quản trong ngăn mát tủ lạnh.",
    "Học viên luyện viết thư xin việc, sau đó đọc to trước lớp để các bạn cùng góp ý.",
    "Mật khẩu tốt là một cụm nhiều từ, dễ nhớ với bạn nhưng khó đoán với người khác.",
    "Ở những khu phố ngập nước, đừng chạm vào cột điện, tủ điện hay dây dẫn rơi xuống đường.",
    "Mỗi nghề đều đòi hỏi sự kiên trì: thợ may, thợ mộc, điều dưỡng hay người lập trình cũng vậy.",
    "Khuyến khích trẻ em kể lại câu chuyện vừa nghe bằng lời của chính mình.",
]


def book(folder: Path, pages: int) -> Path:
    """Print a book with headings, justified paragraphs and tables; its text is the same on every run."""
    chance = random.Random(118)
    leaves = []
    for number in range(1, pages + 1):
        paragraphs = "".join(f"<p>{' '.join(chance.choices(SENTENCES, k=4))}</p>" for _ in range(5))
        rows = "".join(f"<tr><td>Mục {row}</td><td>{chance.choice(SENTENCES)}</td></tr>" for row in range(1, 4))
        leaves.append(f"<section><h1>Bài {number}. Học suốt đời</h1>{paragraphs}<table>{rows}</table></section>")
    style = (
        "@page{size:A4;margin:18mm} section{break-after:page} p{text-align:justify} td{border:1px solid}"
        " body{font:11pt 'Noto Serif','DejaVu Serif',serif}"
    )
    (folder / "book.html").write_text(f"<meta charset=utf-8><style>{style}</style>{''.join(leaves)}", encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += ["--disable-dev-shm-usage", f"--user-data-dir={folder / 'chromium'}", "--no-pdf-header-footer"]
    command += [f"--print-to-pdf={folder / 'book.pdf'}", (folder / "book.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / "book.pdf"


BARE = """
import sys, pypdfium2
document = pypdfium2.PdfDocument(sys.argv[1])
for page in document:
    text_page = page.get_textpage()
    sys.stdout.buffer.write(text_page.get_text_bounded().encode("utf-8", "replace"))
    text_page.close()
    page.close()
"""


def run_bare(path: Path) -> str:
    done = subprocess.run([sys.executable, "-I", "-c", BARE, str(path)], check=True, capture_output=True)
    return done.stdout.decode()


def run_pdftotext(path: Path) -> str:
    return subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True).stdout.decode()


def run_ours(path: Path) -> str:
    return "\n".join(page.text for page in extract(path, PDF, Limits()).pages)


def measured(work, *given):
    """Return the medians of wall and processor seconds, and what the work gave."""
    walls, cpus, result = [], [], None
    for _ in range(ROUNDS):
        before = _cpu()
        begun = time.perf_counter()
        result = work(*given)
        walls.append(time.perf_counter() - begun)
        cpus.append(_cpu() - before)
    return statistics.median(walls), statistics.median(cpus), result


def _cpu() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def words(text: str) -> Counter:
    return Counter(unicodedata.normalize("NFC", text).split())


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 118
    with tempfile.TemporaryDirectory() as folder:
        path = book(Path(folder), pages)
        print(f"{pages} pages, {path.stat().st_size / 1024:.0f} KB; medians of {ROUNDS}")
        bare_wall, bare_cpu, bare_text = measured(run_bare, path)
        rows = [("bare pypdfium2", bare_wall, bare_cpu, bare_text), ("ours", *measured(run_ours, path))]
        wanted = words(bare_text)
        if shutil.which("pdftotext"):
            rows.append(("pdftotext", *measured(run_pdftotext, path)))
            wanted = words(rows[-1][3])
        print(f"{'':16}{'wall s':>8}{'CPU s':>8}{'x bare':>8}{'words whole':>13}")
        for name, wall, cpu, text in rows:
            share = sum((words(text) & wanted).values()) / sum(wanted.values())
            print(f"{name:16}{wall:8.2f}{cpu:8.2f}{cpu / bare_cpu:8.2f}{share:13.4f}")
        for width in (800, 1600):
            wall, cpu, picture = measured(render_page, path, pages // 2, width)
            print(f"page at {width:4} px: {wall * 1000:.0f} ms, CPU {cpu * 1000:.0f} ms, {len(picture) / 1024:.0f} KB")


if __name__ == "__main__":
    main()
