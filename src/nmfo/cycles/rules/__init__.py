"""The law of cycles: which rule set applies to a person and why, what it asks, what is done and missing.

Pure decisions: no ORM, no settings, no clock. Unit: 1 credit (ЗЕТ) = 1 academic hour; whole numbers only. The numbers
themselves (250, 144, 72) are not here: they are rows of the table of rule sets, each with its act (domain.md 3.1).
"""
