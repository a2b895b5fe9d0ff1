"""The verbs of stock; all keyword-only, they flush and never commit. Locks: `dispatch.materials.locking`."""

from dispatch.materials.services.catalogue import (
    create_part,
    create_place,
    outside_place,
    update_part,
    update_place,
)
from dispatch.materials.services.cores import arrived, send_back, take_in, write_off
from dispatch.materials.services.counting import Closed, cancel_count, close_count, count_part, open_count
from dispatch.materials.services.levels import remove_level, set_level
from dispatch.materials.services.moves import move_stock, reverse_move
from dispatch.materials.services.orders import (
    add_line,
    cancel_order,
    create_order,
    mail_order,
    note_mail,
    remove_line,
    send_order,
    update_order,
    update_supplier,
)
from dispatch.materials.services.purchases import order_part, receive, update_purchase_line
from dispatch.materials.services.reservations import Shortage, release, reserve, reserve_anew
from dispatch.materials.services.serials import correct_serial
from dispatch.materials.services.using import use

__all__ = [
    "Closed",
    "Shortage",
    "add_line",
    "arrived",
    "cancel_count",
    "cancel_order",
    "close_count",
    "correct_serial",
    "count_part",
    "create_order",
    "create_part",
    "create_place",
    "mail_order",
    "move_stock",
    "note_mail",
    "open_count",
    "order_part",
    "outside_place",
    "receive",
    "release",
    "remove_level",
    "remove_line",
    "reserve",
    "reserve_anew",
    "reverse_move",
    "send_back",
    "send_order",
    "set_level",
    "take_in",
    "update_order",
    "update_part",
    "update_place",
    "update_purchase_line",
    "update_supplier",
    "use",
    "write_off",
]
