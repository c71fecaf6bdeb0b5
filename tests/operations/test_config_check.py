"""What somebody is told whose settings are wrong or name what does not answer: a sentence, by each command."""

import os
import shutil
import sys
from dataclasses import fields
from pathlib import Path

import huey.storage
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from oer.cli import main
from oer.config import Settings
from tests.conftest import POSTGRESQL
from tests.serving import ROOT, Service, free_port


@pytest.fixture
def instance(upgraded: Path, tmp_path: Path) -> Path:
    shutil.copytree(upgraded, tmp_path / "instance")
    return tmp_path / "instance"


def _run(instance: Path, *command: str, **environment: str) -> Result:
    clean = dict.fromkeys((name for name in os.environ if name.startswith("OER_")), None)
    given = clean | {"OER_INSTANCE_DIR": str(instance), "OER_STORAGE_URL": f"file:{instance / 'uploads'}"} | environment
    return CliRunner(env=given).invoke(main, command)


def _said(instance: Path, *command: str, **environment: str) -> str:
    """What a command says that ends with code 1, without a traceback."""
    done = _run(instance, *command, **environment)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit), done.output
    assert len(done.stderr.splitlines()) < 8, done.stderr
    return done.output


def test_settings_that_are_right_are_said_to_be(instance: Path) -> None:
    done = _run(instance, "config", "check")
    assert done.exit_code == 0
    assert "database: answers" in done.output
    assert "every part answers" in done.output


@pytest.mark.parametrize("command", [("serve",), ("worker",), ("config", "check"), ("db", "upgrade"), ("doctor",)])
def test_every_start_names_the_setting_the_fault_and_an_example(instance: Path, command: tuple[str, ...]) -> None:
    said = _said(instance, *command, OER_SMTP_URL="foo", OER_BASE_URL="hoclieu.test", OER_DATABSE_URL="sqlite:///a")
    assert "OER_SMTP_URL ('foo') must be smtp://" in said
    assert "Example: OER_SMTP_URL=smtps://" in said
    assert "OER_BASE_URL ('hoclieu.test') must be an address with http:// or https://" in said
    assert "OER_DATABSE_URL is no setting. Did you mean OER_DATABASE_URL?" in said


@pytest.mark.parametrize("command", [("serve",), ("worker",)])
def test_a_public_site_without_a_mail_server_does_not_start(instance: Path, command: tuple[str, ...]) -> None:
    said = _said(instance, *command, OER_BASE_URL="https://hoclieu.example.vn")
    assert "OER_SMTP_URL is not set, and this site is for the public" in said


def test_a_server_that_other_machines_reach_is_public_too(instance: Path) -> None:
    assert "OER_SMTP_URL is not set" in _said(instance, "serve", HOST="0.0.0.0")


def test_a_database_that_does_not_answer_is_a_sentence(instance: Path) -> None:
    pytest.importorskip("psycopg")
    url = f"postgresql+psycopg://oer:secret-word@127.0.0.1:{free_port()}/oer"
    for command in (("doctor",), ("config", "check"), ("db", "upgrade")):
        said = _said(instance, *command, OER_DATABASE_URL=url)
        assert "The database oer at 127.0.0.1:" in said
        assert "does not answer: is it running, is OER_DATABASE_URL right?" in said
        assert "secret-word" not in said


@pytest.mark.skipif(not POSTGRESQL, reason="needs a PostgreSQL server")
def test_a_database_that_there_is_not_is_a_sentence(instance: Path) -> None:
    url = sa.make_url(POSTGRESQL).set(database="oer_nowhere").render_as_string(hide_password=False)
    assert "There is no database oer_nowhere at" in _said(instance, "doctor", OER_DATABASE_URL=url)


def test_what_is_no_database_is_a_sentence(instance: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.sqlite3").write_text("a letter, not a database" * 100)
    said = _said(instance, "doctor", OER_DATABASE_URL=f"sqlite:///{tmp_path / 'letter.sqlite3'}")
    assert "letter.sqlite3 cannot be used (file is not a database)" in said


def test_parts_that_do_not_answer_are_a_sentence_each(instance: Path) -> None:
    closed = free_port()
    said = _said(
        instance,
        "config",
        "check",
        OER_STORAGE_URL=f"s3://hoclieu?endpoint=http://127.0.0.1:{closed}",
        OER_JOBS_URL=f"redis://127.0.0.1:{closed}/0",
        OER_SMTP_URL=f"smtp://oer:secret-word@127.0.0.1:{closed}",
        OER_SCANNER_URL=f"clamd://127.0.0.1:{closed}",
        AWS_ACCESS_KEY_ID="a",
        AWS_SECRET_ACCESS_KEY="b",
    )
    assert f"storage: The store of the bucket hoclieu at http://127.0.0.1:{closed} does not answer" in said
    assert f"queue: The job queue redis://127.0.0.1:{closed}/0 does not answer" in said
    assert f"mail: The mail server smtp://***@127.0.0.1:{closed} does not answer" in said
    assert f"scanner: The virus scanner clamd://127.0.0.1:{closed} does not answer" in said
    assert "database: answers" in said
    assert "secret-word" not in said


def test_a_store_that_does_not_answer_stops_a_start_with_a_sentence(instance: Path) -> None:
    url = f"s3://hoclieu?endpoint=http://127.0.0.1:{free_port()}"
    said = _said(instance, "doctor", OER_STORAGE_URL=url, AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
    assert "The store of the bucket hoclieu" in said


@pytest.mark.parametrize(
    ("module", "missing", "setting", "extra"),
    [
        ("huey.storage", "Redis", "OER_JOBS_URL=redis://127.0.0.1/0", "hoclieumo-oer[redis]"),
        ("oer.backends.storage.bucket", "boto3", "OER_STORAGE_URL=s3://hoclieu", "hoclieumo-oer[s3]"),
        ("", "psycopg", "OER_DATABASE_URL=postgresql+psycopg://oer@127.0.0.1/oer", "hoclieumo-oer[postgresql]"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_extra(
    instance: Path, module: str, missing: str, setting: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _, value = setting.partition("=")
    if module == "huey.storage":  # it looks for the library once, when it is imported
        monkeypatch.setattr(huey.storage, missing, None)
    else:
        monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.setitem(sys.modules, missing, None)  # what `import` finds where nothing is installed
    assert extra in _said(instance, "doctor", **{name: value})
    assert extra in _said(instance, "config", "check", **{name: value})


def test_the_real_server_says_it_in_a_sentence_too(service: Service) -> None:
    service.environment["OER_BASE_URL"] = "hoclieu.test"
    done = service.run("serve", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: OER_BASE_URL ('hoclieu.test') must be an address")
    assert len(done.stderr.splitlines()) == 1


FILES_OF_EXAMPLES = {
    "/srv/oer/emblem.svg": ROOT / "oer/static/icon.svg",
    "/srv/oer/review_points.yaml": ROOT / "oer/vocabularies/data/review_points.yaml",
}


def test_an_example_is_a_value_that_its_own_check_takes() -> None:
    checked = [each.metadata for each in fields(Settings) if each.metadata["check"]]
    examples = [(each["example"], each["check"]) for each in checked]
    assert [said for said, check in examples if not said or check(str(FILES_OF_EXAMPLES.get(said, said)))] == []
