"""The law of credits: where they come from, when a code gives them, what is refused and why.

Pure decisions: no ORM, no settings, no clock. Unit: 1 credit (ЗЕТ), whole numbers only.
"""
