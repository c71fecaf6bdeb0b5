"""Background work of the catalogue: the search index, and what need not be remembered."""

from oer.catalogue.jobs.arriving import take_whole_uploads
from oer.catalogue.jobs.indexing import delete_old_idempotency_keys, index_due, rebuild_index

__all__ = ["delete_old_idempotency_keys", "index_due", "rebuild_index", "take_whole_uploads"]
