"""Measurements, each side by side with its control. Run one by its path: `.venv/bin/python scripts/bench/stalls.py`."""
