"""Verbs of webhooks: `endpoints` (settings, audited) and `deliveries` (what is told to whom, and how it went). Callers open the transaction."""
