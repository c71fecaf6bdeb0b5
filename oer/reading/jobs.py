"""Background work for readers: pages rendered ahead, pictures of files that are gone, the parts that home has today."""

import logging
import time
from dataclasses import asdict
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.extraction.extracting import NotRendered
from oer.backends.extraction.media_types import PDF
from oer.backends.storage import Missing
from oer.catalogue.home_models import PartOfDay
from oer.catalogue.models import Version
from oer.catalogue.queries.home import parts_in_service, versions_shown_lately
from oer.catalogue.services.home import keep_parts
from oer.core.clock import today
from oer.core.installation import Installation
from oer.files.models import Blob
from oer.jobs.queue import SOMEBODY_WAITS, every, job
from oer.reading.kept_chat_pictures import KeptChatPictures
from oer.reading.page_images import Busy, PageImages, Slow, has_pictures
from oer.reading.parts import SLOTS, Candidate, Part, parts_for_day, subjects_of

log = logging.getLogger(__name__)
PAGE_IMAGE = "reading.page_image"
_PATIENCE_SECONDS = 5.0


def images_of(installation: Installation) -> PageImages:
    """Return the cache of page pictures of an installation."""
    settings = installation.settings
    return PageImages(settings.instance_dir / "page-images", settings.page_image_bytes)


def chat_pictures_of(installation: Installation) -> KeptChatPictures:
    """Return the pictures for chats that an installation keeps."""
    return KeptChatPictures(installation.settings.instance_dir / "chat-pictures")


def image_name(sha256: str, page: int, width: int) -> str:
    """Return the argument of the job that renders a page."""
    return f"{sha256}:{page}:{width}"


@job(PAGE_IMAGE, priority=SOMEBODY_WAITS, is_asked_repeatedly=True)
def make_page_image(installation: Installation, identifier: str) -> None:
    """Render a page, if its file still exists and can be rendered."""
    sha256, page, width = identifier.split(":")
    with installation.database.reading() as session:
        media_type = session.scalar(sa.select(Blob.media_type).where(Blob.sha256 == sha256))
    if media_type is None or not has_pictures(media_type):
        return
    images, wanted = images_of(installation), (sha256, int(page), int(width))
    try:
        images.make(installation.storage, *wanted, seconds=_PATIENCE_SECONDS, media_type=media_type)
    except Slow:
        _make_slow_ones(installation, images)
    except (Busy, Missing, NotRendered) as error:
        log.info("no picture of page %s of %s: %s", page, sha256, type(error).__name__)


def _make_slow_ones(installation: Installation, images: PageImages) -> None:
    """Make the pages that wait, one after the other. While somebody else does, he will make ours, too."""
    for sha256, page, width in images.slow.waiting():
        with installation.database.reading() as session:
            media_type = session.scalar(sa.select(Blob.media_type).where(Blob.sha256 == sha256))
        try:
            images.make_slow(installation.storage, sha256, page, width, media_type=media_type or PDF)
        except Busy:
            return
        except (Missing, NotRendered) as error:
            log.info("no picture of page %s of %s: %s", page, sha256, type(error).__name__)


@every(6 * 3600, "reading.forget_page_images")
def forget_page_images(installation: Installation) -> None:
    """Delete the pictures of files that no longer exist."""

    def is_known(sha256: str) -> bool:
        with installation.database.reading() as session:
            return session.scalar(sa.select(Blob.sha256).where(Blob.sha256 == sha256)) is not None

    images_of(installation).forget(is_known)


@every(60, "reading.parts_of_day")
def choose_parts_of_day(installation: Installation) -> None:
    """Choose what home offers today for 5, 10 and 15 minutes, and anew what has been withdrawn or replaced since."""
    day = today()
    with installation.database.reading() as session:
        kept = parts_in_service(session, day)
        if len(kept) == len(SLOTS):
            return
        known = [Candidate(_part(each), each.version_id, _subjects(session, each.version_id)) for each in kept]
        found = parts_for_day(session, day, versions_shown_lately(session, day), known)
    if found:
        with installation.database.transaction() as session:
            keep_parts(session, day, [_row(day, each) for each in found])


def _subjects(session: Session, version_id: int) -> frozenset[str]:
    return subjects_of(session.get_one(Version, version_id).record)


def _part(row: PartOfDay) -> Part:
    return Part(row.slot, row.kind, row.file_number)


def _row(day: date, candidate: Candidate) -> PartOfDay:
    return PartOfDay(day=day, version_id=candidate.version_id, **asdict(candidate.part))


@every(24 * 3600, "reading.forget_chat_pictures")
def forget_chat_pictures(installation: Installation) -> None:
    """Delete the pictures for chats that nobody asks for any more."""
    chat_pictures_of(installation).forget(time.time())
