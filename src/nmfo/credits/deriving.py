"""Confirmation codes (ИКП) as a key outside the database makes them, and what the tables know of them (Z7, M3)."""

from __future__ import annotations

import hashlib
import hmac

from foundation.runtime.keys import keys
from nmfo.credits.codes import code_of


def code_text(batch_id: int, number: int) -> str:
    """The thirteen symbols of a code of ours. Nothing but the key makes it; the same at every call."""
    return code_of(hmac.new(keys().derive, f"code:{batch_id}:{number}".encode(), hashlib.sha256).digest())


def digest_of(kind: str, text: str) -> str:
    """What the table keeps of a code: `kind` is «code» or «legacy»."""
    return hmac.new(keys().derive, f"{kind}-digest:{text}".encode(), hashlib.sha256).hexdigest()
