"""Credits for presence and the lists they rest on, compared by SQL that knows nothing of the operations (L5).

Generated entries (outside the seals, where real people have none) have a registration, but no row in the list of the
confirmed; those that say «made:» have nothing behind them.
"""

from __future__ import annotations

from foundation.audit.queries import broken
from nmfo.credits.balancing import LAST_DAY

_SENTENCES = {
    "credits for presence have no confirmed presence": f"""
        SELECT e.id
        FROM (
          SELECT * FROM credits_ledgerentry e
          WHERE e.source = 'presence' AND NOT (e.transaction < 0 AND e.origin LIKE 'made:%')
        ) e
        LEFT JOIN participation_registration r ON e.origin = 'registration:' || r.id
        LEFT JOIN participation_gathering g ON g.item_id = r.item_id AND g.award = 'credits'
        LEFT JOIN participation_confirmed c ON c.registration_id = r.id
        LEFT JOIN catalogue_version v ON v.id = e.version_id
        WHERE r.id IS NULL OR r.state <> 'present' OR r.specialist_id <> e.specialist_id OR r.item_id <> e.item_id
           OR g.item_id IS NULL OR c.id IS NULL AND e.transaction >= 0 OR c.version_id <> e.version_id
           OR e.earned_on IS DISTINCT FROM {LAST_DAY}""",  # noqa: S608 - our own piece
    "confirmed presence has brought no credits": """
        SELECT c.id FROM participation_confirmed c
        JOIN participation_gathering g ON g.item_id = c.item_id AND g.award = 'credits'
        JOIN participation_registration r ON r.id = c.registration_id AND r.settled_at IS NOT NULL
        WHERE NOT EXISTS (
          SELECT FROM credits_ledgerentry e
          WHERE e.specialist_id = c.specialist_id AND e.item_id = c.item_id AND e.source <> 'reversal')""",
    "codes that name nobody were issued beside credits at once": """
        SELECT b.id FROM credits_codebatch b
        JOIN participation_gathering g ON g.item_id = b.item_id AND g.award = 'credits'
        WHERE b.state = 'issued' AND NOT b.bound AND NOT b.over_allowance
          AND coalesce(b.decided_at, b.created_at) > g.closed_at""",
}


def faults() -> list[str]:
    """Credits for presence that nobody confirmed, confirmed presence without credits, codes for anybody beside them."""
    return broken(_SENTENCES)
