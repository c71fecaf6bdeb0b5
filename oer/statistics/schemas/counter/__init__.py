"""COUNTER reports, Release 5.1: what is asked, the report as JSON, the same as a table."""
