"""`python -m nmfo COMMAND`."""

from nmfo.config.cli import main

main()
