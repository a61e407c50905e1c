"""`python -m nmfo COMMAND`."""

from nmfo.config.cli import main

if __name__ == "__main__":  # a worker of `nmfo demo generate` loads this module again under another name
    main()
