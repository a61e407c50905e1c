"""What the database does for us: refusals from constraints, locks, append-only tables, rights of the web role.

Offers `refusals.refuses`, `operations.AppendOnly` (for migrations), `rights.grant_rights`, `checks.unfit_reasons`.
"""
