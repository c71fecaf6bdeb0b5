"""Background work for readers: the next page's picture before it is asked for, pictures of what is gone thrown away."""

import logging

import sqlalchemy as sa

from oer.backends.extraction.extracting import NotRendered
from oer.backends.storage import Missing
from oer.core.installation import Installation
from oer.files.models import Blob
from oer.jobs.queue import every, job
from oer.reading.page_images import Busy, PageImages, has_pictures

log = logging.getLogger(__name__)
PAGE_IMAGE = "reading.page_image"
_PATIENCE_SECONDS = 30.0


def images_of(installation: Installation) -> PageImages:
    """Return the kept pictures of pages of an installation."""
    settings = installation.settings
    return PageImages(settings.instance_dir / "page-images", settings.page_image_bytes)


def image_name(sha256: str, page: int, width: int) -> str:
    """Return how the job is told which picture to make."""
    return f"{sha256}:{page}:{width}"


@job(PAGE_IMAGE)
def make_page_image(installation: Installation, identifier: str) -> None:
    """Make the picture of a page, if it is still wanted and can be made."""
    sha256, page, width = identifier.split(":")
    with installation.database.reading() as session:
        media_type = session.scalar(sa.select(Blob.media_type).where(Blob.sha256 == sha256))
    if media_type is None or not has_pictures(media_type):
        return
    images, wanted = images_of(installation), (sha256, int(page), int(width))
    try:
        images.make(installation.storage, *wanted, seconds=_PATIENCE_SECONDS, media_type=media_type)
    except (Busy, Missing, NotRendered) as error:
        log.info("no picture of page %s of %s: %s", page, sha256, type(error).__name__)


@every(6 * 3600, "reading.forget_page_images")
def forget_page_images(installation: Installation) -> None:
    """Throw away the pictures of files that are no longer kept."""

    def is_known(sha256: str) -> bool:
        with installation.database.reading() as session:
            return session.scalar(sa.select(Blob.sha256).where(Blob.sha256 == sha256)) is not None

    images_of(installation).forget(is_known)
