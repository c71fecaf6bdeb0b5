"""Which media types are ever named to a browser. What is not on these lists goes out as bytes, to be saved."""

BYTES = "application/octet-stream"

# Shown inside our pages, by <img>, <audio>, <video> and <track>, where none of them can run anything.
INLINE = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "image/svg+xml",
        "audio/mpeg",
        "audio/mp4",
        "audio/aac",
        "audio/ogg",
        "audio/opus",
        "audio/flac",
        "audio/wav",
        "audio/x-wav",
        "audio/webm",
        "video/mp4",
        "video/webm",
        "video/ogg",
        "video/quicktime",
        "text/vtt",
    }
)
_TEXT = frozenset({"text/plain", "text/markdown", "text/csv", "text/vtt"})
# A browser may open these itself once they are saved, or hand them to a program; none is a page of the web.
_SAVED = (
    (INLINE - {"image/svg+xml"})
    | _TEXT
    | {
        "application/pdf",
        "application/epub+zip",
        "application/zip",
        "application/x-subrip",
        "application/msword",
        "application/vnd.ms-powerpoint",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)


def sent_type(media_type: str) -> str:
    """Return the Content-Type of a download."""
    return _written(media_type) if media_type in _SAVED else BYTES


def inline_type(media_type: str) -> str:
    """Return the Content-Type of what is shown inside a page. Other types than those for that go as bytes."""
    return _written(media_type) if media_type in INLINE else BYTES


def can_be_inline(media_type: str) -> bool:
    """Tell whether a page of ours may show a file of this type as it is."""
    return media_type in INLINE


def _written(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type in _TEXT else media_type
