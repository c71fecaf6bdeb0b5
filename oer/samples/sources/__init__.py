"""How the sample collection is made: run by hand, `python -m oer.samples.sources.make`, never by the service."""
