"""Programmes from a file: sent, checked, written, reported row by row."""
