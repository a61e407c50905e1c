"""What a request says about where it comes from: for the throttle, the audit trail and the list of sessions."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """Facts of one request. `device` is the token of a known device, or empty."""

    at: dt.datetime
    ip: str
    agent: str
    request_id: str
    device: str = ""

    @property
    def network(self) -> str:
        """The block the address belongs to: /24 of IPv4, /56 of IPv6. One household, one office."""
        try:
            address = ipaddress.ip_address(self.ip)
        except ValueError:
            return self.ip
        return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 56}", strict=False))  # noqa: PLR2004


class FactsRequest(HttpRequest):
    """A request that went through `foundation.runtime.middleware.RequestFrame`."""

    facts: RequestFacts
