"""TwiML as Twilio would read it: what is allowed, and the reading of a document."""
