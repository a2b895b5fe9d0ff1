"""The demo's custom fields: what its firm asks of faults and complaints beyond what every ticket has."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from tickets.fields.services import create_field


def build(*, now: datetime) -> None:
    """Five fields; one of them customers fill in, one that another one makes required."""
    common: dict[str, Any] = {"now": now, "actor_id": None}
    create_field(
        key="error_code",
        kind="text",
        labels={"en": "Error code", "zh_Hans": "故障代码", "zh_Hant": "故障代碼"},
        helps={"en": "What the display shows, if anything.", "zh_Hans": "显示屏上的内容（如有）。", "zh_Hant": "顯示幕上的內容（如有）。"},
        ticket_kinds=["fault", "maintenance"],
        public=True,
        **common,
    )
    create_field(
        key="still_works",
        kind="yes_no",
        labels={"en": "Can still be used", "zh_Hans": "仍可使用", "zh_Hant": "仍可使用"},
        ticket_kinds=["fault"],
        public=True,
        **common,
    )
    create_field(
        key="about",
        kind="choice",
        labels={"en": "Complaint about", "zh_Hans": "投诉内容", "zh_Hant": "投訴內容"},
        ticket_kinds=["complaint"],
        required="opening",
        options={
            "choices": [
                {"key": "visit", "labels": {"en": "The visit", "zh_Hans": "上门服务", "zh_Hant": "到府服務"}},
                {"key": "bill", "labels": {"en": "The bill", "zh_Hans": "账单", "zh_Hant": "帳單"}},
                {"key": "waiting", "labels": {"en": "The waiting time", "zh_Hans": "等待时间", "zh_Hant": "等待時間"}},
            ]
        },
        **common,
    )
    create_field(
        key="refund",
        kind="number",
        labels={"en": "Refund", "zh_Hans": "退款", "zh_Hant": "退款"},
        ticket_kinds=["complaint"],
        options={"unit": "EUR", "decimals": 2, "min": 0, "max": 500},
        **common,
    )
    create_field(
        key="agreed_by",
        kind="reference",
        labels={"en": "Refund agreed by", "zh_Hans": "退款批准人", "zh_Hant": "退款核准人"},
        ticket_kinds=["complaint"],
        required="when",
        required_when={"field": "refund", "op": "filled"},
        options={"to": "person"},
        **common,
    )


def values(kind: str, dice: random.Random) -> dict[str, Any]:
    """What a ticket of this kind says in them."""
    if kind == "fault":
        return {"still_works": dice.random() < 0.4, **({"error_code": f"E{dice.randint(1, 40):02}"} if dice.random() < 0.3 else {})}
    return {"about": dice.choice(["visit", "bill", "waiting"])} if kind == "complaint" else {}
