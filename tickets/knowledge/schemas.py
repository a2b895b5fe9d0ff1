"""Shapes of the knowledge part of the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from core.api import PageQuery
from tickets.knowledge import rules
from tickets.rules import KINDS
from tickets.schemas import FileSchema, identity, one_of, plain, tag_names

# Twice what fits, so that the words that say so come from the rules.
_BODY = plain(2 * rules.LONGEST_BODY, required=True, metadata={"description": "HTML; what is not in the list of allowed tags is taken out"})


def _words() -> fields.List[str]:
    return fields.List(plain(200), validate=validate.Length(max=rules.MOST_WORDS))


def languages(**options: Any) -> fields.String:
    return one_of(rules.LANGUAGES, **options)


class ArticleCategoryInput(ma.Schema):
    names = fields.Dict(keys=plain(20), values=plain(200, allow_none=True), required=True, metadata={"description": "By language"})
    position = fields.Integer(strict=True, load_default=0, validate=validate.Range(0, 1_000_000))


class ArticleCategorySchema(ma.Schema):
    id = fields.Integer()
    names = fields.Dict(keys=fields.String(), values=fields.String())
    name = fields.String(metadata={"description": "In the reader's language"})
    position = fields.Integer()
    articles = fields.Integer()


class FactsInput(ma.Schema):
    """Whom it is for, where it stands, what it is about."""

    public = fields.Boolean()
    category_id = identity(allow_none=True)
    tags = tag_names()
    kinds = fields.List(one_of(KINDS))
    models = _words()
    skus = _words()
    reviewer_id = identity(allow_none=True)
    review_by = fields.Date(allow_none=True)


class ArticlePatch(FactsInput):
    """Only what is sent changes."""

    version = fields.Integer(strict=True, required=True, metadata={"description": "The facts as the sender saw them"})


class ArticleInput(FactsInput):
    language = languages(required=True)
    title = plain(2 * rules.LONGEST_TITLE, required=True)
    body = _BODY
    file_ids = fields.List(identity(), load_default=list)
    ticket = identity(load_default=None, allow_none=True, metadata={"description": "Number of the ticket that it comes from"})


class ArticleVersionInput(ma.Schema):
    language = languages(required=True)
    title = plain(2 * rules.LONGEST_TITLE, required=True)
    body = _BODY
    base = fields.Integer(strict=True, required=True, validate=validate.Range(0), metadata={"description": "Number begun with; 0: none"})
    note = plain(rules.LONGEST_NOTE, load_default="")
    file_ids = fields.List(identity(), load_default=list)


class RestorationInput(ma.Schema):
    language = languages(required=True)
    number = fields.Integer(strict=True, required=True, validate=validate.Range(1))
    base = fields.Integer(strict=True, required=True, validate=validate.Range(1))


class PublicationInput(ma.Schema):
    confirmed = fields.List(plain(300), load_default=list, validate=validate.Length(max=500))
    seen = fields.Dict(keys=plain(20), values=fields.Integer(strict=True), load_default=None, allow_none=True)


class ArticleReviewInput(ma.Schema):
    review_by = fields.Date(required=True, allow_none=True, metadata={"description": "When to look at it again"})


class ArticleMarkInput(ma.Schema):
    helpful = fields.Boolean(required=True)
    comment = plain(rules.LONGEST_COMMENT, load_default="")


class ArticleMarkSchema(ArticleMarkInput):
    by = fields.String(attribute="user.name")
    at = fields.AwareDateTime()


class ArticleVersionLineSchema(ma.Schema):
    language = fields.String()
    number = fields.Integer()
    title = fields.String()
    note = fields.String()
    restored_from = fields.Integer(allow_none=True)
    by = fields.String(allow_none=True)
    at = fields.AwareDateTime()
    published = fields.Boolean(metadata={"description": "Whether readers see this one"})


class ArticleVersionSchema(ArticleVersionLineSchema):
    body = fields.String()
    text = fields.String()
    files = fields.List(fields.Nested(FileSchema))


class DifferencePartSchema(ma.Schema):
    kind = fields.String(metadata={"description": "same, added, removed"})
    text = fields.String()


class ArticleDifferenceSchema(ma.Schema):
    old = fields.Nested(ArticleVersionLineSchema, allow_none=True)
    new = fields.Nested(ArticleVersionLineSchema)
    title = fields.List(fields.Nested(DifferencePartSchema))
    text = fields.List(fields.Nested(DifferencePartSchema))
    files_added = fields.List(fields.String())
    files_removed = fields.List(fields.String())
    only_form = fields.Boolean(metadata={"description": "The words are the same: only formatting or pictures changed"})


class VersionQuery(ma.Schema):
    language = languages(required=True)


class DifferenceQuery(VersionQuery):
    against = fields.Integer(load_default=None, metadata={"description": "The older one; without it the one before"})


class ArticleFindingSchema(ma.Schema):
    kind = fields.String(metadata={"description": "email, phone, name"})
    text = fields.String()


class ArticleLineSchema(ma.Schema):
    """An article in a list. `title` in the reader's language as far as it is there; `language` says which it is."""

    id = fields.Integer()
    title = fields.String()
    language = fields.String()
    fallback = fields.Boolean(metadata={"description": "Not there in the language asked for"})
    languages = fields.List(fields.String())
    excerpt = fields.String()
    status = fields.String()
    public = fields.Boolean()
    unpublished = fields.Boolean(metadata={"description": "Something newer than what readers see was saved"})
    category_id = fields.Integer(allow_none=True)
    category = fields.String(allow_none=True)
    tags = fields.List(fields.String())
    kinds = fields.List(fields.String())
    models = fields.List(fields.String())
    skus = fields.List(fields.String())
    author = fields.String(allow_none=True)
    reviewer_id = fields.Integer(allow_none=True)
    reviewer = fields.String(allow_none=True)
    review_by = fields.Date(allow_none=True)
    overdue = fields.Boolean()
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    published_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()
    used = fields.Integer()
    used_recently = fields.Integer(metadata={"description": "In the last 90 days"})
    helpful = fields.Integer()
    not_helpful = fields.Integer()


class LanguageSchema(ma.Schema):
    language = fields.String()
    latest = fields.Nested(ArticleVersionSchema)
    published = fields.Nested(ArticleVersionSchema, allow_none=True)
    address = fields.String(allow_none=True, metadata={"description": "The public page"})


class ArticleSchema(ArticleLineSchema):
    ticket = fields.Integer(allow_none=True)
    lines = fields.List(fields.Nested(LanguageSchema))
    mine = fields.Nested(ArticleMarkInput, allow_none=True, metadata={"description": "The reader's own mark"})
    findings = fields.List(
        fields.Nested(ArticleFindingSchema), metadata={"description": "What looks like private data and nobody confirmed"}
    )


class ArticleListSchema(ma.Schema):
    items = fields.List(fields.Nested(ArticleLineSchema))
    next = fields.String(allow_none=True)
    words = fields.List(fields.String(), metadata={"description": "What was looked for, to be marked"})
    overdue = fields.Integer(metadata={"description": "How many articles were to be looked at again by now"})


class ArticleQuery(PageQuery):
    text = plain(load_default=None)
    status = one_of(rules.STATUSES, load_default=None)
    public = fields.Boolean(load_default=None)
    category_id = identity(strict=False, load_default=None)
    tag = plain(load_default=None)
    overdue = fields.Boolean(load_default=None)


class ArticleSuggestionSchema(ma.Schema):
    """An article like the ticket. `matches`: why."""

    id = fields.Integer()
    title = fields.String()
    language = fields.String()
    fallback = fields.Boolean()
    public = fields.Boolean()
    matches = fields.List(fields.String())
    excerpt = fields.String()
    used = fields.Integer()
    used_recently = fields.Integer()


class WrittenArticleSchema(ma.Schema):
    id = fields.Integer()
    title = fields.String()


class ArticleSuggestionsSchema(ma.Schema):
    items = fields.List(fields.Nested(ArticleSuggestionSchema))
    written = fields.List(fields.Nested(WrittenArticleSchema), metadata={"description": "Articles that were written from this ticket"})


class ArticleUseInput(ma.Schema):
    article_id = identity(required=True)
    how = one_of((rules.TEXT, rules.LINK), load_default=rules.TEXT)
    into = one_of(("reply", "note"), load_default="reply", metadata={"description": "Internal articles go into notes only"})


class ArticleUseSchema(ma.Schema):
    text = fields.String()
    language = fields.String()
    fallback = fields.Boolean()
