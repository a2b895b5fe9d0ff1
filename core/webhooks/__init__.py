"""Outgoing webhooks: what happens here is told to other programs, signed, tried again over a day, kept in a log, replayable.

Knows no business. Which events can be told, and which fields their body carries, is declared by the packages above (`hooks.HOOKS`).
"""
