"""The formulas of LC-01 to LC-20: pure functions from counts to figures, no database in them.

Each carries the worked example of computed_indicators.yaml as a test.
"""
