"""A mail server that is not ours (aiosmtpd): TLS by STARTTLS is required, then a login. It prints each mail as a line of JSON.

Usage: mail_server.py CERTIFICATE KEY USER PASSWORD. Prints its port first. The file `away` beside the certificate has it answer
that it takes nothing for now, while it is there.
"""

import json
import socket
import ssl
import sys
import threading
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

certificate, key, user, password = sys.argv[1:]
away = Path(certificate).with_name("away")


class Inbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if away.exists():
            return "451 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print(
            json.dumps({
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "secure": session.ssl is not None,
                "login": session.authenticated,
                "text": envelope.content.decode("utf-8"),
            }),
            flush=True,
        )
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    given = (data.login.decode(), data.password.decode())
    return AuthResult(success=given == (user, password))


tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(certificate, key)
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
server = Controller(
    Inbox(),
    hostname="127.0.0.1",
    port=port,
    tls_context=tls,
    require_starttls=True,
    auth_required=True,
    auth_require_tls=True,
    authenticator=authenticate,
    enable_SMTPUTF8=True,
)
server.start()
print(port, flush=True)
threading.Event().wait()
