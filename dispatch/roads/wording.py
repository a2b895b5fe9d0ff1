"""What is wrong with a routing service, in words for who can mend it."""

from __future__ import annotations

import re

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

_NUMBER = re.compile(r"^\[Errno -?\d+\] ")  # as Python writes the system's errors
PROBLEMS: dict[str, LazyString] = {
    "refused_address": _(
        "This address is not in the open internet over https. If it is meant, let whoever runs Callout name its network in the setting "
        "WEBHOOK_NETWORKS."
    ),
    "unknown_host": _("There is no server of this name."),
    "timeout": _("The server did not answer in time."),
    "unreachable": _("The server cannot be reached."),
    "encryption": _("The server's certificate cannot be trusted, or it speaks no https."),
    "no_http": _("What answers there is no web server."),
    "too_large": _("The answer is too large."),
    "key": _("The server wants a key, or another one."),
    "key_lost": _("The key was kept with another SECRET_KEY. Write it once more."),
    "not_found": _("There is a web server, but not this service: check the kind and the address."),
    "too_often": _("The server says that it was asked too often."),
    "status": _("The server answers with an error."),
    "refused": _("The service refuses the question."),
    "wrong_answer": _("The answer is none of this service: check the kind."),
    "no_road": _("The service knows no way between two places of yours: does its map cover them?"),
    "nowhere": _("Callout knows no two places to ask for. Give a branch its coordinates first."),
}


def in_words(code: str, text: str = "") -> str:
    """The sentence, with what the network or the service said behind it."""
    words, text = str(PROBLEMS.get(code, PROBLEMS["status"])), _NUMBER.sub("", text)
    return f"{words} ({text})" if text else words
