"""The ledger of credits (ЗЕТ): what was earned, awaited and reversed, and the confirmation codes (ИКП).

Offers one way to post, `operations.posting.post`; the table itself is only ever added to.
"""
