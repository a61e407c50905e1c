"""The law of the catalogue: what a programme, an event or a module may say, and what it is worth.

Pure decisions: no ORM, no settings, no clock. Unit: 1 credit (ЗЕТ) is 1 academic hour of 45 minutes (domain.md 3.2).
"""
