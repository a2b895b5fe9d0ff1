"""The stand-in for Twilio: calls, queues, conferences, TwiML, signed webhooks, REST, browser devices and the demo phone.

A process of its own (`python -m simulator`). It imports none of the house's packages and none of them imports it: they meet over HTTP, as
they would with the carrier.
"""
