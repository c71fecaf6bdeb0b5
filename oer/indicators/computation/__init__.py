"""Computed indicators: their definitions, formulas and results."""
