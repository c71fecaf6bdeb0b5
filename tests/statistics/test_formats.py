"""From an uploaded file over its download to figures filtered by its format, for every type that is taken."""

import pytest

from oer.backends.extraction import media_types as types
from oer.catalogue.models import VersionTerm
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.core.clock import now, today
from oer.indicators.computation.use import requests
from oer.indicators.periods import Period
from oer.usage.models import DailyUsage, UsagePack
from oer.usage.robots import robot_policy
from oer.usage.services.ingestion import ingest
from oer.usage.services.nightly import count_due_days
from oer.vocabularies import vocabularies
from tests.backends.extraction.document_factories import package
from tests.backends.extraction.test_sniffing import CONTENTS
from tests.catalogue.factories import make_educator, make_material, make_reviewer
from tests.files.factories import keep_file
from tests.usage.cases import CHROME

FILES = CONTENTS | {
    types.PPTM: package("ppt/presentation.xml", "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml", {}),
    types.XLSM: package("xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml", {}),
    types.M4A: bytes(4) + b"ftypM4A " + bytes(60),
    types.MP4: bytes(4) + b"ftypisom" + bytes(60),
    types.HTML: b"<!doctype html><p>x",
    types.MARKDOWN: b"# x",
    types.TEXT: b"x",
    types.CSV: b"a,b",
    types.SRT: b"1\n00:00:01,000 --> 00:00:02,000\nx",
    types.VTT: b"WEBVTT\n",
    types.SVG: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}
BROWSER = {"User-Agent": CHROME}


@pytest.fixture
def download(installation, app):
    """Publishes a material with one file, and downloads it; returns the material's id and its format's code."""

    def downloaded(name, content, way="files/1/download"):
        with installation.database.transaction() as session:
            owner = make_educator(session)
            material = make_material(session, owner, content=None)
            add_file(session, material, keep_file(session, installation.storage, content, name).sha256, name)
            submit_for_review(session, owner, material)
            publish(session, make_reviewer(session), material)
            public_id, version_id = material.public_id, material.current_version_id
            code = session.query(VersionTerm.code).filter_by(version_id=version_id, scheme="format").scalar()
        anybody = app.test_client()
        assert anybody.get(f"/materials/{public_id}/{way}", headers=BROWSER).status_code == 200
        ingest(installation.database, installation.settings.spool_dir, robot_policy())
        count_due_days(installation.database, now())
        return public_id, code

    return downloaded


def told(client, report, **filters):
    return client.get(f"/en/admin/statistics/{report}.json", query_string=filters).json["rows"]


@pytest.mark.parametrize("media_type", types.MEDIA_TYPES)
def test_a_download_counts_under_the_format_by_which_its_material_is_found(installation, download, admin, media_type):
    ending = types.MEDIA_TYPES[media_type].endings[0]
    public_id, code = download(f"tệp.{ending}", FILES[media_type])
    assert code in vocabularies().formats
    assert [(row["id"], row["downloads"]) for row in told(admin, "materials", format=code)] == [(public_id, 1)]
    others = [term.code for term in vocabularies().formats if term.code != code]
    assert not any(told(admin, "materials", format=other) for other in others)
    label = vocabularies().formats.labels(code)["en"]
    assert [(row["format"], row["downloads"]) for row in told(admin, "formats")] == [(label, 1)]
    with installation.database.reading() as session:
        assert {row.format for row in session.query(DailyUsage)} == {"all", code}
        assert session.query(UsagePack).one().formats == [code]
        computed = requests(session, Period(today(), today()))
        assert [each.member for each in computed.figures if each.dimension == "format"] == [code]


def test_all_files_in_one_zip_are_a_format_of_their_own_beside_zip_files(installation, download, admin):
    in_one, _ = download("tệp.pdf", FILES[types.PDF], way="download")
    file, code = download("tệp.zip", FILES[types.ZIP])
    assert code == "archive"
    assert [row["id"] for row in told(admin, "materials", format="zip")] == [in_one]
    assert [row["id"] for row in told(admin, "materials", format="archive")] == [file]
    assert {row["format"] for row in told(admin, "formats")} == {"All files in one ZIP", "Archive (ZIP, RAR, 7Z)"}
