"""Cycles: what a person has to collect, over which time and by which act, and how far they are.

Hides the law (rule sets as dated data with golden cases, published by two operators) and the arithmetic of years.
Offers `operations.joining` (choose, change, add a cycle), `operations.ruling` (write and publish rule sets) and
`queries`: where a person stands, by year and part.
"""
