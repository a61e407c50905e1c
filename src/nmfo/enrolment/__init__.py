"""Enrolment: a specialist's application for a run, its way to the credits, seats, waiting lists, orders, results.

Hides who may make which step and what moves with it: the seat, the letter, the history, the expected credits.
Offers operations for both sides, and the jobs that keep terms.
"""
