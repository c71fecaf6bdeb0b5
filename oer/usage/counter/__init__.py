"""From events to counts, by COUNTER Code of Practice 5.1 and our own rules where it is silent.

Pure functions: no database, no Flask, no clock. A file of events (`EventCounter`) and the database's events are counted
by the same steps: `event_kinds` says what counts, `counting` removes double-clicks and adds up.
"""
