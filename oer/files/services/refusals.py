"""Why a file is not taken, in words for the one who brought it."""

from collections.abc import Iterator
from contextlib import contextmanager

from oer.backends import storage as stores
from oer.backends.extraction import archives, sniffing
from oer.backends.extraction.media_types import MEDIA_TYPES
from oer.core.errors import Invalid, NoSpace, OerError, TooLarge, Unavailable, Unprocessable, UnsupportedType
from oer.core.i18n import N_


@contextmanager
def store_errors(limit: int = 0) -> Iterator[None]:
    """Turn what a store refuses into the domain's errors; `limit` is the one that a file may be larger than."""
    try:
        yield
    except stores.TooLarge as error:
        raise TooLarge(
            N_("This file is larger than the %(limit)s that are taken."), limit=readable_size(limit)
        ) from error
    except stores.Truncated as error:
        raise Invalid(N_("The upload broke off before its end. Please try again."), code="cut_off") from error
    except stores.NoSpace as error:
        raise NoSpace(N_("There is no room for this file just now. We have been told."), code="no_space") from error
    except stores.StoreFailed as error:
        raise OerError(
            N_("The file could not be written safely. Please try again later."), code="store_failed"
        ) from error
    except stores.StorageError as error:
        raise Unavailable(N_("The file store does not answer just now.")) from error


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what is wrong with a file's content or name into the domain's errors."""
    try:
        yield
    except sniffing.EmptyFile as error:
        raise Unprocessable(N_("This file is empty."), code="empty_file") from error
    except sniffing.TypeMismatch as error:
        raise _mismatch(error) from error
    except sniffing.TypeUnknown as error:
        raise UnsupportedType(N_("Files of this kind are not taken."), code="type_unknown") from error
    except archives.ArchiveLimit as error:
        message = N_("This archive holds too much, or would become far larger than it is.")
        raise Unprocessable(message, code="archive_limit") from error
    except archives.ArchiveUnsafe as error:
        message = N_("This archive holds names that lead outside of it, links, or one name twice.")
        raise Unprocessable(message, code="archive_unsafe") from error
    except archives.ArchiveDamaged as error:
        raise Unprocessable(N_("This file is damaged: its parts cannot be found."), code="damaged") from error


def _mismatch(error: sniffing.TypeMismatch) -> UnsupportedType:
    named = MEDIA_TYPES[error.named].short_name
    if error.found is None:
        message = N_("The name says %(named)s, but the content is something else.")
        return UnsupportedType(message, code="type_mismatch", named=named)
    message = N_("The name says %(named)s, but the content is %(found)s.")
    return UnsupportedType(message, code="type_mismatch", named=named, found=MEDIA_TYPES[error.found].short_name)


def readable_size(count: int) -> str:
    """Return a number of bytes as people say it: "2 GB", "350 KB"."""
    for unit, size in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} B"
