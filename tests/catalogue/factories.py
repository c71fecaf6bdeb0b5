"""Materials for tests: drafts as educators make them, published ones as reviewers leave them."""

import hashlib
import itertools

from sqlalchemy.orm import Session

from oer.accounts.models import Account, Role, Unit
from oer.catalogue.models import Collection, Material
from oer.catalogue.schemas.record import parse_record
from oer.catalogue.services.collections import add_material, create_collection, publish_collection
from oer.catalogue.services.drafts import make_draft, new_version, set_metadata
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.files.models import Blob, Rendition, RenditionPage, RenditionState
from tests.accounts.factories import make_account, make_unit

BY = "https://creativecommons.org/licenses/by/4.0/"
_numbers = itertools.count(1)


def record(**fields) -> dict:
    """A canonical record with all that a person is asked for, changed by `fields`; None takes one away."""
    number = next(_numbers)
    values = {
        "title": {"vi": f"An toàn điện {number}"},
        "summary": {"vi": "Ngắt cầu dao trước khi sửa."},
        "creators": [{"name": "Kho học liệu mở Thành phố Hồ Chí Minh"}],
        "subjects": ["bas.song"],
        "types": ["handbook"],
        "audiences": ["all"],
        "language": ["vi"],
        "licence": BY,
        **fields,
    }
    return parse_record({name: value for name, value in values.items() if value is not None})


def make_educator(session: Session, unit: Unit | None = None, **fields) -> Account:
    return make_account(session, Role.EDUCATOR, unit=unit or make_unit(session), **fields)


def make_reviewer(session: Session, **fields) -> Account:
    return make_account(session, Role.REVIEWER, **fields)


def make_blob(session: Session, content: bytes = b"content", media_type: str = "application/pdf", **fields) -> Blob:
    """The row of a blob; its bytes are in no store."""
    sha256 = hashlib.sha256(content).hexdigest()
    blob = session.get(Blob, sha256) or Blob(sha256=sha256, size=len(content), media_type=media_type, **fields)
    session.add(blob)
    session.flush()
    return blob


def make_rendition(session: Session, blob: Blob, *texts: str, state=RenditionState.OK, version: int = 1, **fields):
    """What an extractor made of a blob: pages with these texts."""
    rendition = Rendition(
        blob_sha256=blob.sha256, extractor_version=version, state=state, tries=1, lease_token=1, **fields
    )
    session.add(rendition)
    session.flush()
    session.add_all(RenditionPage(rendition_id=rendition.id, number=n, text=text) for n, text in enumerate(texts, 1))
    session.flush()
    return rendition


def make_material(session: Session, owner: Account | None = None, content: bytes | None = b"content", **fields):
    """A draft of an educator, with one PDF unless `content` is None."""
    owner = owner or make_educator(session)
    material = make_draft(session, owner)
    unit = next((grant.unit for grant in owner.grants if grant.unit), None)
    set_metadata(session, owner, material, record(**{"unit": unit.code if unit else None, **fields}))
    if content is not None:
        add_file(session, material, make_blob(session, content).sha256, "bai.pdf")
    return material


def make_submitted(session: Session, owner: Account | None = None, **fields) -> Material:
    owner = owner or make_educator(session)
    material = make_material(session, owner, **fields)
    submit_for_review(session, owner, material)
    return material


def make_published(session: Session, owner: Account | None = None, **fields) -> Material:
    material = make_submitted(session, owner, **fields)
    publish(session, make_reviewer(session), material)
    return material


def replace_published(session: Session, material: Material, **fields) -> None:
    """Publish another version of a material, with another record."""
    owner = make_educator(session)
    new_version(session, owner, material)
    set_metadata(session, owner, material, record(**fields))
    submit_for_review(session, owner, material)
    publish(session, make_reviewer(session), material)


def make_collection(session: Session, *materials: Material, unit: Unit | None = None, public: bool = True, **fields):
    unit = unit or make_unit(session)
    educator = make_educator(session, unit)
    title = fields.get("title", {"vi": f"Khóa học {next(_numbers)}"})
    collection: Collection = create_collection(session, educator, unit, title)
    for material in materials:
        add_material(session, collection, material)
    if public:
        publish_collection(session, educator, collection)
    return collection
