"""Background work for readers: rendering the next page ahead, deleting pictures of files that are gone."""

import logging

import sqlalchemy as sa

from oer.backends.extraction.extracting import NotRendered
from oer.backends.extraction.media_types import PDF
from oer.backends.storage import Missing
from oer.core.installation import Installation
from oer.files.models import Blob
from oer.jobs.queue import SOMEBODY_WAITS, every, job
from oer.reading.page_images import Busy, PageImages, Slow, has_pictures

log = logging.getLogger(__name__)
PAGE_IMAGE = "reading.page_image"
_PATIENCE_SECONDS = 5.0


def images_of(installation: Installation) -> PageImages:
    """Return the cache of page pictures of an installation."""
    settings = installation.settings
    return PageImages(settings.instance_dir / "page-images", settings.page_image_bytes)


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
