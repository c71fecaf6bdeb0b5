import re
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import pytest

from oer.config import InvalidSetting, Settings

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


@pytest.mark.parametrize(
    ("name", "value"),
    [("OER_MAX_UPLOAD_BYTES", "two"), ("OER_DEMO_ON_PUBLIC_HOST", "maybe"), ("OER_STAFF_SECOND_FACTOR", "yes")],
)
def test_a_value_of_the_wrong_form_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=name):
        Settings.from_environment({name: value})


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
