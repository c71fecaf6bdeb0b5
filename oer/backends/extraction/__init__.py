"""Detects what a file is by its content, and extracts text, facts and pictures in an isolated process.

Start at `extracting`; `worker` is the isolated process; `formats` has a reader per kind of file.
"""
