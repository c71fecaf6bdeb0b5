"""`python -m oer` is the console too."""

from oer.cli import main

main()
