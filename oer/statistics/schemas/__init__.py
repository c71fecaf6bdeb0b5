"""Input and output of statistics: filters and COUNTER requests as they are read, reports as they are shown and sent."""
