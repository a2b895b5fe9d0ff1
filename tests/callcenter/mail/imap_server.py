"""A small IMAP server in this process, real where a fetcher can stumble: it speaks RFC 3501 and 2177 over a socket, line by line, with literals,
sequence numbers that are not UIDs, UIDVALIDITY, PERMANENTFLAGS, IDLE, and XOAUTH2 with its challenge on refusal.

Ours rather than Dovecot, because it can be told to misbehave where no sound server would: hang up at any command, give one message and not the next,
lose its index, refuse to mark. Dovecot would need root and an account of the machine; the servers on PyPI cannot be made to fail at a given
command."""

from __future__ import annotations

import base64
import re
import socketserver
import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stored:
    uid: int
    raw: bytes
    seen: bool = False


@dataclass
class Imap:
    """The server's state. `hang_up_at`: a command at which it closes the connection, once. `broken`: UIDs it cannot give. `tokens`: what XOAUTH2
    accepts. `read_only`: the folder cannot be changed; `permanent`: the flags that stay. `renumber` is what a server does that lost its index."""

    user: str = "support"
    password: str = "geheim"
    idle: bool = True
    messages: list[Stored] = field(default_factory=list)
    hang_up_at: str = ""
    broken: set[int] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    read_only: bool = False
    permanent: str = "\\Seen \\Deleted \\*"
    validity: int = 1
    last_uid: int = 0
    commands: list[str] = field(default_factory=list)
    port: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def put(self, raw: bytes) -> Stored:
        """New mail arrives; whoever idles hears of it."""
        with self.changed:
            self.last_uid += 1
            stored = Stored(self.last_uid, raw)
            self.messages.append(stored)
            self.changed.notify_all()
        return stored

    def expunge(self, stored: Stored) -> None:
        """Somebody deletes a message at another program."""
        with self.changed:
            self.messages.remove(stored)

    def renumber(self) -> None:
        """Another UIDVALIDITY: every UID means another message than before, and all flags are lost."""
        with self.changed:
            self.validity += 1
            for number, stored in enumerate(reversed(self.messages), 1):
                stored.uid, stored.seen = number, False
            self.messages.reverse()
            self.last_uid = len(self.messages)

    def start(self) -> socketserver.ThreadingTCPServer:
        """Serve on a free loopback port until `shutdown`."""
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session, bind_and_activate=True)
        server.daemon_threads = True
        server.imap = self  # type: ignore[attr-defined]
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self) -> None:
        self.imap: Imap = self.server.imap  # type: ignore[attr-defined]
        self.say("* OK ready")
        while line := self.rfile.readline():
            tag, _blank, rest = line.decode().strip().partition(" ")
            name, _blank, arguments = rest.partition(" ")
            if name.upper() == "UID":
                name, _blank, arguments = arguments.partition(" ")
                name = f"UID {name}"
            name = name.upper()
            self.imap.commands.append(name)
            if name == self.imap.hang_up_at:
                self.imap.hang_up_at = ""
                return
            if not self.answer(tag, name, arguments):
                return

    def say(self, text: str | bytes) -> None:
        self.wfile.write((text.encode() if isinstance(text, str) else text) + b"\r\n")

    def answer(self, tag: str, name: str, arguments: str) -> bool:
        handler: Any = getattr(self, "do_" + name.lower().replace(" ", "_"), None)
        if handler is None:
            self.say(f"{tag} BAD {name}")
            return True
        result = handler(tag, arguments)
        if result is not None:
            self.say(f"{tag} {result} done")  # imaplib wants words after the status
        return name != "LOGOUT"

    def do_capability(self, _tag: str, _arguments: str) -> str:
        self.say("* CAPABILITY IMAP4rev1 AUTH=XOAUTH2" + (" IDLE" if self.imap.idle else ""))
        return "OK"

    def do_login(self, _tag: str, arguments: str) -> str:
        wanted = f'"{self.imap.user}" "{self.imap.password}"'
        return "OK" if arguments == wanted else "NO [AUTHENTICATIONFAILED] wrong"

    def do_authenticate(self, _tag: str, arguments: str) -> str:
        """XOAUTH2 as Google and Microsoft speak it: a refusal comes as a challenge first, which the client answers."""
        if arguments.upper() != "XOAUTH2":
            return "NO no such way"
        self.say("+ ")
        said = base64.b64decode(self.rfile.readline().strip()).decode()
        accepted = {f"user={self.imap.user}\1auth=Bearer {token}\1\1" for token in self.imap.tokens}
        if said in accepted:
            return "OK"
        self.say("+ " + base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode())
        self.rfile.readline()
        return "NO [AUTHENTICATIONFAILED] wrong token"

    def do_select(self, _tag: str, arguments: str) -> str:
        if arguments.strip('"') != "INBOX":
            return "NO no such folder"
        self.say(f"* {len(self.imap.messages)} EXISTS")
        self.say("* FLAGS (\\Seen \\Deleted)")
        self.say(f"* OK [PERMANENTFLAGS ({self.imap.permanent})] these stay")
        self.say(f"* OK [UIDVALIDITY {self.imap.validity}] as numbered")
        self.say(f"* OK [UIDNEXT {self.imap.last_uid + 1}] the next")
        return "OK [READ-ONLY]" if self.imap.read_only else "OK [READ-WRITE]"

    def do_status(self, _tag: str, _arguments: str) -> str:
        unseen = sum(not one.seen for one in self.imap.messages)
        self.say(f'* STATUS "INBOX" (MESSAGES {len(self.imap.messages)} UNSEEN {unseen})')
        return "OK"

    def do_noop(self, _tag: str, _arguments: str) -> str:
        return "OK"

    def do_uid_search(self, _tag: str, _arguments: str) -> str:
        self.say("* SEARCH " + " ".join(str(one.uid) for one in self.imap.messages if not one.seen))
        return "OK"

    def do_uid_fetch(self, _tag: str, arguments: str) -> str:
        uid, _blank, parts = arguments.partition(" ")
        found = next((one for one in self.imap.messages if one.uid == int(uid)), None)
        if found is None:
            return "OK"
        if found.uid in self.imap.broken:
            return "NO it is damaged"
        if "RFC822.SIZE" in parts:
            self.say(f"* {self.place(found)} FETCH (UID {found.uid} RFC822.SIZE {len(found.raw)})")
            return "OK"
        cut = re.search(r"<0\.(\d+)>", parts)
        raw = found.raw[: int(cut[1])] if cut else found.raw
        self.say(f"* {self.place(found)} FETCH (UID {found.uid} BODY[]{'<0>' if cut else ''} {{{len(raw)}}}")
        self.wfile.write(raw + b")\r\n")
        return "OK"

    def place(self, stored: Stored) -> int:
        """The message's number in the folder, which is not its UID."""
        return self.imap.messages.index(stored) + 1

    def do_uid_store(self, _tag: str, arguments: str) -> str:
        uid = int(arguments.split()[0])
        for one in self.imap.messages:
            if one.uid == uid:
                one.seen = True
                self.say(f"* {self.place(one)} FETCH (UID {uid} FLAGS (\\Seen))")
        return "OK"

    def do_expunge(self, _tag: str, _arguments: str) -> str:
        return "OK"

    def do_idle(self, tag: str, _arguments: str) -> None:
        self.say("+ idling")
        known = len(self.imap.messages)
        done = threading.Event()

        def tell() -> None:
            with self.imap.changed:
                while not done.is_set():
                    if self.imap.changed.wait(0.1) and len(self.imap.messages) > known:
                        self.say(f"* {len(self.imap.messages)} EXISTS")
                        return

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        line = self.rfile.readline()
        done.set()
        teller.join()
        if line.strip().upper() == b"DONE":
            self.say(f"{tag} OK done")

    def do_logout(self, _tag: str, _arguments: str) -> str:
        self.say("* BYE")
        return "OK"
