"""Indicator sets as files: YAML and workbooks, read and written."""
