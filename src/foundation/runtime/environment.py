"""The environment, read once into a typed frozen `Config`. Nothing else reads `os.environ` for settings."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def _variable(name: str, meaning: str, default: Any, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"name": name, "meaning": meaning, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What may differ between two installations. `nmfo config` prints it, secrets masked."""

    data: Path = _variable("NMFO_DATA", "Folder that everything is written to", Path("var"))
    keys: str = _variable("NMFO_KEYS", "File of the secrets; empty: DATA/keys.json", "")
    port: int = _variable("NMFO_PORT", "Port of the portal", 8000)
    gosuslugi_port: int = _variable("GOSUSLUGI_PORT", "Port of the state-services account", 8001)
    host: str = _variable("NMFO_HOST", "Address the servers listen on", "127.0.0.1")
    base_url: str = _variable("NMFO_BASE_URL", "Address people see; empty: http://localhost:PORT", "")
    allowed_hosts: tuple[str, ...] = _variable(
        "NMFO_ALLOWED_HOSTS", "Host names the portal answers to, comma separated, besides that of NMFO_BASE_URL", ()
    )
    trusted_proxies: tuple[str, ...] = _variable(
        "NMFO_TRUSTED_PROXIES", "Addresses or networks of proxies whose X-Forwarded-* headers are believed", ()
    )
    database_url: str = _variable("DATABASE_URL", "PostgreSQL 15+ to use in place of the embedded one", "", secret=True)
    database_owner_url: str = _variable(
        "DATABASE_OWNER_URL", "The same database for the role that owns the tables (migrations)", "", secret=True
    )
    gosuslugi_database_url: str = _variable(
        "GOSUSLUGI_DATABASE_URL", "Database of the state-services account; empty: embedded", "", secret=True
    )
    smtp_host: str = _variable("NMFO_SMTP_HOST", "Mail server; empty: letters are shown at /dev/mail/", "")
    smtp_port: int = _variable("NMFO_SMTP_PORT", "Port of the mail server", 25)
    smtp_user: str = _variable("NMFO_SMTP_USER", "Name at the mail server", "")
    smtp_password: str = _variable("NMFO_SMTP_PASSWORD", "Password at the mail server", "", secret=True)
    smtp_security: str = _variable("NMFO_SMTP_SECURITY", "none, starttls or tls", "none")
    mail_from: str = _variable("NMFO_MAIL_FROM", "Sender's address of letters", "portal@nmfo.example")
    support_mail: str = _variable("NMFO_SUPPORT_MAIL", "Address of support shown on pages", "support@nmfo.example")
    auditor_mail: str = _variable("NMFO_AUDITOR_MAIL", "Address that audit seals are sent to; empty: file only", "")
    demo: bool = _variable("NMFO_DEMO", "Load demo data at the first start: 1 or 0", True)
    web_workers: int = _variable("NMFO_WEB_WORKERS", "Web processes; 0: one for each core, at most four", 0)
    client_pages_per_s: int = _variable(
        "NMFO_CLIENT_PAGES_PER_S",
        "Searches a second that each web process answers one client (account, or network of guests); 0: no limit",
        20,
    )
    registration_mode: str = _variable(
        "NMFO_REGISTRATION_MODE", "After the confirmation link: own-password or temporary-password", "own-password"
    )
    recovery_mode: str = _variable(
        "NMFO_RECOVERY_MODE", "What a recovery letter brings: temporary-password or link", "temporary-password"
    )
    organisation_review_days: int = _variable(
        "NMFO_ORGANISATION_REVIEW_DAYS", "Days that the review of an organisation's application takes at most", 14
    )
    application_answer_days: int = _variable(
        "NMFO_APPLICATION_ANSWER_DAYS", "Days that an organisation has to answer an application for learning", 5
    )
    application_return_days: int = _variable(
        "NMFO_APPLICATION_RETURN_DAYS", "Days that a listener has to send what an organisation asks for", 7
    )
    application_basis_days: int = _variable(
        "NMFO_APPLICATION_BASIS_DAYS", "Days to confirm who pays, after an application is approved", 10
    )
    seat_offer_hours: int = _variable(
        "NMFO_SEAT_OFFER_HOURS", "Hours that a seat is kept for the next of the waiting list", 24
    )
    operator_address: str = _variable(
        "NMFO_OPERATOR_ADDRESS",
        "Postal address of the operator: paper originals of organisations go there",
        "117997, Москва, ул. Островитянова, д. 1, ФГБОУ ВО РНИМУ им. Н.И. Пирогова Минздрава России, отдел ИЭОР",
    )
    breached_passwords: str = _variable(
        "NMFO_BREACHED_PASSWORDS", "File made by `nmfo load_breached_passwords`; empty: DATA/breached.bin if there", ""
    )
    tls: bool = _variable("NMFO_TLS", "People reach the portal over https: 1 or 0", False)
    log_level: str = _variable("NMFO_LOG_LEVEL", "debug, info, warning or error", "info")
    db_role: str = _variable("NMFO_DB_ROLE", "web or owner; set by the command line, not by people", "web")

    @property
    def keys_path(self) -> Path:
        """Where the secrets are kept."""
        return Path(self.keys).resolve() if self.keys else self.data / "keys.json"

    @property
    def address(self) -> str:
        """Where people find the portal, without a slash at the end."""
        return self.base_url.rstrip("/") or f"http://localhost:{self.port}"


class WrongEnvironment(Exception):
    """A variable of the environment cannot be used as it is."""


def _parse(name: str, text: str, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return {"1": True, "0": False, "true": True, "false": False, "yes": True, "no": False}[text.lower()]
        if isinstance(default, int):
            return int(text)
    except (KeyError, ValueError):
        expected = "1 or 0" if isinstance(default, bool) else "a whole number"
        raise WrongEnvironment(f"{name} is {text!r}; it takes {expected}") from None
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(default, Path):
        return Path(text).expanduser().resolve()
    return text


_CHOICES = {
    "registration_mode": ("own-password", "temporary-password"),
    "recovery_mode": ("temporary-password", "link"),
    "smtp_security": ("none", "starttls", "tls"),
    "log_level": ("debug", "info", "warning", "error"),
    "db_role": ("web", "owner"),
}


def read(environ: dict[str, str]) -> Config:
    """Read a configuration. Raises `WrongEnvironment` with a sentence that names the variable."""
    values: dict[str, Any] = {}
    for item in fields(Config):
        name = item.metadata["name"]
        text = environ.get(name, "").strip()
        values[item.name] = _parse(name, text, item.default) if text else item.default
        allowed = _CHOICES.get(item.name)
        if allowed and values[item.name] not in allowed:
            raise WrongEnvironment(f"{name} is {values[item.name]!r}; it takes {' or '.join(allowed)}")
    values["data"] = Path(values["data"]).resolve()
    return Config(**values)


@functools.cache
def config() -> Config:
    """The configuration of this process."""
    return read(dict(os.environ))
