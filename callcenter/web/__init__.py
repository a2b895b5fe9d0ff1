"""The customer's own doors: the help form and the page of one request behind a link."""
