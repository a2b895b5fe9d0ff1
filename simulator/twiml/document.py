"""Reading a document: XML to elements, refusing what Twilio would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from simulator.twiml.rules import VERBS_AT, Place, value_allowed
from simulator.twiml.schema import ROOT, Rule, voice_schema

PARSE_FAILURE = 12100
SCHEMA_FAILURE = 12200
CONTENT_TYPE_FAILURE = 12300
EMPTY_SPEECH = 13520
XML_TYPES = ("text/xml", "application/xml", "text/html")
XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"


class TwimlError(Exception):
    """A document Twilio refuses. `code` is Twilio's error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(slots=True)
class Element:
    """One element. `text` is its own text and that of spoken mark-up inside it, with white space collapsed."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def number(self, name: str, default: int) -> int:
        text = self.attributes.get(name, "")
        return int(text) if text.isdigit() else default

    def flag(self, name: str, default: bool = False) -> bool:
        return self.attributes.get(name, "true" if default else "false") == "true"

    def named(self, name: str) -> Iterator[Element]:
        return (child for child in self.children if child.name == name)


def read_document(content_type: str, body: str, place: Place = Place.CALL) -> list[Element]:
    """The verbs of an HTTP answer. Audio is played, plain text is said, XML is checked. Raises TwimlError."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("audio/"):
        return [Element("Play", {}, "(audio)")]
    if kind == "text/plain":
        return [Element("Say", {}, body.strip())]
    if kind not in XML_TYPES:
        raise TwimlError(CONTENT_TYPE_FAILURE, f"Invalid Content-Type: {content_type or 'none'}")
    return read_twiml(body, place)


def read_twiml(body: str, place: Place = Place.CALL) -> list[Element]:
    """The verbs of a TwiML document. Raises TwimlError 12100 for what is not XML, 12200 for what the schema or the place forbids."""
    if "<!DOCTYPE" in body:
        raise TwimlError(PARSE_FAILURE, "Document parse failure: a document type declaration is not allowed")
    try:
        root = ElementTree.fromstring(body.strip())  # noqa: S314 (without declarations there are no entities to expand)
    except ElementTree.ParseError as error:
        raise TwimlError(PARSE_FAILURE, f"Document parse failure: {error}") from None
    if root.tag != ROOT:
        raise TwimlError(PARSE_FAILURE, f"Document parse failure: the root is <{root.tag}>, not <Response>")
    if root.attrib:
        raise TwimlError(SCHEMA_FAILURE, f"Attribute {next(iter(root.attrib))!r} is not allowed in <Response>")
    _no_text(root)
    verbs = [_element(child, ROOT) for child in root]
    allowed = VERBS_AT.get(place)
    for verb in verbs:
        if allowed is not None and verb.name not in allowed:
            raise TwimlError(SCHEMA_FAILURE, f"<{verb.name}> is not allowed in a {place.value} document")
        _check_content(verb)
    return verbs


def _element(node: ElementTree.Element, parent: str) -> Element:
    rule = voice_schema().rules.get((parent, node.tag))
    if rule is None:
        raise TwimlError(SCHEMA_FAILURE, f"<{node.tag}> is not allowed in <{parent}>")
    attributes = _attributes(node, rule)
    if not rule.carries_text:
        _no_text(node)
    children = [_element(child, node.tag) for child in node]
    return Element(node.tag, attributes, _text(node) if rule.carries_text else "", children)


def _text(node: ElementTree.Element) -> str:
    """Own text only, except around spoken mark-up (`<emphasis>`, …: the lower-case elements), whose words belong to the sentence."""
    spoken = any(child.tag.islower() for child in node)
    pieces = node.itertext() if spoken else [node.text or "", *(child.tail or "" for child in node)]
    return " ".join("".join(pieces).split())


def _attributes(node: ElementTree.Element, rule: Rule) -> dict[str, str]:
    found = {}
    for raw, value in node.attrib.items():
        name = raw.replace(XML_NAMESPACE, "xml:")
        if name not in rule.attributes:
            raise TwimlError(SCHEMA_FAILURE, f"Attribute {name!r} is not allowed in <{node.tag}>")
        if not value_allowed(node.tag, name, value):
            raise TwimlError(SCHEMA_FAILURE, f"Attribute {name!r} of <{node.tag}> cannot be {value!r}")
        found[name] = value
    return found


def _no_text(node: ElementTree.Element) -> None:
    pieces = [node.text or ""] + [child.tail or "" for child in node]
    stray = "".join(pieces).strip()
    if stray:
        raise TwimlError(SCHEMA_FAILURE, f"Text {stray[:40]!r} is not allowed in <{node.tag}>")


def _check_content(verb: Element) -> None:
    """What a verb must contain to mean anything."""
    for spoken in (verb, *verb.children):
        if spoken.name == "Say" and not spoken.text:
            raise TwimlError(EMPTY_SPEECH, "<Say> has nothing to say")
    if verb.name == "Dial":
        _check_dial(verb)
    if verb.name == "Enqueue" and not verb.text and "workflowSid" not in verb.attributes:
        raise TwimlError(SCHEMA_FAILURE, "<Enqueue> needs the name of a queue")
    if verb.name == "Enqueue" and len(verb.text) > 64:
        raise TwimlError(SCHEMA_FAILURE, "<Enqueue>: a queue's name has at most 64 characters")
    if verb.name == "Redirect" and any(mark.isspace() for mark in verb.text):
        raise TwimlError(SCHEMA_FAILURE, f"<Redirect> to {verb.text!r} is not an address")


def _check_dial(verb: Element) -> None:
    kinds = {child.name for child in verb.children}
    if len(verb.children) > 1 and kinds & {"Conference", "Queue", "Sim", "Application"}:
        raise TwimlError(SCHEMA_FAILURE, "<Dial> takes a single <Conference> or <Queue>, with no other noun")
    if not verb.children and not verb.text:
        raise TwimlError(SCHEMA_FAILURE, "<Dial> needs something to dial")
    if len(list(verb.named("Client"))) > 10 or len(list(verb.named("Number"))) > 10:
        raise TwimlError(SCHEMA_FAILURE, "<Dial> rings at most 10 at once")
    for conference in verb.named("Conference"):
        if not conference.text or len(conference.text) > 128:
            raise TwimlError(SCHEMA_FAILURE, "<Conference> needs a name of at most 128 characters")
    for client in verb.named("Client"):
        _check_client(client)


def _check_client(client: Element) -> None:
    identity = next((child.text for child in client.named("Identity")), client.text)
    if not identity or not identity.replace("_", "").isalnum() or not identity.isascii():
        raise TwimlError(SCHEMA_FAILURE, f"<Client> {identity!r}: an identity has only letters, digits and _")
