"""Conditions on tickets: the one language of views, rules, assignment and required fields. Stored as JSON, asked as SQL.

    {"match": "all" | "any", "items": [{"field": "status", "op": "is", "value": ["open"]}, {another group}, …]}

At most 3 levels and 30 items. No items: every ticket. What there is to ask about comes from providers (`provide`): a ticket's own facts, custom
fields, and what the packages above know of it.
"""

from tickets.conditions.fields import Field, Option
from tickets.conditions.providers import fields, provide
from tickets.conditions.reading import Stored, check, clause, explain, matches, problems, refuse, told

__all__ = ["Field", "Option", "Stored", "check", "clause", "explain", "fields", "matches", "problems", "provide", "refuse", "told"]
