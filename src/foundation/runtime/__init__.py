"""What runs: embedded PostgreSQL, the environment, the supervisor of the parts, the command line's frame.

Hides how a machine is turned into a running site. Offers `environment.config()`, `embedded.Embedded`, `supervisor`.
"""
