"""Background work of the catalogue: the search index, and what need not be remembered."""

from oer.catalogue.jobs.indexing import index_due, rebuild_index
from oer.catalogue.jobs.sweeping import forget_old_forms

__all__ = ["forget_old_forms", "index_due", "rebuild_index"]
