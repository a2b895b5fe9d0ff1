"""Raw bytes to a `ParsedMail`: the real world's mail, repaired. Pure; `parse` never raises."""

from .message import Attachment, BounceDetails, MailAddress, ParsedMail
from .parser import parse
from .presenting import to_json

__all__ = ["Attachment", "BounceDetails", "MailAddress", "ParsedMail", "parse", "to_json"]
