"""From events to counts, by COUNTER Code of Practice 5.1 and our own rules where it is silent.

Pure: no database, no Flask, no clock. The same few steps serve a file of events (`EventCounter`) and the nightly
count of the database's events: `acts` says what an event is, `clicks` takes double-clicks out, `measures` adds up.
"""

from oer.usage.counter.acts import (
    INVESTIGATIONS,
    LOGGED_SESSION,
    REGULAR,
    REQUESTS,
    SEARCH,
    TDM,
    Act,
    Excluded,
    acts_of,
)
from oer.usage.counter.clicks import DOUBLE_CLICK, retained
from oer.usage.counter.events import EventCounter, count
from oer.usage.counter.measures import ALL_FORMATS, Measures, UsageKey, measure

__all__ = (
    "ALL_FORMATS",
    "DOUBLE_CLICK",
    "INVESTIGATIONS",
    "LOGGED_SESSION",
    "REGULAR",
    "REQUESTS",
    "SEARCH",
    "TDM",
    "Act",
    "EventCounter",
    "Excluded",
    "Measures",
    "UsageKey",
    "acts_of",
    "count",
    "measure",
    "retained",
)
