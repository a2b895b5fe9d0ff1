"""The verbs of TwiML. Importing the modules of this package registers them."""
