"""Engines chosen by a URL in the settings. They know no Flask, no models and nothing of `core`."""
