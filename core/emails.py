"""What counts as an email address of an account: its form alone. Installations in one's own house use domains like `.local` and `.test`,
and a server without internet can look nothing up."""

from __future__ import annotations

from typing import Any

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

# The library's own way to allow a reserved domain is to change its list; it holds for the whole process, customers' addresses too.
for _domain in ("local", "test"):
    if _domain in SPECIAL_USE_DOMAIN_NAMES:
        SPECIAL_USE_DOMAIN_NAMES.remove(_domain)

# For email_validator.validate_email, also through Flask-Security.
RULES: dict[str, Any] = {"check_deliverability": False, "globally_deliverable": False}


def is_address(text: str) -> bool:
    """Whether this is written like an email address."""
    try:
        validate_email(text.strip(), **RULES)
    except EmailNotValidError:
        return False
    return True
