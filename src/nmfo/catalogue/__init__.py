"""Programmes, events and modules: their versions, review, runs, and the search over what is published."""
