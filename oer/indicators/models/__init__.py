"""The tables of indicator sets and reporting rounds; those of computed figures and reports are with their parts."""
