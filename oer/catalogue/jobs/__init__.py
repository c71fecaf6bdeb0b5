"""Background work of the catalogue: the search index, and what need not be remembered."""

from oer.catalogue.jobs.arriving import take_whole_uploads
from oer.catalogue.jobs.indexing import delete_old_idempotency_keys, index_due, rebuild_index
from oer.catalogue.jobs.planned import publish_planned

__all__ = ["delete_old_idempotency_keys", "index_due", "publish_planned", "rebuild_index", "take_whole_uploads"]
