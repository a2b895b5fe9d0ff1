"""Planning: who goes where, when, with what. Pure: no database, no Flask; instants and durations are seconds from any common zero."""
