"""Credits of programmes and the results they rest on, compared by SQL that knows nothing of the operations (L5).

Demo entries that say so («made:», «demo:») have no application behind them: the first are generated, outside the
seals, where real people have none; the others are of demo accounts.
"""

from __future__ import annotations

from foundation.audit.queries import broken

_SENTENCES = {
    "results of programmes and their credits do not agree": """
        SELECT coalesce(e.id, c.id)
        FROM (
          SELECT * FROM credits_ledgerentry e
          WHERE e.source = 'completion' AND NOT (e.transaction < 0 AND e.origin LIKE 'made:%')
            AND NOT (e.origin LIKE 'demo:%' AND EXISTS (
              SELECT FROM specialists_specialist s JOIN accounts_account a ON a.id = s.account_id
              WHERE s.id = e.specialist_id AND a.is_demo))
        ) e
        FULL JOIN enrolment_completion c
          ON e.origin = 'application:' || c.application_id || CASE WHEN c.attempt > 1 THEN '/' || c.attempt ELSE '' END
        LEFT JOIN enrolment_application a ON a.id = c.application_id
        WHERE c.id IS NULL OR e.id IS NULL OR e.specialist_id <> c.specialist_id OR e.earned_on <> c.issued_on
           OR e.specialist_id <> a.specialist_id OR e.version_id <> a.version_id""",
    "applications and their results do not agree": """
        SELECT coalesce(a.id, c.application_id)
        FROM (SELECT * FROM enrolment_application WHERE state = 'credited') a
        FULL JOIN (SELECT * FROM enrolment_completion WHERE taken_back_at IS NULL) c ON c.application_id = a.id
        WHERE a.id IS NULL OR c.id IS NULL""",
}


def faults() -> list[str]:
    """Results without credits, credits without a result; empty when they agree."""
    return broken(_SENTENCES)
