"""A mail server with faults: `ok`, `tempfail`, `lose-ok` (takes the letter, then the answer is lost), `refuse`,
`slow` (takes it after half a second).
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass
class Sink:
    """What came in, and how to behave from now on."""

    port: int = 0
    mode: str = "ok"
    letters: list[EmailMessage] = field(default_factory=list)


def _serve(connection: socket.socket, sink: Sink) -> None:
    file = connection.makefile("rwb")

    def say(line: str) -> None:
        file.write(f"{line}\r\n".encode())
        file.flush()

    say("220 sink")
    while line := file.readline().decode(errors="replace").strip():
        verb = line.split(" ", 1)[0].split(":", 1)[0].upper()
        if verb == "RCPT" and sink.mode == "refuse":
            say("550 5.1.1 no such box nobody@nmfo.example")
        elif verb == "RCPT" and sink.mode == "tempfail":
            say("451 4.7.1 try later")
        elif verb == "DATA":
            say("354 go on")
            lines = []
            while (raw := file.readline()) != b".\r\n":
                lines.append(raw.removeprefix(b"."))
            message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            if sink.mode == "slow":
                time.sleep(0.5)
            sink.letters.append(message)
            if sink.mode == "lose-ok":
                break
            say("250 taken")
        elif verb == "QUIT":
            say("221 bye")
            break
        else:
            say("250 ok")
    with contextlib.suppress(OSError):
        file.close()
    connection.close()


@contextlib.contextmanager
def mail_sink() -> Iterator[Sink]:
    """Run the server on a free port of loopback."""
    sink = Sink()
    server = socket.create_server(("127.0.0.1", 0))
    sink.port = server.getsockname()[1]

    def run() -> None:
        while True:
            try:
                connection, _peer = server.accept()
            except OSError:
                return
            _serve(connection, sink)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)
