"""Reports of a round as documents: by Key Feature area, by action area, the UNESCO draft, the ministry's table."""

from oer.indicators.queries.reports.assembly import KINDS, assemble, chapters_to_write, kind_name

__all__ = ["KINDS", "assemble", "chapters_to_write", "kind_name"]
