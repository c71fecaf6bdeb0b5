"""The product installed from its wheel, away from the checkout."""

import re
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from pathlib import Path

import pytest

from tests.serving import ROOT, Service


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the product from its wheel, and borrows only the libraries from here."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("hoclieumo_oer-*.whl")
    venv.create(folder / "venv", symlinks=True)
    own = next((folder / "venv" / "lib").glob("python3*")) / "site-packages"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(own), str(wheel)],
        check=True,
        capture_output=True,
    )
    # Its own packages come first, so that `oer` is the wheel's.
    (own / "libraries.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    return folder / "venv" / "bin" / "python"


def test_the_wheel_carries_everything_that_a_service_needs(installed: Path, tmp_path: Path) -> None:
    show = [installed, "-c", "import oer; print(oer.__file__)"]
    where = subprocess.run(show, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert str(installed.parent.parent) in where
    with Service(tmp_path / "instance", {"OER_DATABASE_URL": ""}, python=str(installed)) as service:
        with urllib.request.urlopen(f"{service.url}/", timeout=30) as home:
            page = home.read().decode()
        assert 'lang="vi"' in page
        assert "Bỏ qua" in page or "nội dung chính" in page
        with urllib.request.urlopen(f"{service.url}/static/look.css", timeout=30) as style:
            assert b"--accent" in style.read()
        assert service.run("doctor").returncode == 0


def test_no_document_tells_anybody_to_install_what_is_not_ours() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "scripts").glob("*"), ROOT / "oer" / "cli.py"]
    told = [
        (path.name, found[1])
        for path in pages
        if path.is_file()
        for found in re.finditer(r"pip install((?: \S+)+)", path.read_text(encoding="utf-8"))
    ]
    assert told
    for _page, words in told:
        # Only files and options: requirements, the wheel that was built, the checkout; and uv for the lock files.
        named = [word for word in words.split("`")[0].split() if re.fullmatch(r"[a-z][a-z0-9_-]*(\[.*\])?", word)]
        assert set(named) <= {"uv"}, words
