"""What is done with stored content: taken in, kept, read, checked, thrown away."""

from oer.files.services.collection import (
    condemn,
    find_rowless,
    find_unreferenced,
    hold_collection,
    release_collection,
    remove,
)
from oer.files.services.fixity import note_condition, note_verdict, read_condition
from oer.files.services.keeping import keep, keep_made
from oer.files.services.names import clean_name
from oer.files.services.ownership import adopt_store, database_id, require_own_store
from oer.files.services.receiving import Received, receive, receive_made
from oer.files.services.refusals import readable_size
from oer.files.services.renditions import Claim, ask_for_newer, claim, extract_again, finish, renew

__all__ = [
    "Claim",
    "Received",
    "adopt_store",
    "ask_for_newer",
    "claim",
    "clean_name",
    "condemn",
    "database_id",
    "extract_again",
    "find_rowless",
    "find_unreferenced",
    "finish",
    "hold_collection",
    "keep",
    "keep_made",
    "note_condition",
    "note_verdict",
    "read_condition",
    "readable_size",
    "receive",
    "receive_made",
    "release_collection",
    "remove",
    "renew",
    "require_own_store",
]
