"""Something for every page to show, in as many rows as are asked for: for tests of what a page costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, OneTimeToken, Purpose, Role, RoleGrant, RoleRequest, TokenPurpose, Unit
from oer.accounts.second_factor_models import Passkey
from oer.accounts.services.consents import give_consent
from oer.accounts.services.sign_ins import start_sign_in
from oer.catalogue.home_models import (
    CollectionNote,
    CollectionPicture,
    GroupCourse,
    PartKind,
    PartOfDay,
    Prerequisite,
    WeekChoice,
)
from oer.catalogue.models import Collection, Material
from oer.catalogue.services.collections import (
    add_material,
    add_note,
    add_part,
    create_collection,
    publish_collection,
)
from oer.catalogue.services.files import add_file
from oer.catalogue.services.withdrawal import request_withdrawal
from oer.catalogue.upload_models import Batch, BatchKind, BatchState, Upload
from oer.city.models import (
    CityEvent,
    EventMaterial,
    EventRegistration,
    EventState,
    LearningPoint,
    PointCheck,
    PointKind,
    RegistrationState,
)
from oer.core.clock import next_month, now, today
from oer.core.ids import new_token, token_hash
from oer.core.installation import Installation
from oer.files.models import Blob, Rendition
from oer.files.services.ingest import receive_derived, save_derived_blob
from oer.indicators.computation.models import (
    ComputedFigure,
    LearningEvent,
    ReferenceTable,
    ReferenceValue,
    SeriesPoint,
)
from oer.indicators.models.rounds import (
    Evidence,
    LineChecker,
    LineComment,
    Observation,
    ReportState,
    Round,
    UnitReport,
)
from oer.indicators.models.sets import Indicator, Target
from oer.indicators.periods import Period, month_of
from oer.indicators.reports.document import ReportDocument, WriterLabels
from oer.indicators.reports.models import BuildState, ReportBuild, ReportFile
from oer.indicators.reports.writers import write_json
from oer.learning.models import (
    FollowedKind,
    Following,
    PlaceKind,
    PractisedQuestion,
    ProblemKind,
    ProblemReport,
    ReadingNote,
    StatementKey,
)
from oer.learning.self_checks import parse
from oer.learning.services.following import ask_for_digest
from oer.learning.services.lists import add_to_list, create_list, share_list
from oer.learning.services.practice import keep_practised
from oer.learning.services.problems import report_problem
from oer.learning.services.searches import save_search
from oer.learning.services.shelf import Place, finish_material, note_courses, note_place, save_material
from oer.learning.services.statements import give_statement
from oer.learning.services.voices import answer, ask, change_voice, decide_on_voice, rate, report_voice
from oer.learning.voice_models import Voice, VoiceState
from oer.statistics.services.counter_keys import make_key
from oer.statistics.services.wanted import record_need
from oer.usage.events import Event
from oer.usage.models import GroupUse
from oer.vocabularies import vocabularies
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import (
    make_blob,
    make_collection,
    make_material,
    make_published,
    make_rendition,
    make_submitted,
    replace_published,
)
from tests.files.factories import keep_file
from tests.indicators.factories import lines, make_round, ward
from tests.reading.factories import publish_files, sample
from tests.usage.factories import a_note, city_noon

FILES = (
    "bo-phieu-tinh-toan.zip",
    "phan-tram-quanh-ta.pdf",
    "chao-ban-diec.mp4",
    "fire-the-first-minutes.png",
    "bep-nha-gon-gang.epub",
)
CREATOR = "Kho học liệu mở Thành phố Hồ Chí Minh"
ROLES = (Role.EDUCATOR, Role.REVIEWER, Role.REPORTER)
FIRST_MONTH = date(2020, 1, 1)


@dataclass
class Rows:
    """One of each kind, with so many rows below it, beside so many others of its kind."""

    people: dict[str, Account]
    tokens: dict[TokenPurpose, str]
    counter_key: str
    own_list: int
    practised: int
    share_token: str
    unit: Unit
    draft: Material
    submitted: Material
    published: Material
    withdrawing: Material
    read: Material
    collection: Collection
    statement: str
    statement_key: str
    note: int
    problem: ProblemReport
    ticket: str
    upload: Upload
    batch: Batch
    question: int
    open_round: Round
    checker: Unit
    point: LearningPoint
    event: CityEvent
    registration_token: str
    published_round: Round
    line: Indicator
    evidence: Evidence
    build: ReportBuild
    table: ReferenceTable
    period: str
    events: list[Event]


def make_rows(installation: Installation, session: Session, count: int) -> Rows:
    """Make `count` of everything, all of it new. The caller commits, takes in the events, counts and indexes."""
    units = [make_unit(session) for _ in range(count)]
    people = _people(session, units)
    owner = people["educator"]
    published = _published(session, owner, count)
    submitted = [make_submitted(session, owner, content=_bytes(owner, "submitted", n)) for n in range(count)]
    withdrawing = [make_published(session, owner, content=_bytes(owner, "withdrawn", n)) for n in range(count)]
    for n, material in enumerate(withdrawing):
        request_withdrawal(session, owner, material, "Số liệu đã cũ")
        make_material(session, owner, content=_bytes(owner, "draft", n))
    problems = [
        report_problem(session, material, account, kind=ProblemKind.CONTENT, words="Sai ở trang 2")[0]
        for material in published
        for account in (None, owner)
    ]
    for n in range(count):
        record_need(session, f"làm bánh {units[0].code} {n}", "Cho người mới")
        make_key(session, people["admin"], f"{units[n].code}-library", "Thư viện")
    uploads = [
        Upload(account_id=owner.id, name=f"bai-{n}.pdf", size=9, expires_at=now() + timedelta(days=1))
        for n in range(count)
    ]
    report = {"added": 1, "updated": 0, "unchanged": 0, "faulty": 0}
    batches = [
        Batch(account_id=owner.id, kind=BatchKind.SHEET, state=BatchState.CHECKED, report=report, lease_token=0)
        for _ in range(count)
    ]
    for each in batches:
        each.choices, each.expires_at = {"name": "bang.csv"}, now() + timedelta(days=1)
    session.add_all([*uploads, *batches])
    point, event, registration_token = _city(session, count, published)
    rounds = _Rounds(session, installation, count, people["admin"].id)
    own_list, share_token = _shelves(session, people, units, published)
    collection = _collections(session, owner, units[0], published)
    session.add(CollectionPicture(collection_id=collection.id, blob_sha256=rounds.blob.sha256))
    _group(session, published)
    statement = _statements(session, installation, people, units[0], published)
    _home(session, published)
    read = _read(installation, session, count)
    return Rows(
        people=people,
        practised=_practice(session, people, read),
        own_list=own_list,
        share_token=share_token,
        tokens=_tokens(session, owner),
        counter_key=make_key(session, people["admin"], f"{units[0].code}-key", "Thư viện"),
        unit=units[0],
        draft=_with_files(session, make_material(session, owner, content=None), count),
        submitted=submitted[0],
        published=published[0],
        withdrawing=withdrawing[0],
        read=read,
        collection=collection,
        statement=statement,
        statement_key=session.scalars(sa.select(StatementKey.kid)).first() or "",
        note=session.scalars(
            sa.select(CollectionNote.id).where(CollectionNote.collection_id == collection.id).limit(1)
        ).one(),
        problem=problems[0],
        ticket=report_problem(session, published[0], None, kind=ProblemKind.OTHER, words="Hay")[1],
        upload=uploads[0],
        batch=batches[0],
        question=_voices(session, people, published),
        open_round=rounds.open[0],
        checker=rounds.checker,
        point=point,
        event=event,
        registration_token=registration_token,
        published_round=rounds.published[0],
        line=rounds.lines[0],
        evidence=rounds.evidence[0],
        build=rounds.builds()[0],
        table=rounds.tables()[0],
        period=_figures(session, count).name,
        events=list(_events(units[0], published)),
    )


def _bytes(owner: Account, what: str, number: int) -> bytes:
    return f"{owner.id} {what} {number}".encode()


def _people(session: Session, units: Sequence[Unit]) -> dict[str, Account]:
    """Give an account for each role, each with as many grants, sign-ins, requests, passkeys and searches as units."""
    people = {role.value: make_account(session, role, unit=units[0]) for role in ROLES}
    people["reporter"].grants.append(RoleGrant(role=Role.REPORTER, unit=ward(session)))
    people["reviewer"].grants.append(RoleGrant(role=Role.REVIEWER))
    people["admin"] = make_account(session, Role.ADMIN)
    for name, account in people.items():
        role = Role.EDUCATOR if name == "admin" else Role(name)
        held = {grant.unit_id for grant in account.grants if grant.role is role}
        account.grants += [RoleGrant(role=role, unit=unit) for unit in units if unit.id not in held]
        for n, unit in enumerate(units):
            start_sign_in(session, account, user_agent="Firefox", days=1)
            session.add(RoleRequest(account_id=account.id, unit_id=unit.id, reason="Tôi dạy ở đó."))
            session.add(_passkey(account, n))
            save_search(session, account, {"q": [f"an toàn {n}"]}, f"Câu tìm {n}")
    for unit in units:
        make_account(session, *ROLES, unit=unit)
    return people


def _passkey(account: Account, number: int) -> Passkey:
    values = {"credential_id": f"{account.id}-{number}", "public_key": "", "sign_count": 0, "transports": []}
    return Passkey(account_id=account.id, name=f"Khóa {number}", **values)


def _tokens(session: Session, account: Account) -> dict[TokenPurpose, str]:
    tokens = {purpose: f"{purpose} {account.id}" for purpose in TokenPurpose}
    for purpose, token in tokens.items():
        row = OneTimeToken(account=account, purpose=purpose, token_hash=token_hash(token), email=f"{token}@example.org")
        row.expires_at = now() + timedelta(days=1)
        session.add(row)
    return tokens


def _published(session: Session, owner: Account, count: int) -> list[Material]:
    return [
        make_published(
            session,
            owner,
            content=_bytes(owner, "published", n),
            creators=[{"name": CREATOR}, {"name": f"Người viết {n}"}],
            levels=["thpt"],
        )
        for n in range(count)
    ]


def _shelves(
    session: Session, people: dict[str, Account], units: Sequence[Unit], published: Sequence[Material]
) -> tuple[int, str]:
    """Give everybody all materials on their shelf, read and finished, in as many lists; and one list of the owner."""
    for account in people.values():
        give_consent(session, account, Purpose.HISTORY, "test")
        ask_for_digest(session, account)
        for n, material in enumerate(published):
            session.add(Following(account_id=account.id, kind=FollowedKind.UNIT, target=units[n].code))
            save_material(session, account, material)
            finish_material(session, account.id, material.public_id)
            note_place(session, account.id, material.public_id, Place(1, PlaceKind.PAGE, n + 1, 40), "a")
            session.add(
                ReadingNote(
                    account_id=account.id,
                    material_id=material.id,
                    file_number=1,
                    kind=PlaceKind.PAGE,
                    place=n,
                    words="a",
                )
            )
            found = create_list(session, account, f"Danh sách {n}")
            share_list(session, found, shared=True)
            if account is people["educator"] and n == 0:
                mine = found
                for each in published:
                    add_to_list(session, mine, each)
    assert mine.share_token is not None
    return mine.id, mine.share_token


def _practice(session: Session, people: dict[str, Account], material: Material) -> int:
    """Have all questions of a material come back to everybody today; give the owner's first."""
    version = material.current_version
    assert version is not None
    for account in people.values():
        for question in parse(version.self_check):
            keep_practised(session, account.id, version, question, right=True)
    session.execute(sa.update(PractisedQuestion).values(due_at=now() - timedelta(hours=1)))
    theirs = PractisedQuestion.account_id == people["educator"].id
    first = session.scalar(sa.select(sa.func.min(PractisedQuestion.id)).where(theirs))
    assert first is not None
    return first


def _voices(session: Session, people: dict[str, Account], published: Sequence[Material]) -> int:
    """Let all but the owner rate all materials; of the first there are as many questions of the owner, with answers.

    One more of each waits, is reported, was decided on and changed. Return the first question.
    """
    owner, reviewer, admin = people["educator"], people["reviewer"], people["admin"]
    for account in (reviewer, people["reporter"], admin):
        account.confirmed_at = now() - timedelta(days=9)
        for material in published:
            rate(session, account, material, stars="4", words="Dễ hiểu", audience="workers")
    found = [ask(session, owner, published[0], words=f"Câu {n}?", shown_as="", language="vi") for n in published]
    for question in found:
        for account in (owner, reviewer):
            answer(session, account, question, words="Có.", shown_as="", language="vi")
        report_voice(session, question, "other")
        change_voice(session, owner, question, words=f"{question.words} Có không?", shown_as="")
    for held in session.scalars(sa.select(Voice).where(Voice.state == VoiceState.HELD)).all():
        if held.account_id != people["reporter"].id:
            decide_on_voice(session, reviewer, held, decision="shown", rule="", seen=None)
    return found[0].id


def _group(session: Session, published: Sequence[Material]) -> None:
    """Choose a course of each material for workers, who use all of the materials."""
    for n, material in enumerate(published):
        course = make_collection(session, material)
        session.add(GroupCourse(audience="workers", collection_id=course.id, position=n))
        session.add(GroupUse(audience="workers", item=material.public_id, people=10 + n))
    session.flush()


def _with_files(session: Session, material: Material, count: int) -> Material:
    for n in range(count):
        blob = make_blob(session, f"{material.public_id} {n}".encode())
        make_rendition(session, blob, f"Trang {n}", facts={"pages": 1})
        add_file(session, material, blob.sha256, f"bai-{n}.pdf")
    return material


def _read(installation: Installation, session: Session, count: int) -> Material:
    """Give a published material with real files, in its last of `count` versions."""
    captions = (*sample("chao-ban-diec.vi.vtt"), "captions")
    material = publish_files(session, installation, *map(sample, FILES), captions)
    _give_poster(session, installation, material)
    for _ in range(1, count):
        replace_published(session, material)
    assert material.current_version is not None
    material.current_version.self_check = "".join(f"? Câu {n}\n= {n}\n\n" for n in range(count))
    return material


def _give_poster(session: Session, installation: Installation, material: Material) -> None:
    """Give the video a still frame, where there is no ffmpeg to take it."""
    assert material.current_version is not None
    [video] = [file for file in material.current_version.files if file.name.endswith(".mp4")]
    rendition = session.scalars(sa.select(Rendition).where(Rendition.blob_sha256 == video.blob_sha256)).one()
    if rendition.cover_sha256 is None:
        rendition.cover_sha256 = _stored(session, installation, b"RIFF\x04\0\0\0WEBP", "image/webp").sha256


def _collections(session: Session, owner: Account, unit: Unit, published: Sequence[Material]) -> Collection:
    for material in published:
        make_collection(session, material, unit=unit)
    collection = create_collection(session, owner, unit, {"vi": f"Khóa học {unit.code}"})
    add_part(session, collection, {"vi": "Phần một"})
    for material in published:
        add_material(session, collection, material)
        add_note(session, collection, {"vi": "Nghỉ tay"}, {"vi": "Rồi học tiếp."})
        session.add(Prerequisite(collection_id=collection.id, needed_material_id=material.id))
    publish_collection(session, owner, collection)
    return collection


def _city(session: Session, count: int, published: Sequence[Material]) -> tuple[LearningPoint, CityEvent, str]:
    """Give learning points of a ward, checked often, and events at the first, with materials and registrations."""
    place, token = ward(session), new_token()
    points = [
        LearningPoint(name={"vi": f"Thư viện {n}"}, kind=PointKind.LIBRARY, ward_code="26506") for n in range(count)
    ]
    session.add_all(points)
    session.flush()
    session.add_all(PointCheck(point_id=points[0].id, checked_on=today(), is_open=True) for _ in range(count))
    made = []
    for n in range(count):
        begins = now() + timedelta(days=n + 1)
        event = CityEvent(title={"vi": f"Buổi {n}"}, starts_at=begins, ends_at=begins + timedelta(hours=2), unit=place)
        event.point, event.state, event.takes_registrations = points[0], EventState.PUBLISHED, True
        event.ward_code, event.seats, event.code = "26506", count, "hoc2026"
        made.append(event)
        past = CityEvent(
            title={"vi": f"Đã qua {n}"}, starts_at=now() - timedelta(days=9 + n), ends_at=now(), unit=place
        )
        past.state, past.place = EventState.PUBLISHED, "Nhà văn hóa"
        session.add_all([event, past])
    session.flush()
    for n, material in enumerate(published):
        session.add(EventMaterial(event_id=made[0].id, material_id=material.id, position=n))
        row = EventRegistration(event_id=made[0].id, name="Người học", email=f"nguoi-{made[0].id}-{n}@example.com")
        row.state, row.token_hash = RegistrationState.SEATED, token_hash(token if n == 0 else new_token())
        session.add(row)
    session.flush()
    return points[0], made[0], token


def _statements(
    session: Session, installation: Installation, people: dict[str, Account], unit: Unit, published: Sequence[Material]
) -> str:
    """Let everybody have finished all courses, and the owner have a statement of each; return the code of one."""
    for account in people.values():
        note_courses(session, account.id, [material.id for material in published])
    code = ""
    for course in session.scalars(sa.select(Collection).where(Collection.unit_id == unit.id)).all():
        code = give_statement(session, installation.settings, people["educator"], course, "Người học").code
    return code


def _home(session: Session, published: Sequence[Material]) -> None:
    """Choose each material for a week that is still to come, and one of them for today."""
    session.execute(sa.delete(WeekChoice))
    for n, material in enumerate(published):
        session.add(WeekChoice(starts_on=today() + timedelta(days=n), material_id=material.id))
    session.execute(sa.delete(PartOfDay))
    for slot, material in zip((5, 10, 15), published, strict=False):
        values = {"version_id": material.current_version_id, "kind": PartKind.SECTION, "file_number": 1}
        session.add(PartOfDay(day=today(), slot=slot, title="Phần đầu", **values))
    session.flush()


class _Rounds:
    """Open and published rounds, the first of each with `count` units and lines, every line answered."""

    def __init__(self, session: Session, installation: Installation, count: int, writer: int) -> None:
        self.session, self.count, self.writer = session, count, writer
        self.checker = make_unit(session)
        self.lines = lines(session, of="UNESCO-KF")[:count]
        first, *others = [ward(session), *(ward(session, place.code) for place in vocabularies().places)][:count]
        self.wards = list({each.id: each for each in (first, *others)}.values())
        self.blob = keep_file(session, installation.storage)
        document = ReportDocument("vi", "Báo cáo", "", "", [], [], WriterLabels("Bảng", "Trang", "Mục lục"))
        self.page = _stored(session, installation, write_json(document))
        self.evidence: list[Evidence] = []
        self.open = [self._round(n) for n in range(count)]
        self.published = [self._round(n) for n in range(count)]
        for each in self.published:
            each.frozen_at = each.published_at = now()
        session.flush()
        self._city()

    def _round(self, number: int) -> Round:
        count = self.count if number == 0 else 1
        units, owed = self.wards[:count], self.lines[:count]
        found = make_round(self.session, indicators=owed, units=units, title=f"Đợt {number}")
        for report in self.session.scalars(sa.select(UnitReport).where(UnitReport.round_id == found.id)):
            report.state = ReportState.APPROVED
            for line in owed:
                row = Observation(report_id=report.id, indicator_id=line.id, value=Decimal(3), note={"vi": "x"})
                file = Evidence(blob_sha256=self.blob.sha256, name="x.pdf", media_type="application/pdf")
                file.size = self.blob.size
                row.evidence = [file]
                self.session.add(row)
                if report.unit_id == self.wards[0].id:
                    self.evidence.append(file)
                    said = LineComment(report_id=report.id, indicator_id=line.id, written_by_id=self.writer)
                    said.text = "Xem lại"
                    self.session.add(said)
        self.session.add_all(
            LineChecker(round_id=found.id, indicator_id=line.id, unit_id=self.checker.id) for line in owed
        )
        return found

    def _city(self) -> None:
        """Give the first line targets and a series, and the city events."""
        key = self.open[0].id
        for n in range(self.count):
            day = date(2000 + n, 1, 1)
            unit_id = self.wards[n % len(self.wards)].id
            target = Target(year=2000 + n, value=Decimal(n), source="Quyết định 1", unit_id=unit_id, added_at=now())
            self.lines[0].targets.append(target)
            name = {"vi": f"Tuần lễ {n}"}
            self.session.add(LearningEvent(code=f"week-{key}-{n}", name=name, starts_on=day, ends_on=day))
            point = SeriesPoint(series=f"series-{key}", name=name, as_of=day, value=Decimal(n), source="Niên giám")
            point.indicator_id = self.lines[0].id
            self.session.add(point)

    def builds(self) -> list[ReportBuild]:
        """Give a finished report of each published round."""
        made = [ReportBuild(round_id=each.id, kind="areas", state=BuildState.DONE) for each in self.published]
        made += [
            ReportBuild(round_id=self.open[0].id, unit_id=self.wards[0].id, kind="areas", state=BuildState.DONE)
            for _ in range(self.count)
        ]
        for build in made:
            for language in ("vi", "en"):
                for format_, blob in (("json", self.page), ("pdf", self.blob)):
                    file = ReportFile(language=language, format=format_, name=f"x.{format_}", size=blob.size)
                    file.blob_sha256 = blob.sha256
                    build.files.append(file)
        self.session.add_all(made)
        self.session.flush()
        return made

    def tables(self) -> list[ReferenceTable]:
        """Give reference tables, each with a row for each ward."""
        made = [
            ReferenceTable(code="population", as_of=date(1900 + self.open[0].id, 1, 1) + timedelta(days=n))
            for n in range(self.count)
        ]
        for table in made:
            table.source, table.digest = "Niên giám", "x" * 64
            table.values = [ReferenceValue(place=each.code, band="total", value=Decimal(9)) for each in self.wards]
        self.session.add_all(made)
        self.session.flush()
        return made


def _stored(session: Session, installation: Installation, content: bytes, media_type: str = "application/json") -> Blob:
    with receive_derived(installation.storage, content, media_type) as received:
        return save_derived_blob(session, installation.storage, received)


def _figures(session: Session, count: int) -> Period:
    """Store figures of `count` months, the first of them, whose period is returned, in `count` versions."""
    month = FIRST_MONTH
    while session.scalar(sa.select(ComputedFigure.id).where(ComputedFigure.period == month_of(month).name)):
        month = next_month(month)
    first = month_of(month)
    for version in range(1, count + 1):
        session.add(_figure(first, version))
    for _ in range(count):
        month = next_month(month)
        for dimension, member in (("", ""), ("format", "pdf"), ("format", "video")):
            session.add(_figure(month_of(month), 1, dimension=dimension, member=member))
    session.flush()
    return first


def _figure(period: Period, version: int, **more: str) -> ComputedFigure:
    figure = ComputedFigure(code="LC-09", period=period.name, period_start=period.start, period_end=period.end, **more)
    figure.version, figure.value = version, Decimal(version)
    figure.correction = "Số liệu sửa" if version > 1 else ""
    return figure


def _events(unit: Unit, published: Sequence[Material]) -> Iterator[Event]:
    """Give yesterday's use of each material by five visitors, and a search in vain by six for each."""
    yesterday = city_noon(days=1)
    for n, material in enumerate(published):
        for visitor in range(5):
            yield a_note("view", material.public_id, moment=yesterday, visitor=f"v{visitor}", via="search")
            yield a_note("download", material.public_id, moment=yesterday, visitor=f"v{visitor}")
        for visitor in range(6):
            yield a_note("search", words=f"bánh {unit.code} {n}", hits=0, moment=yesterday, visitor=f"w{visitor}")
