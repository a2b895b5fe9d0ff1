"""The carrier's REST interface, `/2010-04-01/Accounts/{AC}/…json`, in its shapes and with its errors."""
