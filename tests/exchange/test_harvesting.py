"""OAI-PMH: every answer is one that the specification allows, and a harvest misses nothing."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from oer.catalogue.models import Material
from oer.catalogue.services.collections import add_material, hide_collection, remove_material
from oer.catalogue.services.withdrawal import restore, withdraw
from oer.core import clock
from oer.exchange import oai
from oer.exchange.xml_formats import escaped
from tests.catalogue.factories import (
    make_collection,
    make_educator,
    make_material,
    make_published,
    make_reviewer,
    make_submitted,
    replace_published,
)
from tests.serving import Service

GRAMMAR = etree.RelaxNG(etree.parse(str(Path(__file__).parent / "oai_pmh.rng")))
NAMES = {"o": "http://www.openarchives.org/OAI/2.0/", "dc": "http://purl.org/dc/elements/1.1/"}
ALL = {"metadataPrefix": "oai_dc"}


def asked(client: FlaskClient, verb: str = "", *, post: bool = False, **given: str):
    """The answer to a request, which is one that the protocol allows."""
    arguments = {**({"verb": verb} if verb else {}), **{name.rstrip("_"): value for name, value in given.items()}}
    answer = client.post("/oai", data=arguments) if post else client.get("/oai", query_string=arguments)
    return read(answer)


def read(answer):
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    document = etree.fromstring(answer.data)
    assert GRAMMAR.validate(document), GRAMMAR.error_log
    return document


def found(document, path: str) -> list[str]:
    return [each if isinstance(each, str) else each.text for each in document.xpath(path, namespaces=NAMES)]


def errors(document) -> list[str]:
    return found(document, "//o:error/@code")


def identifiers(document) -> list[str]:
    return [each.rpartition(":")[2] for each in found(document, "//o:header/o:identifier")]


def harvest(client: FlaskClient, verb: str = "ListIdentifiers", between: Callable[[], None] = lambda: None, **given):
    """Every page of a list; `between` is what happens while it is harvested."""
    page = asked(client, verb, **given)
    while True:
        yield page
        token = found(page, "//o:resumptionToken")
        if not token or not token[0]:
            return
        between()
        page = asked(client, verb, resumptionToken=token[0])


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock is a minute after the one before, beginning an hour ago."""
    begun, ticks = clock.now() - timedelta(hours=10), itertools.count()
    for module in ("oer.catalogue.services.changes.now", "oer.catalogue.services.publishing.now"):
        monkeypatch.setattr(module, lambda: begun + timedelta(minutes=next(ticks)))


def test_the_repository_says_who_it_is_and_what_it_gives(client: FlaskClient, session: Session) -> None:
    make_published(session)
    session.commit()
    said = asked(client, "Identify")
    assert found(said, "//o:baseURL") == ["http://localhost/oai"]
    assert found(said, "//o:deletedRecord") == ["persistent"]
    assert found(asked(client, "ListMetadataFormats"), "//o:metadataPrefix") == ["oai_dc", "oai_lom", "lrmi"]
    assert asked(client, "Identify", post=True).xpath("//o:Identify", namespaces=NAMES)


def test_sets_are_collections_subjects_audiences_and_licences(client: FlaskClient, session: Session) -> None:
    material = make_published(session, audiences=["workers"])
    course, hidden = make_collection(session, material), make_collection(session, material, public=False)
    make_published(session, subjects=["dig"], licence="https://creativecommons.org/publicdomain/zero/1.0/")
    session.commit()
    sets = found(asked(client, "ListSets"), "//o:setSpec")
    assert len(sets) == len(set(sets))
    in_sets = ["subject:bas:bas.song", "audience:workers", "licence:cc-by-4.0", f"collection:{course.public_id}"]
    assert {*in_sets, "subject", "subject:bas", "licence"} <= set(sets)
    assert f"collection:{hidden.public_id}" not in sets
    for spec in (*in_sets, "subject:bas", "collection"):
        assert identifiers(asked(client, "ListIdentifiers", set=spec, **ALL)) == [material.public_id], spec
    header = asked(client, "GetRecord", identifier=f"oai:localhost:{material.public_id}", **ALL)
    assert found(header, "//o:setSpec") == in_sets
    assert len(identifiers(asked(client, "ListIdentifiers", set="subject", **ALL))) == 2
    for unknown in (f"collection:{hidden.public_id}", "subject:dig:bas.song", "level:thcs", "collection:x"):
        assert errors(asked(client, "ListIdentifiers", set=unknown, **ALL)) == ["noRecordsMatch"], unknown


def test_many_collections_come_in_parts(client: FlaskClient, session: Session, monkeypatch) -> None:
    monkeypatch.setitem(oai.PAGE_SIZES, "ListSets", 2)
    courses = [make_collection(session, make_published(session)).public_id for _ in range(5)]
    session.commit()
    pages = list(harvest(client, "ListSets"))
    assert len(pages) == 3
    sets = [spec for page in pages for spec in found(page, "//o:setSpec")]
    assert sets[-5:] == [f"collection:{each}" for each in courses]
    assert len(sets) == len(set(sets))


@pytest.mark.parametrize("prefix", ["oai_dc", "oai_lom", "lrmi"])
def test_a_record_is_valid_in_every_format_whatever_its_texts_hold(
    client: FlaskClient, session: Session, prefix: str
) -> None:
    full = make_published(
        session,
        title={"vi": "Bài <b>1</b> & ]]> \u200b", "en": "Lesson"},
        creators=[{"name": "Nguyễn; Văn\\ A", "affiliation": "Trường, lớp"}],
        subjects=["bas.song", "dig"],
        levels=["thcs"],
        keywords=["x", "y"],
        time_required="PT1H30M",
        typical_age="7-9",
        outcomes={"vi": ["Một", "Hai"]},
        source_url="https://example.org/?a=1&b=2",
        published_on="2026-03",
        place="26506",
        relations=[{"type": "requires", "target": "https://example.org/before"}],
    )
    # What the form refuses may come from a row of another time.
    bare = make_published(session)
    bare.current_version.record = {"title": {"vi": "a\x0bb\ufffec\x1b"}, "language": ["vi"]}
    make_collection(session, full)
    session.commit()
    page = asked(client, "ListRecords", metadataPrefix=prefix)
    text = etree.tostring(page, encoding="unicode")
    assert len(identifiers(page)) == 2
    assert "Bài &lt;b&gt;1&lt;/b&gt; &amp; ]]&gt;" in text
    assert ">abc<" in text


def test_what_xml_cannot_hold_is_left_out(text: str = 'a\x00b\x08\ud800\uffff\x7f\U0001f600\t\n<&>"') -> None:
    assert etree.fromstring(f'<a b="{escaped(text)}"/>').get("b") == 'ab\x7f\U0001f600  <&>"'


def test_a_withdrawn_material_is_deleted_for_good_and_alive_once_restored(
    client: FlaskClient, session: Session, ticking
) -> None:
    material, other = make_published(session, title={"vi": "Bí mật đã rút"}), make_published(session)
    since = oai.stamp(other.changed_at + timedelta(seconds=1))
    withdraw(session, make_reviewer(session), material, "outdated", "cũ")
    session.commit()
    changed = asked(client, "ListRecords", from_=since, **ALL)
    assert identifiers(changed) == [material.public_id]
    assert found(changed, "//o:header/@status") == ["deleted"]
    assert found(changed, "//o:header/o:setSpec") != []
    assert "Bí mật" not in etree.tostring(changed, encoding="unicode")
    identifier = f"oai:localhost:{material.public_id}"
    assert found(asked(client, "GetRecord", identifier=identifier, **ALL), "//o:header/@status") == ["deleted"]
    restore(session, make_reviewer(session), material)
    session.commit()
    assert found(asked(client, "GetRecord", identifier=identifier, **ALL), "//dc:title") == ["Bí mật đã rút"]
    assert identifiers(asked(client, "ListRecords", from_=since, **ALL)) == [material.public_id]


def test_drafts_and_submissions_are_in_no_answer(client: FlaskClient, session: Session) -> None:
    drafts = [make_material(session), make_submitted(session)]
    session.commit()
    assert errors(asked(client, "ListRecords", **ALL)) == ["noRecordsMatch"]
    for each in drafts:
        identifier = f"oai:localhost:{each.public_id}"
        assert errors(asked(client, "GetRecord", identifier=identifier, **ALL)) == ["idDoesNotExist"]
        assert errors(asked(client, "ListMetadataFormats", identifier=identifier)) == ["idDoesNotExist"]


def test_a_relation_to_a_draft_is_not_told(client: FlaskClient, session: Session) -> None:
    draft, public = make_material(session), make_published(session)
    targets = [{"type": "requires", "target": each.public_id} for each in (draft, public)]
    material = make_published(session, relations=targets)
    session.commit()
    record = asked(client, "GetRecord", identifier=f"oai:localhost:{material.public_id}", **ALL)
    assert found(record, "//dc:relation") == [f"http://localhost/materials/{public.public_id}"]


def test_whatever_everybody_sees_change_has_a_new_datestamp(client: FlaskClient, session: Session, ticking) -> None:
    material, other = make_published(session), make_published(session)
    course = make_collection(session, other)

    def is_told_of(change: Callable[[], object]) -> bool:
        before = material.changed_at
        change()
        session.commit()
        session.refresh(material)
        told = asked(client, "ListIdentifiers", from_=oai.stamp(before + timedelta(seconds=1)), **ALL)
        return material.public_id in identifiers(told)

    assert is_told_of(lambda: add_material(session, course, material))
    assert is_told_of(lambda: replace_published(session, material, title={"vi": "Mới"}))
    assert is_told_of(lambda: remove_material(session, course, material))
    assert is_told_of(lambda: add_material(session, course, material))
    assert is_told_of(lambda: hide_collection(session, make_educator(session), course))
    assert not is_told_of(lambda: make_published(session))


def test_selective_harvesting_goes_to_the_second_and_takes_both_ends(
    client: FlaskClient, session: Session, ticking
) -> None:
    materials = [make_published(session) for _ in range(3)]
    session.commit()
    first, second, _ = (oai.stamp(each.changed_at) for each in materials)
    ids = [each.public_id for each in materials]
    assert identifiers(asked(client, "ListIdentifiers", from_=first, until=second, **ALL)) == ids[:2]
    assert identifiers(asked(client, "ListIdentifiers", from_=second, **ALL)) == ids[1:]
    assert identifiers(asked(client, "ListIdentifiers", until=first, **ALL)) == ids[:1]
    assert identifiers(asked(client, "ListIdentifiers", from_=first[:10], **ALL)) == ids
    assert identifiers(asked(client, "ListIdentifiers", until="9999-12-31", **ALL)) == ids
    assert identifiers(asked(client, "ListIdentifiers", until="9999-12-31T23:59:59Z", **ALL)) == ids
    before = oai.stamp(materials[0].changed_at - timedelta(seconds=1))
    for span in ({"until": before}, {"until": "0001-01-01"}, {"from_": "9999-12-31"}):
        assert errors(asked(client, "ListIdentifiers", **span, **ALL)) == ["noRecordsMatch"]


ILLEGAL = [
    ("", "badVerb"),
    ("verb=", "badVerb"),
    ("verb=identify", "badVerb"),
    ("verb=Identify&verb=Identify", "badVerb"),
    ("verb=Identify&metadataPrefix=oai_dc", "badArgument"),
    ("verb=Identify&x=1", "badArgument"),
    ("verb=Identify&resumptionToken=x", "badArgument"),
    ("verb=ListMetadataFormats&set=subject", "badArgument"),
    ("verb=ListMetadataFormats&identifier=a%20b", "badArgument"),
    ("verb=ListMetadataFormats&identifier=oai:localhost:nothing", "idDoesNotExist"),
    ("verb=ListSets&from=2026-01-01", "badArgument"),
    ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
    ("verb=GetRecord", "badArgument"),
    ("verb=GetRecord&identifier=oai:localhost:x", "badArgument"),
    ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
    ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:elsewhere:x", "idDoesNotExist"),
    ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:localhost:%F0%9F%98%80", "badArgument"),
    ("verb=GetRecord&metadataPrefix=oai_dc&identifier=x&until=2026-01-01", "badArgument"),
    *(
        (f"verb={verb}{rest}", code)
        for verb in ("ListRecords", "ListIdentifiers")
        for rest, code in (
            ("", "badArgument"),
            ("&metadataPrefix=marc21", "cannotDisseminateFormat"),
            ("&metadataPrefix=a%20b", "badArgument"),
            ("&metadataPrefix=", "badArgument"),
            ("&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
            ("&metadataPrefix=oai_dc&identifier=x", "badArgument"),
            ("&metadataPrefix=oai_dc&from=", "badArgument"),
            ("&metadataPrefix=oai_dc&from=yesterday", "badArgument"),
            ("&metadataPrefix=oai_dc&from=2026-02-30", "badArgument"),
            ("&metadataPrefix=oai_dc&from=0000-01-01", "badArgument"),
            ("&metadataPrefix=oai_dc&from=2026-01-01T00:00:00", "badArgument"),
            ("&metadataPrefix=oai_dc&from=2026-01-01T25:00:00Z", "badArgument"),
            ("&metadataPrefix=oai_dc&from=%D9%A2%D9%A0%D9%A2%D9%A6-01-01", "badArgument"),
            ("&metadataPrefix=oai_dc&from=2026-01-02&until=2026-01-01", "badArgument"),
            ("&metadataPrefix=oai_dc&from=2026-01-01&until=2026-01-01T00:00:00Z", "badArgument"),
            ("&metadataPrefix=oai_dc&set=", "badArgument"),
            ("&metadataPrefix=oai_dc&set=a%20b", "badArgument"),
            ("&metadataPrefix=oai_dc&set=subject:", "badArgument"),
            ("&metadataPrefix=oai_dc&set=nothing", "noRecordsMatch"),
            ("&resumptionToken=", "badResumptionToken"),
            ("&resumptionToken=%00x", ""),
        )
    ),
]


@pytest.mark.parametrize(("query", "code"), ILLEGAL)
def test_every_illegal_argument_has_the_error_that_the_protocol_names(
    client: FlaskClient, session: Session, query: str, code: str
) -> None:
    answer = client.get(f"/oai?{query}")
    if not code:  # NUL is refused for all of the site
        assert answer.status_code == 400
        return
    document = read(answer)
    assert errors(document) == [code]
    assert found(document, "//o:request") == ["http://localhost/oai"]
    if code in {"badVerb", "badArgument"}:
        assert not document.xpath("//o:request/@*", namespaces=NAMES)
    assert errors(read(client.post("/oai", data=query, content_type="application/x-www-form-urlencoded"))) == [code]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(oai.PAGE_SIZES, "ListIdentifiers", 2)
    monkeypatch.setitem(oai.PAGE_SIZES, "ListRecords", 2)


def test_a_token_goes_on_where_the_page_ended_and_says_how_far_it_is(
    client: FlaskClient, session: Session, small_pages
) -> None:
    ids = [make_published(session).public_id for _ in range(5)]
    session.commit()
    pages = list(harvest(client, **ALL))
    assert [each for page in pages for each in identifiers(page)] == ids
    assert [found(page, "//o:resumptionToken/@cursor")[0] for page in pages] == ["0", "2", "4"]
    assert {found(page, "//o:resumptionToken/@completeListSize")[0] for page in pages} == {"5"}
    assert found(pages[-1], "//o:resumptionToken") == [None]
    # The same token again gives the same page, by POST too, and it is of its verb alone.
    token = found(pages[0], "//o:resumptionToken")[0]
    assert identifiers(asked(client, "ListIdentifiers", post=True, resumptionToken=token)) == ids[2:4]
    assert errors(asked(client, "ListRecords", resumptionToken=token)) == ["badResumptionToken"]
    also = asked(client, "ListIdentifiers", resumptionToken=token, **ALL)
    assert errors(also) == ["badArgument", "badResumptionToken"]


def test_a_token_that_is_old_tampered_with_or_foreign_is_none(
    client: FlaskClient, session: Session, small_pages, monkeypatch
) -> None:
    for _ in range(3):
        make_published(session)
    session.commit()
    token = found(asked(client, "ListIdentifiers", **ALL), "//o:resumptionToken")[0]
    payload, *signature = token.split(".")
    other = payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB")
    for wrong in (".".join([other, *signature]), token[:-1], token + "\u200b", "a.b.c", "x" * 5000):
        assert errors(asked(client, "ListIdentifiers", resumptionToken=wrong)) == ["badResumptionToken"], wrong
    day = timedelta(seconds=oai.TOKEN_SECONDS)
    for passed, right in ((day - timedelta(minutes=1), True), (day + timedelta(minutes=1), False)):
        then = clock.now() + passed
        with monkeypatch.context() as later:
            later.setattr("itsdangerous.timed.time.time", then.timestamp)
            assert (errors(asked(client, "ListIdentifiers", resumptionToken=token)) == []) == right


def test_what_changes_during_a_harvest_is_told_before_its_end(
    client: FlaskClient, session: Session, small_pages
) -> None:
    materials = [make_published(session) for _ in range(5)]
    reviewer = make_reviewer(session)
    session.commit()
    doing: Iterator[Callable[[], object]] = iter(
        [
            lambda: replace_published(session, materials[0], title={"vi": "Bản hai"}),  # told already: told again
            lambda: withdraw(session, reviewer, materials[4], "outdated", "cũ"),  # not told yet: told as deleted
            lambda: materials.append(make_published(session)),
        ]
    )

    def between() -> None:
        next(doing, lambda: None)()
        session.commit()

    told: dict[str, str] = {}
    for page in harvest(client, "ListRecords", between, **ALL):
        for header in page.xpath("//o:header", namespaces=NAMES):
            told[header[0].text.rpartition(":")[2]] = header.get("status", "")
    assert told == {each.public_id: "deleted" if each is materials[4] else "" for each in materials}


def test_a_list_whose_end_has_moved_beyond_its_last_moment_ends_all_the_same(
    client: FlaskClient, session: Session, small_pages, ticking
) -> None:
    materials = [make_published(session) for _ in range(3)]
    session.commit()
    until = oai.stamp(materials[-1].changed_at)

    def between() -> None:
        replace_published(session, materials[-1], title={"vi": "Mới"})
        session.commit()

    pages = list(harvest(client, between=between, until=until, **ALL))
    assert [identifiers(page) for page in pages] == [
        [each.public_id for each in materials[:2]],
        [materials[1].public_id],  # told twice, which harms nobody
    ]


def test_many_that_changed_in_the_same_moment_come_each_once(
    client: FlaskClient, session: Session, small_pages
) -> None:
    ids = [make_published(session).public_id for _ in range(5)]
    moment = clock.now()
    for each in session.query(Material):
        each.changed_at = moment
    session.commit()
    assert [each for page in harvest(client, **ALL) for each in identifiers(page)] == ids


@pytest.fixture(scope="module")
def samples(sample_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    instance = tmp_path_factory.mktemp("harvested") / "instance"
    shutil.copytree(sample_instance, instance)
    with Service(instance, {"OER_DATABASE_URL": ""}, upgraded=True) as running:
        yield running


@pytest.mark.server
def test_harvesters_of_others_take_all_of_it(samples: Service) -> None:
    from oaipmh_scythe import Scythe
    from sickle import Sickle

    sickle = Sickle(f"{samples.url}/oai")
    taken = {prefix: list(sickle.ListRecords(metadataPrefix=prefix)) for prefix in ("oai_dc", "oai_lom", "lrmi")}
    ids = {record.header.identifier for record in taken["oai_dc"]}
    assert len(ids) == len(taken["oai_dc"]) == len(taken["oai_lom"]) == len(taken["lrmi"]) > 10
    assert all(record.metadata["title"] and record.metadata["rights"] for record in taken["oai_dc"])
    assert sickle.Identify().granularity == "YYYY-MM-DDThh:mm:ssZ"
    with Scythe(f"{samples.url}/oai") as scythe:
        assert {header.identifier for header in scythe.list_identifiers(metadata_prefix="oai_dc")} == ids
        specs = [each.setSpec for each in scythe.list_sets()]
        of_courses = [spec for spec in specs if spec.startswith("collection:")]
        within = list(scythe.list_records(metadata_prefix="lrmi", set_=of_courses[0]))
        assert 0 < len(within) < len(ids)
        one = scythe.get_record(identifier=min(ids), metadata_prefix="oai_lom")
        assert one.header.identifier == min(ids)
