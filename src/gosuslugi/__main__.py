"""`python -m gosuslugi COMMAND`."""

from gosuslugi.config.cli import main

main()
