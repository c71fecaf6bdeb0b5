import re
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import pytest

from oer.config import InvalidSetting, Settings
from oer.setting_checks import review_points
from oer.vocabularies.terms import DATA

OPERATIONS = Path(__file__).parent.parent / "docs" / "operations.md"


@pytest.mark.parametrize("each", fields(Settings), ids=lambda each: each.name)
def test_every_setting_is_documented_with_its_meaning_and_default(each: Field[object]) -> None:
    rows = dict(re.findall(r"^\| `(OER_\w+)` \| (.*) \|$", OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE))
    default = {True: "yes", False: "no"}[each.default] if isinstance(each.default, bool) else each.default
    assert rows[f"OER_{each.name.upper()}"] == f"{default} | {each.metadata['meaning']}"


def test_the_environment_sets_options() -> None:
    settings = Settings.from_environment(
        {"OER_MAX_UPLOAD_BYTES": "1000", "OER_INSTANCE_DIR": "/srv/oer", "OER_DEMO_ON_PUBLIC_HOST": "1"}
    )
    assert (settings.max_upload_bytes, settings.demo_on_public_host) == (1000, True)
    assert settings.database == "sqlite:////srv/oer/oer.sqlite3"
    assert settings.storage == "file:/srv/oer/uploads"


def test_files_lie_in_uploads_as_long_as_the_instance_is_where_it_was() -> None:
    assert Settings.from_environment({}).storage == f"file:{Path('uploads').absolute()}"


WRONG = [
    ("OER_MAX_UPLOAD_BYTES", "two"),
    ("OER_MAX_UPLOAD_BYTES", "0"),
    ("OER_TRUSTED_PROXIES", "-1"),
    ("OER_DEMO_ON_PUBLIC_HOST", "maybe"),
    ("OER_BASE_URL", "hoclieu.test"),
    ("OER_BASE_URL", "https://"),
    ("OER_BASE_URL", "https://a b"),
    ("OER_BASE_URL", "https://hoclieu.test/?a=1"),
    ("OER_BASE_URL", "https://hoclieu.test:port"),
    ("OER_CONTACT_PHONE", "ask us"),
    ("OER_CONTACT_EMAIL", "kho"),
    ("OER_EMBLEM", "/no/such/emblem.svg"),
    ("OER_EMBLEM", __file__),
    ("OER_REVIEW_POINTS", "/no/such/points.yaml"),
    ("OER_REVIEW_POINTS", str(DATA / "age_bands.yaml")),
    ("OER_REVIEW_POINTS", str(DATA)),
    ("OER_SMTP_URL", "foo"),
    ("OER_SMTP_URL", "smtp://"),
    ("OER_MAIL_SENDER", "kho"),
    ("OER_DATABASE_URL", "oer.sqlite3"),
    ("OER_DATABASE_URL", "mysql://a/b"),
    ("OER_DATABASE_URL", "postgresql+psycopg://127.0.0.1"),
    ("OER_STORAGE_URL", "/srv/uploads"),
    ("OER_STORAGE_URL", "s3://"),
    ("OER_STORAGE_URL", "s3://hoclieu?endpint=https://a"),
    ("OER_STORAGE_URL", "s3://hoclieu?endpoint=a"),
    ("OER_STORAGE_URL", "s3://hoclieu?addressing=best"),
    ("OER_SEARCH_URL", "solr:"),
    ("OER_JOBS_URL", "redis"),
    ("OER_SCANNER_URL", "clamd://127.0.0.1"),
    ("OER_TRUSTED_HOSTS", "https://hoclieu.test"),
    ("OER_FILE_SENDING", "nginx"),
    ("OER_FILE_SENDING", "x-accel-redirect:files"),
    ("OER_LOG_LEVEL", "loud"),
    ("OER_PLATFORM_ID", "hcm oer"),
    ("OER_STAFF_SECOND_FACTOR", "yes"),
    ("OER_OIDC_ISSUER", "http://dangnhap.example.vn"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_of_the_wrong_form_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=rf"^{name} \(.* (must|has|names)"):
        Settings.from_environment({name: value})


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidSetting) as caught:
        Settings.from_environment(dict(WRONG))
    assert len(caught.value.faults) == len(dict(WRONG))


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [("OER_DATABSE_URL", "OER_DATABASE_URL"), ("OER_STMP_URL", "OER_SMTP_URL"), ("OER_Base_Url", "OER_BASE_URL")],
)
def test_a_misspelt_name_is_refused_with_the_one_that_was_meant(misspelt: str, meant: str) -> None:
    with pytest.raises(InvalidSetting, match=rf"{misspelt} is no setting. Did you mean {meant}\?"):
        Settings.from_environment({misspelt: "x"})


def test_what_a_container_platform_sets_for_a_service_called_oer_is_only_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    platform = {"OER_SERVICE_HOST": "10.0.0.1", "OER_SERVICE_PORT": "80", "OER_PORT": "tcp://10.0.0.1:80"}
    platform |= {"OER_PORT_8000_TCP": "tcp://10.0.0.1:80", "OER_PORT_8000_TCP_ADDR": "10.0.0.1"}
    Settings.from_environment(platform)
    assert [each.getMessage().split()[0] for each in caplog.records] == sorted(platform)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(InvalidSetting) as caught:
        Settings.from_environment({"OER_SMTP_URL": "smpt://kho:secret-word@mail.example.org"})
    assert "secret-word" not in str(caught.value)
    assert "smpt://***@mail.example.org" in str(caught.value)


def test_an_empty_text_is_as_if_the_variable_were_not_set() -> None:
    assert Settings.from_environment({"OER_BASE_URL": "", "OER_INSTANCE_DIR": ""}) == Settings()


@pytest.mark.parametrize(
    "given",
    [
        {"base_url": "https://hoclieu.example.vn"},
        {"base_url": "http://192.168.1.20:8000"},
        {"trusted_proxies": 1},
        {"trusted_hosts": "*"},
        {"trusted_hosts": "localhost, hoclieu.example.vn"},
    ],
)
def test_an_address_a_host_or_a_proxy_says_that_a_site_is_public(given: dict[str, Any]) -> None:
    assert Settings(**given).is_public


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000", "http://a.localhost"]
)
def test_a_site_that_only_this_machine_reaches_is_not_public(url: str) -> None:
    assert not Settings(base_url=url).is_public
    assert not Settings(base_url=url, trusted_hosts="localhost").is_public


@pytest.mark.parametrize(
    "points",
    [
        "points: []",
        "points: {code: a}",
        "points:\n- {code: a, label_vi: Một}",
        "points:\n- {code: a, label_vi: Một, label_en: 1}",
        "points:\n- {code: a, label_vi: Một, label_en: One}\n- {code: a, label_vi: Hai, label_en: Two}",
        "points:\n" + "\n".join(f"- {{code: c{n}, label_vi: Một, label_en: One}}" for n in range(21)),
    ],
)
def test_points_of_review_that_cannot_be_are_refused_at_the_start(points: str, tmp_path: Path) -> None:
    path = tmp_path / "points.yaml"
    path.write_text(points, encoding="utf-8")
    with pytest.raises(InvalidSetting, match="OER_REVIEW_POINTS"):
        Settings.from_environment({"OER_REVIEW_POINTS": str(path)})


def test_our_points_of_review_are_such_a_file() -> None:
    assert review_points(str(DATA / "review_points.yaml")) == ""
