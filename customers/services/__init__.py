"""The verbs of customers. Callers open the transaction; `now` is business time, `actor_id` the acting user's id or None for a machine."""

from customers.services.contacts import add_contact_point, mark_undeliverable, remove_contact_point, update_contact_point
from customers.services.contracts import add_contract, record_consent, remove_contract, update_contract
from customers.services.customers import (
    archive_customer,
    contacted,
    create_customer,
    create_customers,
    remove_customer,
    remove_customers,
    restore_customer,
    update_customer,
)
from customers.services.places import (
    add_equipment,
    add_site,
    remove_equipment,
    remove_site,
    update_equipment,
    update_site,
    zone_of,
)

__all__ = [
    "add_contact_point",
    "add_contract",
    "add_equipment",
    "add_site",
    "archive_customer",
    "contacted",
    "create_customer",
    "create_customers",
    "mark_undeliverable",
    "record_consent",
    "remove_contact_point",
    "remove_contract",
    "remove_customer",
    "remove_customers",
    "remove_equipment",
    "remove_site",
    "restore_customer",
    "update_contact_point",
    "update_contract",
    "update_customer",
    "update_equipment",
    "update_site",
    "zone_of",
]
