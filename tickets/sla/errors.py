"""What can be wrong with the input of the SLA engine, said so that a person can correct it.

The engine is pure: it knows no request and no language. Each error therefore carries the untranslated message
(`message_id`, collected for the catalogues by the `N_` mark) and its `values`; whoever shows it to a person calls
`gettext(error.message_id, **error.values)`. `str(error)` is the English text.
"""


def N_(message_id: str) -> str:
    """Mark a message for the translation catalogues without translating it here."""
    return message_id


class SlaInputError(ValueError):
    """Base of all errors here. `message_id % values` is the English text."""

    def __init__(self, message_id: str, **values: object) -> None:
        super().__init__(message_id % values if values else message_id)
        self.message_id = message_id
        self.values = values


class CalendarError(SlaInputError):
    """A calendar, or an instant or budget given to it, cannot be worked with."""


class HolidaySourceError(SlaInputError):
    """A source of holidays (country, feed, list by hand) is unknown or broken."""


class CaseError(SlaInputError):
    """A case given to `flask sla compute` is not one."""
