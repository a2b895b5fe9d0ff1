"""Calls, queues, conferences and recordings, and the playing of TwiML on them."""
