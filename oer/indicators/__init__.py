"""Learning-city indicators: sets as data, reporting rounds, computed figures, targets, reports, open data."""
