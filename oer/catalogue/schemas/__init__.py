"""Shapes of what comes into the catalogue and goes out of it."""

from oer.catalogue.schemas.faults import InvalidRecord
from oer.catalogue.schemas.record import FIELDS, parse_record

__all__ = ["FIELDS", "InvalidRecord", "parse_record"]
