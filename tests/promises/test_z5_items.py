from __future__ import annotations

import pytest
from tests.builders import an_operator, signed_in
from tests.item_builders import a_published, a_submitted, a_writer

from nmfo.accounts.models import Account
from nmfo.catalogue.models import Item, Remark, Version


@pytest.mark.django_db
def test_z5_nobody_returns_remarks_or_accredits_what_is_their_own() -> None:
    by = a_writer()
    item, version = a_published(by, an_operator()), a_submitted(by)
    Account.objects.filter(pk=by.account_id).update(roles=["organisation", "operator"])
    own = signed_in(Account.objects.get(pk=by.account_id))

    own.post(f"/operator/items/{item.pk}/accredit/", {"accredited": "1"})
    own.post(f"/operator/items/{item.pk}/", {"reason": "Так"})
    own.post(f"/operator/reviews/{version.pk}/return/", {"words": "Так"})
    own.post(f"/operator/reviews/{version.pk}/", {"field": "aims", "text": "Так"})
    own.post(f"/operator/reviews/{version.pk}/take/")

    version.refresh_from_db()
    assert (Item.objects.get(pk=item.pk).state, Item.objects.get(pk=item.pk).accredited) == ("published", False)
    assert (version.state, version.taken_by) == ("submitted", None)
    assert not Remark.objects.exists()
    assert Version.objects.filter(state="returned").count() == 0
