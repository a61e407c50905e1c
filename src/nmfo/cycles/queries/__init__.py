"""Reading cycles and rule sets; the owner is the first argument of what concerns one person.

Written by hand is what pages of everybody ask (docs/decisions/0013); the rest is the ORM.
"""
