"""A material as schema.org describes it."""

import json
import re

from oer.core.text import as_script
from oer.exchange.crosswalk import TABLE, Encoding, MaterialFacts
from oer.exchange.json_ld import learning_resource
from tests.catalogue.factories import record

HERE = MaterialFacts("http://localhost/materials/abc", publisher={"vi": "Thư viện"}, version=2)


def test_a_record_is_described_in_the_language_of_the_page() -> None:
    given = record(
        title={"vi": "Thủy lợi", "en": "Irrigation"},
        levels=["xmc"],
        time_required="PT3H",
        outcomes={"vi": ["Chọn cống"]},
        accessibility={"access_mode": ["textual"], "features": ["captions"]},
        published_on="2026-03",
        creators=[{"name": "Nhóm A", "orcid": "0000-0002-1825-0097"}],
    )
    found = learning_resource(given, HERE, "en")
    assert found["name"] == "Irrigation"
    assert found["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert found["teaches"] == ["Chọn cống"]
    assert found["timeRequired"] == "PT3H"
    assert found["accessibilityFeature"] == ["captions"]
    assert found["creator"][0]["@id"] == "https://orcid.org/0000-0002-1825-0097"
    assert found["publisher"]["name"] == "Thư viện"
    assert found["datePublished"] == "2026-03"
    assert learning_resource(given, HERE, "vi")["name"] == "Thủy lợi"


def test_nothing_empty_is_said() -> None:
    found = learning_resource(record(summary=None), HERE, "vi")
    assert "description" not in found
    assert all(value not in (None, "", [], {}) for value in found.values())


def test_files_and_courses_are_named() -> None:
    encoding = Encoding("http://localhost/materials/abc/files/1/download", "application/pdf", 2048, "a.pdf")
    described = MaterialFacts(
        "http://localhost/materials/abc", encodings=[encoding], courses=[("http://c", {"vi": "Khóa"})]
    )
    found = learning_resource(record(), described, "vi")
    assert found["encoding"][0]["contentUrl"] == encoding.address
    assert found["isPartOf"] == [{"@type": "Course", "@id": "http://c", "name": "Khóa"}]


def test_no_text_breaks_out_of_its_script() -> None:
    given = record(title={"vi": "</script><script>alert(1)</script><!-- & \u2028"})
    script = as_script(learning_resource(given, HERE, "vi"))
    assert not re.search(r"[<>&\u2028]", script)
    assert json.loads(script)["name"].startswith("</script>")


def test_every_field_of_a_record_stands_in_the_crosswalk() -> None:
    from oer.catalogue.schemas.record import CHECKS

    assert set(CHECKS) == {row.field.partition(".")[0] for row in TABLE}
