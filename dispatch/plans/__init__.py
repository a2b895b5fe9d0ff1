"""The plan of a day or of several, and the repair of a day that has begun: from the firm as it stands to a difference that a dispatcher accepts."""
