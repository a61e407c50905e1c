"""Recomputing the book by SQL of its own: it knows nothing of the operations that wrote it (L5). Faults are sentences.

`nmfo audit verify` runs it by hand, a job each night. What an entry rests on elsewhere is compared there: results of
programmes in `enrolment.balancing`, presence in `participation.balancing`.
"""

from __future__ import annotations

from django.conf import settings

from foundation.audit.models import Entry as Trail
from foundation.audit.operations import FIRST
from foundation.audit.queries import broken
from nmfo.credits.models import LedgerSeal
from nmfo.credits.operations.sealing import SEALED, digest_of_ledger

# The day an event `v` ends where it is: the day its credits are of.
LAST_DAY = "(v.ends_at AT TIME ZONE coalesce(nullif(v.zone, ''), 'Europe/Moscow'))::date"
# Each gives the numbers of the rows that break the sentence.
_SENTENCES = {
    "entries and used origins do not agree": """
        SELECT coalesce(e.id, u.entry_id) FROM credits_ledgerentry e FULL JOIN credits_usedorigin u ON u.entry_id = e.id
        WHERE e.id IS NULL OR u.entry_id IS NULL
           OR (e.source, e.origin, e.specialist_id) <> (u.source, u.origin, u.specialist_id)""",
    "entries are not worth what their version is worth": """
        SELECT e.id FROM credits_ledgerentry e LEFT JOIN catalogue_version v ON v.id = e.version_id
        WHERE e.version_id IS NOT NULL AND (abs(e.credits) IS DISTINCT FROM v.credits OR v.item_id <> e.item_id)""",
    "entries stand in another part than what they are for": """
        SELECT e.id FROM credits_ledgerentry e JOIN catalogue_item i ON i.id = e.item_id WHERE e.part <> i.kind""",
    "reversals do not take back a whole entry": """
        SELECT r.id FROM credits_ledgerentry r LEFT JOIN credits_ledgerentry e ON e.id = r.reverses_id
        WHERE r.source = 'reversal' AND (e.id IS NULL OR e.source = 'reversal' OR e.credits <> -r.credits
              OR e.specialist_id <> r.specialist_id OR e.earned_on <> r.earned_on OR e.part <> r.part)""",
    "entries are reversed more than once": """
        SELECT reverses_id FROM credits_ledgerentry WHERE reverses_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1""",
    "an event or module is counted more than once": """
        SELECT min(e.id) FROM credits_ledgerentry e LEFT JOIN credits_ledgerentry r ON r.reverses_id = e.id
        WHERE r.id IS NULL AND e.item_id IS NOT NULL
          AND (e.source IN ('code', 'presence', 'module') OR e.source = 'manual' AND e.part IN ('event', 'module'))
        GROUP BY e.specialist_id, e.item_id HAVING count(*) > 1""",
    "sums of specialists are below nothing": """
        SELECT specialist_id FROM credits_ledgerentry GROUP BY 1 HAVING sum(credits) < 0""",
    "activated codes and their entries do not agree": """
        SELECT coalesce(c.id, e.id) FROM (SELECT * FROM credits_confirmationcode WHERE state = 'activated') c
        FULL JOIN (SELECT * FROM credits_ledgerentry WHERE source = 'code') e ON e.origin = 'code:' || c.id
        LEFT JOIN credits_codebatch b ON b.id = c.batch_id
        WHERE c.id IS NULL OR e.id IS NULL OR e.specialist_id <> c.activated_by_id OR e.version_id <> b.version_id
           OR e.earned_on <> b.earned_on""",
    "activated codes of the closed portal and their entries do not agree": """
        SELECT coalesce(c.id, e.id) FROM (SELECT * FROM credits_legacycode WHERE activated_at IS NOT NULL) c
        FULL JOIN (SELECT * FROM credits_ledgerentry WHERE source = 'legacy' AND origin LIKE 'code:%') e
          ON e.origin = 'code:' || c.id
        WHERE c.id IS NULL OR e.id IS NULL OR e.specialist_id <> c.activated_by_id OR e.credits <> c.credits
           OR e.earned_on <> c.earned_on OR e.part <> c.part OR e.specialty_id IS DISTINCT FROM c.specialty_id""",
    "batches of codes are of another day than their event": f"""
        SELECT b.id FROM credits_codebatch b JOIN catalogue_version v ON v.id = b.version_id
        WHERE b.earned_on IS DISTINCT FROM {LAST_DAY}""",  # noqa: S608 - our own piece
    "issued batches do not have their codes": """
        SELECT b.id FROM credits_codebatch b LEFT JOIN credits_confirmationcode c ON c.batch_id = b.id
        GROUP BY b.id, b.count, b.state
        HAVING count(c.id) <> CASE b.state WHEN 'issued' THEN b.count ELSE 0 END""",
    "events gave codes to more people than were confirmed": """
        SELECT b.item_id FROM credits_codebatch b JOIN credits_confirmationcode c ON c.batch_id = b.id
        LEFT JOIN credits_allowance a ON a.offering = 'event:' || b.item_id
        WHERE c.state <> 'annulled' GROUP BY b.item_id, a.given, a.people
        HAVING count(*) > coalesce(a.given, 0) OR coalesce(a.given, 0) > coalesce(a.people, 0)""",
    "arrived expectations have an entry of another person": """
        SELECT x.id FROM credits_expectation x JOIN credits_ledgerentry e ON e.id = x.entry_id
        WHERE e.specialist_id <> x.specialist_id OR e.source = 'reversal'""",
    "corrections and their entries do not agree": """
        SELECT p.id FROM credits_proposal p LEFT JOIN credits_ledgerentry e ON e.id = p.result_id
        WHERE p.state = 'approved' AND (e.id IS NULL OR e.specialist_id <> p.specialist_id
              OR p.kind = 'reversal' AND e.reverses_id IS DISTINCT FROM p.entry_id
              OR p.kind = 'credit' AND (e.credits <> p.worth OR e.earned_on <> p.earned_on OR e.part <> p.part
                                        OR e.version_id IS NULL AND e.specialty_id IS DISTINCT FROM p.specialty_id))
        UNION ALL
        SELECT e.id FROM credits_ledgerentry e LEFT JOIN credits_proposal p ON p.result_id = e.id
        WHERE e.source IN ('reversal', 'manual') AND p.id IS NULL""",
    "entries of real people stand outside the seals": """
        SELECT e.id FROM credits_ledgerentry e JOIN specialists_specialist s ON s.id = e.specialist_id
        JOIN accounts_account a ON a.id = s.account_id WHERE e.transaction < 0 AND NOT a.is_demo""",
    "entries of real people come from where nothing is kept": """
        SELECT e.id FROM credits_ledgerentry e JOIN specialists_specialist s ON s.id = e.specialist_id
        JOIN accounts_account a ON a.id = s.account_id
        WHERE (e.source = 'module' OR e.source = 'legacy' AND e.origin NOT LIKE 'code:%')
          AND e.transaction >= 0 AND NOT a.is_demo""",
    "entries stand where no seal comes": """
        SELECT id FROM credits_ledgerentry WHERE transaction >= next_transaction()""",
    "seals of the ledger reach beyond what has been written": """
        SELECT id FROM credits_ledgerseal WHERE upto > next_transaction()""",
    "corrections were decided by one person": """
        SELECT id FROM credits_proposal WHERE state = 'approved' AND decided_by_id = proposed_by_id""",
    "two credits stand for one result of a programme": """
        SELECT min(e.id) FROM credits_ledgerentry e
        JOIN credits_proposal p ON p.result_id = e.id
        JOIN credits_claim c ON c.id = p.claim_id
        LEFT JOIN credits_expectation x ON x.id = coalesce(c.expectation_id, p.expectation_id)
        LEFT JOIN credits_ledgerentry d ON d.id = c.entry_id
        LEFT JOIN credits_ledgerentry o ON o.id = d.reverses_id
        JOIN credits_ledgerentry t ON t.specialist_id = e.specialist_id AND t.source = 'completion'
          AND split_part(t.origin, '/', 1) = split_part(coalesce(x.origin, o.origin, d.origin), '/', 1)
        WHERE e.source = 'manual' AND coalesce(x.source, o.source, d.source) = 'completion'
          AND NOT EXISTS (SELECT FROM credits_ledgerentry r WHERE r.reverses_id IN (e.id, t.id))
        HAVING count(*) > 0""",
    "a programme was entered by hand beside its result": """
        SELECT e.id FROM credits_ledgerentry e
        JOIN credits_proposal p ON p.result_id = e.id AND p.version_id IS NOT NULL
        JOIN credits_ledgerentry t ON t.specialist_id = e.specialist_id AND t.item_id = e.item_id
          AND t.source = 'completion' AND t.id <> e.id
        JOIN credits_expectation x ON x.specialist_id = t.specialist_id AND x.source = 'completion'
          AND x.origin = split_part(t.origin, '/', 1) AND x.created_at < e.posted_at
        WHERE e.source = 'manual' AND e.part = 'programme'
          AND NOT EXISTS (SELECT FROM credits_ledgerentry r WHERE r.reverses_id IN (e.id, t.id))""",
    "two entries by hand stand in the place of one": """
        SELECT min(e.id) FROM credits_proposal p JOIN credits_ledgerentry e ON e.id = p.result_id
        WHERE p.replaces_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM credits_ledgerentry r WHERE r.reverses_id = e.id)
        GROUP BY p.replaces_id HAVING count(*) > 1""",
}
# Their entries need no evidence. A trigger keeps other accounts from becoming such.
_WITHOUT_DEMO = {
    "accounts of a demo stand where there is none": "SELECT id FROM accounts_account WHERE is_demo ORDER BY id",
}


def faults() -> list[str]:
    """What is wrong in the book of credits; empty when it balances."""
    return [*broken(_SENTENCES), *broken({} if settings.CONFIG.demo else _WITHOUT_DEMO), *_chain()]


def _chain() -> list[str]:
    """What is wrong with the seals over the ledger, and with what the trail says of them."""
    found, previous, since = [], FIRST, 0
    told = {row.subject_id: row.after for row in Trail.objects.filter(action=SEALED)}
    for seal in LedgerSeal.objects.order_by("upto"):
        if (seal.previous, seal.since) != (previous, since):
            found.append(f"seal {seal.pk} of the ledger does not follow the one before")
        digest, entries = digest_of_ledger(seal.since, seal.upto, seal.previous)
        if (digest, entries) != (seal.digest, seal.entries):
            found.append(f"seal {seal.pk} of the ledger: its {seal.entries} entries were changed, {entries} are there")
        if told.pop(seal.pk, None) != {"upto": seal.upto, "entries": seal.entries, "digest": seal.digest}:
            found.append(f"seal {seal.pk} of the ledger is not the one that the trail tells of")
        previous, since = seal.digest, seal.upto
    return found + [f"seal {pk} of the ledger is gone" for pk in told]
