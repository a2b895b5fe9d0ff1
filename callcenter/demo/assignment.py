"""How the demo's tickets find somebody: a rule, who speaks Chinese, one customer with a representative, somebody about to be away."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.demo.firm import Firm
from customers.models import Customer
from staff import services as staff
from tickets.assigning import handing_over, setup


def build(firm: Firm, customers: list[Customer], *, now: datetime) -> None:
    """After the tickets, so that those of the past stay with who had them."""
    mara, tomasz, chen, _amina, jonas, sofia = firm.agents
    chinese = staff.create_skill(key="chinese", name="Chinese", kind="language", now=now)
    phone = firm.skills["phone"]
    for person in (chen, jonas):
        staff.set_skills(person_id=person.id, skills={phone.id: (2, None), chinese.id: (4, None)}, now=now)
    needs = [{"source": "language", "value": value, "skill_id": chinese.id, "level": 2} for value in ("zh_Hans", "zh_Hant")]
    setup.save_needs(lines=needs, now=now, actor_id=None)
    setup.save_routes(lines=[{"kind": "suggestion", "queue_id": firm.queues["office"].id}], now=now, actor_id=None)
    rule = {
        "name": "Maintenance: best skilled, then whoever has least",
        "queue_id": firm.queues["service"].id,
        "method": "skill",
        "presence": "any",
        "widen_after": 10,
        "tell_after": 30,
    }
    setup.save_rule(rule_id=None, values=rule, now=now, actor_id=None)
    bakery = next(customer for customer in customers if customer.kind == "organisation")
    handing_over.switch_flow(
        customer_id=bakery.id,
        expected_version=bakery.version,
        changes={"service_flow": "representative", "representative_id": tomasz.id, "deputy_id": mara.id},
        move_open=True,
        now=now,
        actor_id=None,
    )
    staff.add_deputy(person_id=sofia.id, deputy_id=jonas.id, now=now)
    tomorrow = now + timedelta(days=1)
    staff.add_absence(person_id=sofia.id, starts_at=tomorrow, ends_at=tomorrow + timedelta(days=10), reason="Leave", now=now)
