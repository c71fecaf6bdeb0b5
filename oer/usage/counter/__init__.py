"""From events to counts, by COUNTER Code of Practice 5.1 and our own rules where it is silent.

Pure: no database, no Flask, no clock. The same few steps serve a file of events (`EventCounter`) and the nightly
count of the database's events: `acts` says what an event is, `clicks` takes double-clicks out, `measures` adds up.
"""
