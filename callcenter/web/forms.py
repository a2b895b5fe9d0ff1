"""The forms of customers. They work without JavaScript; what was typed stays when something is wrong."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage
from wtforms import (
    EmailField,
    HiddenField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length

from core.errors import NotValid
from core.i18n import current_language
from tickets.fields import queries
from tickets.fields.checking import checked_value
from tickets.fields.rules import Definition, missing, said
from tickets.rules import KIND_WORDS

MOST_FILES = 10
LARGEST_FILE = 10 * 1024 * 1024
QUICKEST = 2  # seconds: nobody fills the form in faster
LASTS = 24 * 3600
KINDS_OFFERED = ("fault", "question", "installation", "maintenance", "complaint", "suggestion")


def _stamps() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="callout-form")


def new_stamp() -> str:
    """When the form was given out, and a number of its own: sent twice, it is one message."""
    return str(_stamps().dumps(secrets.token_urlsafe(12)))


class Stamped(FlaskForm):  # type: ignore[misc]
    """A form that knows when it was given out. `key` is the same for one form sent twice."""

    stamp = HiddenField()
    files = MultipleFileField(_("Photos or files"))
    quickest = QUICKEST

    @property
    def key(self) -> str:
        return str(_stamps().loads(self.stamp.data, max_age=LASTS))

    def validate(self, extra_validators: Any = None) -> bool:
        good = bool(super().validate(extra_validators))
        problem = self.problem()
        if problem is not None:
            self.form_errors.append(problem)
        return good and problem is None

    def problem(self) -> Any:
        """What is wrong with the form as a whole, None when nothing."""
        try:
            age = _age(self.stamp.data or "")
        except SignatureExpired:
            self.stamp.data = new_stamp()
            return _("This page was open for a long time. Nothing is lost: send it once more.")
        except BadSignature:
            self.stamp.data = new_stamp()
            return _("This form was not complete. Nothing is lost: send it once more.")
        return _("That was very quick. Please look at it and send it once more.") if age < self.quickest else None

    def validate_files(self, field: MultipleFileField) -> None:
        given = self.uploads
        if len(given) > MOST_FILES:
            raise ValidationError(_("At most %(count)d files at once.", count=MOST_FILES))
        for one in given:
            one.stream.seek(0, 2)
            if one.stream.tell() > LARGEST_FILE:
                raise ValidationError(_("%(name)s is larger than %(size)d MB.", name=one.filename, size=LARGEST_FILE // 1_048_576))
            one.stream.seek(0)

    @property
    def uploads(self) -> list[FileStorage]:
        """The files really chosen."""
        return [one for one in self.files.data or [] if isinstance(one, FileStorage) and one.filename]


def _as_number(text: str) -> Any:
    """The number that was typed, with a point or a comma; the text itself when it is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return text


def _age(stamp: str) -> float:
    """Seconds since a form was given out, by the machine's own clock. Raises BadSignature."""
    _key, given_out = _stamps().loads(stamp, max_age=LASTS, return_timestamp=True)
    return time.time() - float(given_out.timestamp())


class HelpForm(Stamped):
    """A new request."""

    kind = SelectField(_("What is it about?"), choices=[(key, KIND_WORDS[key]) for key in KINDS_OFFERED])
    subject = StringField(_("In a few words"), validators=[InputRequired(_("Say in a few words what it is.")), Length(max=200)])
    description = TextAreaField(_("What happened?"), validators=[InputRequired(_("Tell us what happened.")), Length(max=20_000)])
    serial = StringField(_("Serial number"), validators=[Length(max=100)])
    name = StringField(_("Your name"), validators=[InputRequired(_("Write your name.")), Length(max=200)])
    email = EmailField(_("Email"), validators=[Length(max=254)])
    phone = TelField(_("Phone"), validators=[Length(max=50)])
    # People do not see it; programs fill in whatever they find.
    website = StringField(_("Leave this empty"))
    asked: Sequence[Asked] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        return self._fields_hold() and good

    def _fields_hold(self) -> bool:
        """Whether the custom fields of the chosen kind are as they must be; what is wrong stands beside each."""
        good = True
        for one in self.asked:
            try:
                checked_value(one.definition, self._given(one))
            except NotValid as error:
                good = False
                one.input.errors = [*one.input.errors, str(error.message)]
        if good:
            for lacks in missing(
                [one.definition for one in self.asked], self.own_fields, ticket_kind=self.kind.data, priority="normal", at="opening"
            ):
                good = False
                [found] = [one for one in self.asked if one.definition is lacks]
                found.input.errors = [*found.input.errors, str(_("Please fill this in."))]
        return good

    @property
    def own_fields(self) -> dict[str, Any]:
        """The custom fields that were filled in for the chosen kind, key → value."""
        given = {one.definition.key: checked_value(one.definition, self._given(one)) for one in self.asked}
        return {key: value for key, value in given.items() if value is not None}

    def _given(self, one: Asked) -> Any:
        """What was typed as the field's kind has it; of another kind of request nothing."""
        data = one.input.data
        if not data or not one.definition.is_for(self.kind.data):
            return None
        if one.definition.kind == "yes_no":
            return data == "yes" if data in ("yes", "no") else data
        if one.definition.kind == "number":
            return _as_number(data)
        return data.replace("\0", "") if isinstance(data, str) else data

    def problem(self) -> Any:
        if self.website.data:
            # A browser may have filled it in for a person, so it is said where people look, and the next try works.
            self.website.data = ""
            return _("Something was filled in that people do not see. Nothing is lost: send it once more.")
        return super().problem()

    def validate_email(self, field: EmailField) -> None:
        if not (field.data or "").strip() and not (self.phone.data or "").strip():
            raise ValidationError(_("Write an email address or a phone number, so that we can answer."))


@dataclass(frozen=True)
class Asked:
    """A custom field of the help form: its input, its definition, and the kinds of requests that it is for (none: all)."""

    input: Any
    definition: Definition
    required: bool

    @property
    def kinds(self) -> str:
        """What its kinds are called."""
        return ", ".join(str(KIND_WORDS[kind]) for kind in self.definition.ticket_kinds)


def help_form() -> HelpForm:
    """The help form with the custom fields that customers see; `form.asked` lists them. What was sent is checked for the kind that was chosen."""
    known = [one for one in queries.definitions(only_used=True) if one.public]
    made: HelpForm = type("HelpFormWithFields", (HelpForm,), {_name(one): _input(one) for one in known})()
    made.asked = [Asked(made[_name(one)], one, one.required == "opening") for one in known]
    return made


def _name(one: Definition) -> str:
    return f"field_{one.key}"


def _input(one: Definition) -> Any:
    language = current_language()
    label, help_text = one.label(language), said(one.helps, language)
    if one.kind == "choice":
        choices = [(choice["key"], said(choice["labels"], language)) for choice in one.choices if not choice.get("retired")]
        return SelectField(label, choices=[("", "–"), *choices], description=help_text, validate_choice=False)
    if one.kind == "yes_no":
        return SelectField(label, choices=[("", "–"), ("yes", _("Yes")), ("no", _("No"))], description=help_text, validate_choice=False)
    if one.kind == "choices":
        choices = [(choice["key"], said(choice["labels"], language)) for choice in one.choices if not choice.get("retired")]
        return SelectMultipleField(label, choices=choices, description=help_text, validate_choice=False)
    if one.kind == "text" and one.options.get("lines"):
        return TextAreaField(label, description=help_text)
    return StringField(
        label, description=help_text, render_kw={"type": {"date": "date", "number": "number"}.get(one.kind, "text"), "step": "any"}
    )


class MessageForm(Stamped):
    """A message on a request that is there."""

    text = TextAreaField(_("Your message"), validators=[Length(max=20_000)])
    quickest = 0

    def validate_text(self, field: TextAreaField) -> None:
        if not (field.data or "").strip() and not self.uploads:
            raise ValidationError(_("Write something, or add a file."))
