from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.promises.test_t2 import tamper, written

from foundation.audit.models import Seal
from foundation.audit.operations import FIRST, digest_of, seal_new_entries
from foundation.audit.outside import read_seals, seals_file, send_outside
from foundation.audit.queries import verify_chain


@pytest.mark.django_db(transaction=True)
def test_t3_a_rebuilt_chain_does_not_match_the_seal_that_left(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    written("a", "b")
    seal = seal_new_entries()
    assert seal is not None
    send_outside(seal)
    assert verify_chain(read_seals(seals_file())).faults == []

    tamper("UPDATE audit_entry SET action = 'z' WHERE action = 'b'")
    from foundation.audit.models import Entry

    digest, _count = digest_of(Entry.objects.order_by("transaction", "id"), FIRST)
    tamper(f"UPDATE audit_seal SET digest = '{digest}'")

    assert verify_chain().faults == []
    assert Seal.objects.get().digest == digest
    assert len(verify_chain(read_seals(seals_file())).faults) == 1
    assert oct(seals_file().stat().st_mode)[-3:] == "600"
