"""Rules to start from: off, to be read and changed. The words to customers are in all three languages."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

DAY = 86_400
_OPEN = {"field": "open", "op": "is", "value": True}


def samples() -> list[dict[str, Any]]:
    """key, name, what it is for, definition."""
    return [
        {
            "key": "after_hours",
            "name": str(_("After-hours acknowledgement")),
            "text": str(_("Tells whoever writes at night that the message has arrived. Put it on the queues where nobody works at night.")),
            "definition": {
                "trigger": {"on": "ticket_opened", "only": {"channel": ["email", "web"]}, "after": 0},
                "condition": {"match": "all", "items": [{"field": "working_hours", "op": "is", "value": False}]},
                "actions": [
                    {
                        "do": "message",
                        "texts": {
                            "en": "Thank you for your message. It has arrived outside our working hours; we will answer when we are back. "
                            "Your number is {{number}}.",
                            "zh_Hans": "感谢您的来信。您的请求是在非工作时间收到的,我们上班后会尽快答复。您的编号是 {{number}}。",
                            "zh_Hant": "感謝您的來信。您的請求是在非工作時間收到的,我們上班後會儘快答覆。您的編號是 {{number}}。",
                        },
                    }
                ],
                "stop_after": False,
                "stop_on_failure": False,
            },
        },
        {
            "key": "remind_customer",
            "name": str(_("Remind after 3 days of waiting for the customer")),
            "text": str(_("Three days after we began to wait for the customer, if we still do, reminds them once and says so in a note.")),
            "definition": {
                "trigger": {"on": "status_changed", "only": {"to": ["waiting"], "wait_reason": ["customer"]}, "after": 3 * DAY},
                "condition": {
                    "match": "all",
                    "items": [
                        {"field": "status", "op": "is", "value": ["waiting"]},
                        {"field": "wait_reason", "op": "is", "value": ["customer"]},
                    ],
                },
                "actions": [
                    {
                        "do": "message",
                        "texts": {
                            "en": "We are still waiting for your answer to our last message about “{{subject}}”. As soon as we have it we go on.",
                            "zh_Hans": "关于“{{subject}}”,我们仍在等待您对上一条消息的答复。收到后我们会立即继续处理。",
                            "zh_Hant": "關於「{{subject}}」,我們仍在等待您對上一則訊息的答覆。收到後我們會立即繼續處理。",
                        },
                    },
                    {"do": "note", "text": "Reminded automatically after 3 days of waiting for the customer."},
                    {"do": "tags", "add": ["reminded"]},
                ],
                "stop_after": False,
                "stop_on_failure": True,
            },
        },
        {
            "key": "vip_fault",
            "name": str(_("A fault of a VIP goes to High")),
            "text": str(_("Raises the priority of faults that gold customers report, and tells the supervisors.")),
            "definition": {
                "trigger": {"on": "ticket_opened", "only": {}, "after": 0},
                "condition": {
                    "match": "all",
                    "items": [
                        {"field": "kind", "op": "is", "value": ["fault"]},
                        {"field": "tier", "op": "is", "value": ["gold"]},
                        {"field": "priority", "op": "is", "value": ["normal", "low"]},
                    ],
                },
                "actions": [
                    {"do": "priority", "priority": "high"},
                    {"do": "notify", "to": "role", "role": "supervisor", "by": ["notice"], "text": "{{customer}}: {{subject}}"},
                ],
                "stop_after": False,
                "stop_on_failure": False,
            },
        },
        {
            "key": "nobody_took_it",
            "name": str(_("Nobody took an urgent ticket")),
            "text": str(_("Every quarter of an hour looks for urgent tickets that are nobody's and tells the queue.")),
            "definition": {
                "trigger": {"on": "time", "only": {}, "after": 0},
                "condition": {
                    "match": "all",
                    "items": [
                        {"field": "priority", "op": "is", "value": ["urgent"]},
                        {"field": "assignee", "op": "empty"},
                        _OPEN,
                    ],
                },
                "actions": [{"do": "notify", "to": "own_queue", "by": ["notice"], "text": "Urgent and nobody's: {{subject}}"}],
                "stop_after": False,
                "stop_on_failure": False,
            },
        },
    ]
