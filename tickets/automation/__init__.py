"""Rules without code: WHEN something happens to a ticket, IF a condition holds, THEN do this.

An event of a transaction that a rule listens to becomes an outbox row in that transaction (`following`); a worker runs the rules one after another
(`running`), each in a transaction of its own, so nothing is done inside the agent's click. Time starts rules too (`timing`). What an action publishes
carries its cause (`causes`), so no rule answers itself and no chain is longer than five.
"""
