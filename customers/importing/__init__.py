"""Reading customers in from a table: file → headers and what they mean → a verdict on every line → read in → undone if need be."""
