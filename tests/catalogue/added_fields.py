"""What follows from the two fields that CONTRIBUTING.md adds; run by test_adding_a_field.py in a copy of the code."""

import json
from pathlib import Path

import pytest

import oer
from oer.catalogue.checks import InvalidRecord
from oer.catalogue.jobs.importing import ImportRun, import_lines
from oer.catalogue.jobs.indexing import index_due
from oer.catalogue.queries.browsing import term_counts
from oer.catalogue.schemas.record import parse_record
from oer.exchange.crosswalk import TABLE
from tests.catalogue.factories import make_educator, make_material, make_published, record

SPONSOR, SKILLS = "Quỹ Bạn Đọc", ["safety"]


def test_this_is_the_copy():
    assert Path(oer.__file__).parent.parent == Path.cwd()


def test_the_fields_are_checked():
    assert parse_record({"sponsor": " Quỹ \u202eBạn  Đọc\0", "skills": SKILLS}) == {
        "sponsor": SPONSOR,
        "skills": SKILLS,
    }
    with pytest.raises(InvalidRecord, match="skills"):
        parse_record({"skills": ["no-such-skill"]})


def test_the_form_asks_for_them_and_saves_them(session, as_account):
    educator = make_educator(session)
    material = make_material(session, educator)
    address = f"/my/materials/{material.public_id}/describe"
    browser = as_account(educator)
    page = browser.get(address).text
    assert "Nhà tài trợ" in page
    assert 'name="sponsor"' in page
    assert page.count('name="skills"') == 2
    assert "An toàn trên mạng" in page
    answer = browser.send(address, sponsor=SPONSOR, skills=SKILLS, title_vi="A")
    assert answer.status_code == 303
    session.rollback()
    session.refresh(material)
    saved = material.draft.record
    assert (saved["sponsor"], saved["skills"]) == (SPONSOR, SKILLS)
    assert f'value="{SPONSOR}"' in browser.get(address).text


def test_readers_and_machines_see_them(session, client):
    material = make_published(session, sponsor=SPONSOR, skills=SKILLS)
    session.commit()
    page = client.get(f"/en/materials/{material.public_id}").text
    assert f"<dt>Sponsor</dt><dd>{SPONSOR}" in "".join(line.strip() for line in page.splitlines())
    assert "Online safety" in page
    said = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert said["sponsor"] == SPONSOR
    assert said["educationalAlignment"] == ["Online safety"]
    assert client.get(f"/api/v1/materials/{material.public_id}").json["metadata"]["sponsor"] == SPONSOR
    assert {"sponsor", "skills"} <= {row.field for row in TABLE}


def test_the_vocabulary_is_a_facet(session, installation, client):
    public_id = make_published(session, skills=SKILLS).public_id
    make_published(session, skills=["search"])
    session.commit()
    index_due(installation)
    assert term_counts(session, "skill") == {"safety": 1, "search": 1}
    session.rollback()
    found = client.get("/api/v1/materials?skill=safety").json
    assert [hit["id"] for hit in found["hits"]["hits"]] == [public_id]
    assert found["aggregations"]["skill"]["buckets"][0]["key"] == "safety"
    page = client.get("/en/search?skill=safety").text
    assert "Digital skills" in page


def test_they_can_be_imported(session, installation):
    owner_id = make_educator(session).id
    session.commit()
    line = json.dumps({"identifier": "a", "metadata": record(sponsor=SPONSOR, skills=SKILLS), "content": "# A"})
    assert import_lines(ImportRun(installation, owner_id, publish=True), [line]).total() == 1
