"""Forms of the pages that everybody has."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from core.auth.preferences import time_zones
from core.auth.services import PASSWORD_LENGTH
from core.emails import is_address
from core.errors import DomainError
from core.i18n import LANGUAGES


def put_beside(form: FlaskForm, error: DomainError) -> None:
    """Show a refusal beside its field, or above the form when it has none; what was typed stays."""
    if error.field and error.field in form:
        form[error.field].errors = [*form[error.field].errors, str(error.message)]
    else:
        form.form_errors.append(str(error.message))


def written_like_an_address(_form: FlaskForm, field: Field) -> None:
    """Validator: by its form alone."""
    if not is_address(field.data or ""):
        raise ValidationError(_("This is not an email address."))


def _zone_choices() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in time_zones()]


class AccountForm(FlaskForm):  # type: ignore[misc]
    """Own name, language, theme and zone."""

    name = StringField(_("Name"), validators=[InputRequired(_("Write your name.")), Length(max=200)], render_kw={"autocomplete": "name"})
    language = SelectField(_("Language"), choices=list(LANGUAGES.items()))
    time_zone = SelectField(_("Time zone"), choices=_zone_choices)
    theme = SelectField(_("Theme"), choices=[("light", _("Light")), ("dark", _("Dark")), ("auto", _("As the device"))])

    def values(self) -> dict[str, Any]:
        """Keyword arguments of `set_preferences`."""
        return {name: self[name].data for name in ("name", "language", "time_zone", "theme")}


class WelcomeForm(FlaskForm):  # type: ignore[misc]
    """An invitation becomes an account."""

    name = StringField(_("Name"), validators=[InputRequired(_("Write your name.")), Length(max=200)], render_kw={"autocomplete": "name"})
    email = EmailField(
        _("Email"),
        validators=[InputRequired(_("Write your email address.")), written_like_an_address],
        render_kw={"autocomplete": "email"},
    )
    password = PasswordField(
        _("Password"),
        validators=[
            InputRequired(_("Choose a password.")),
            Length(min=PASSWORD_LENGTH, message=_("A password needs at least %(count)d characters.", count=PASSWORD_LENGTH)),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    time_zone = SelectField(_("Time zone"), choices=_zone_choices, default="UTC")
