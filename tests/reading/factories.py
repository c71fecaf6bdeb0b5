"""Materials with real files, read by the real extraction."""

import io
import zipfile
from pathlib import Path

from sqlalchemy.orm import Session

from oer.catalogue.models import Material
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.core.installation import Installation
from oer.files.jobs import extract_one
from tests.catalogue.factories import make_educator, make_material, make_reviewer
from tests.files.factories import keep_file

SAMPLES = Path(__file__).parents[2] / "oer" / "samples" / "files"


def sample(name: str) -> tuple[str, bytes]:
    return name, (SAMPLES / name).read_bytes()


def add_real_files(session: Session, installation: Installation, material: Material, *files) -> Material:
    """Add files, each (name, content) or (name, content, role), to a draft, and have them read."""
    for name, content, *role in files:
        sha256 = keep_file(session, installation.storage, content, name).sha256
        add_file(session, material, sha256, name, role=role[0] if role else "content")
        session.commit()  # touching a row now would begin a transaction, and the worker would wait for it
        extract_one(installation, sha256)
    session.expire_all()
    return material


def publish_files(session: Session, installation: Installation, *files, **fields) -> Material:
    owner = make_educator(session)
    material = make_material(session, owner, content=None, **fields)
    add_real_files(session, installation, material, *files)
    submit_for_review(session, owner, material)
    publish(session, make_reviewer(session), material)
    session.commit()
    return material


def zip_of(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()
