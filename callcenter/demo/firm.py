"""The demo's firm: branches, calendars, skills, queues, policies, people, numbers. Everything through the same services a real firm uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from callcenter.mail.models import Mailbox
from callcenter.voice.models import Menu, PhoneNumber
from callcenter.voice.services.settings import save_menu
from core.auth import services as accounts
from core.db import db
from staff import services as staff
from staff.models import Branch, Person, Skill
from staff.rules import WeeklyShift
from tickets import services as tickets
from tickets.models import Queue
from tickets.sla import policies, publishing

ZONE = "Europe/Berlin"
CENTRAL_NUMBER = "+493023125100"
HARBOUR_NUMBER = "+494066969200"
HOUR = 3600

SKILLS = {
    "phone": ("Phone desk", "trade"),
    "appliances": ("Household appliances", "trade"),
    "heating": ("Heating", "trade"),
    "cooling": ("Cooling, F-gas", "trade"),
    "electrics": ("Electrics", "trade"),
}
AGENTS = ["Mara Lindqvist", "Tomasz Zieliński", "Chen Yue", "Amina Diallo", "Jonas Petersen", "Sofia Marchetti"]
TECHNICIANS = [
    ("Li Wei", {"appliances": 3, "electrics": 2}),
    ("Hanna Berger", {"heating": 4, "electrics": 2}),
    ("Osman Kaya", {"cooling": 3, "appliances": 2}),
    ("Piotr Nowak", {"appliances": 2, "heating": 2, "cooling": 1}),
    ("Grace Okafor", {"appliances": 4, "electrics": 3}),
    ("Emil Hartmann", {"heating": 3, "cooling": 2}),
    ("Zhang Min", {"cooling": 4, "electrics": 2}),
    ("Lucía Romero", {"appliances": 3, "heating": 2}),
    ("Noah Fischer", {"appliances": 2, "electrics": 2}),
    ("Ingrid Solberg", {"heating": 4, "appliances": 1}),
    ("Mehmet Yildiz", {"cooling": 3, "electrics": 1}),
    ("Aiko Tanaka", {"appliances": 3, "cooling": 2, "heating": 1}),
]
# Somebody with each trade is on shift at any hour of any day.
SHIFTS = [("06:00", "14:00"), ("14:00", "22:00"), ("22:00", "06:00")]


@dataclass
class Firm:
    """What the later steps of the loader need."""

    central: Branch
    harbour: Branch
    skills: dict[str, Skill] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    agents: list[Person] = field(default_factory=list)
    technicians: list[Person] = field(default_factory=list)
    menus: list[Menu] = field(default_factory=list)


def build(*, now: datetime) -> Firm:
    """The firm without customers. Nobody has a password: the demo's one-click sign-in is the only way in."""
    accounts.ensure_roles()
    firm = Firm(
        central=staff.create_branch(
            name="Kestrel Central", time_zone=ZONE, now=now, address="Torstraße 140, 10119 Berlin", latitude=52.5296, longitude=13.4017
        ),
        harbour=staff.create_branch(
            name="Kestrel Harbour", time_zone=ZONE, now=now, address="Am Sandtorkai 30, 20457 Hamburg", latitude=53.5430, longitude=9.9920
        ),
    )
    week = ("mon", "tue", "wed", "thu", "fri")
    around_the_clock = {day: [["00:00", "24:00"]] for day in (*week, "sat", "sun")}
    publishing.create_calendar(
        name="Around the clock",
        definition={"timezone": ZONE, "hours": around_the_clock, "holidays": []},
        now=now,
        actor_id=None,
        branch_id=firm.central.id,
    )
    office = {day: [["09:00", "12:30"], ["13:30", "17:00"]] for day in week}
    publishing.create_calendar(
        name="Office hours",
        definition={"timezone": ZONE, "hours": office, "holidays": []},
        now=now,
        actor_id=None,
        branch_id=firm.harbour.id,
    )
    for key, (name, kind) in SKILLS.items():
        firm.skills[key] = staff.create_skill(key=key, name=name, kind=kind, now=now)
    _queues(firm, now)
    _policies(now)
    _people(firm, now)
    _doors(firm, now)
    return firm


def _queues(firm: Firm, now: datetime) -> None:
    phone = {firm.skills["phone"].id: 1}
    for position, (key, name) in enumerate((("repairs", "Repairs"), ("service", "Maintenance"), ("office", "Questions and bills"))):
        firm.queues[key] = tickets.create_queue(
            key=key, name=name, branch_id=firm.central.id, now=now, actor_id=None, position=position, skills=phone
        )


def _policies(now: datetime) -> None:
    minute = 60
    made = [
        (
            "Two minutes (demo)",
            10,
            {"priorities": ["urgent"]},
            {"default": {"first_response": 2 * minute, "next_response": 30 * minute, "on_site": 4 * HOUR, "resolution": 8 * HOUR}},
        ),
        (
            "Gold customers",
            20,
            {"tiers": ["gold"]},
            {"default": {"first_response": 30 * minute, "next_response": HOUR, "on_site": 8 * HOUR, "resolution": 24 * HOUR}},
        ),
        (
            "Standard",
            100,
            {},
            {
                "default": {"first_response": 4 * HOUR, "next_response": 8 * HOUR, "resolution": 72 * HOUR},
                "high": {"first_response": HOUR, "next_response": 4 * HOUR, "on_site": 24 * HOUR, "resolution": 48 * HOUR},
            },
        ),
    ]
    for name, position, conditions, targets in made:
        policies.create_policy(name=name, position=position, conditions=conditions, targets=targets, now=now, actor_id=None)


def _people(firm: Firm, now: datetime) -> None:
    # Names of the desk, then one each for the other roles.
    everyday = [WeeklyShift(day, "00:00", "00:00") for day in range(7)]
    for number, name in enumerate(AGENTS):
        person = staff.create_person(
            email=f"agent{number + 1}@kestrel.example",
            name=name,
            roles=["agent"],
            kind="agent",
            branch_id=firm.central.id,
            now=now,
            capacity=40,
            skills={firm.skills["phone"].id: 2},
        )
        staff.set_shifts(person_id=person.id, shifts=everyday, now=now)
        firm.agents.append(person)
    for email, name, roles in (
        ("dispatcher@kestrel.example", "Ruth Adler", ["dispatcher"]),
        ("supervisor@kestrel.example", "Daniel Osei", ["supervisor"]),
        ("admin@kestrel.example", "Vera Kovács", ["admin"]),
    ):
        staff.create_person(
            email=email, name=name, roles=roles, kind="agent", branch_id=firm.central.id, now=now, skills={firm.skills["phone"].id: 1}
        )
    for number, (name, skills) in enumerate(TECHNICIANS):
        person = staff.create_person(
            email=f"technician{number + 1}@kestrel.example",
            name=name,
            roles=["technician"],
            kind="technician",
            branch_id=firm.central.id,
            now=now,
            skills={firm.skills[key].id: level for key, level in skills.items()},
            home_latitude=52.46 + 0.012 * number,
            home_longitude=13.25 + 0.021 * ((number * 5) % 12),
        )
        starts, ends = SHIFTS[number % 3]
        staff.set_shifts(person_id=person.id, shifts=[WeeklyShift(day, starts, ends) for day in range(7)], now=now)
        staff.update_person(person_id=person.id, changes={"cost_per_hour": 3100 + 150 * (number % 5)}, now=now)
        firm.technicians.append(person)


def _doors(firm: Firm, now: datetime) -> None:
    """Numbers with their menus, and the mailbox."""
    options = [
        {"digit": "1", "label": {"en": "repairs", "zh_Hans": "维修", "zh_Hant": "維修"}, "queue_id": firm.queues["repairs"].id},
        {"digit": "2", "label": {"en": "maintenance", "zh_Hans": "保养", "zh_Hant": "保養"}, "queue_id": firm.queues["service"].id},
        {
            "digit": "3",
            "label": {"en": "questions and bills", "zh_Hans": "咨询与账单", "zh_Hant": "諮詢與帳單"},
            "queue_id": firm.queues["office"].id,
        },
    ]
    greeting = {
        "en": "Welcome to Kestrel, repairs and heating.",
        "zh_Hans": "欢迎致电 Kestrel 维修与供暖服务。",
        "zh_Hant": "歡迎致電 Kestrel 維修與供暖服務。",
    }
    closed = {
        "en": "Our harbour branch is closed at the moment.",
        "zh_Hans": "港口分店目前不在营业时间。",
        "zh_Hant": "港口分店目前不在營業時間。",
    }
    menu = save_menu(
        menu_id=None,
        values={"name": "Main menu", "definition": {"greeting": greeting, "closed": closed, "options": options}},
        now=now,
        actor_id=None,
    )
    firm.menus.append(menu)
    for number, label, branch in (
        (CENTRAL_NUMBER, "Kestrel Central (24/7)", firm.central),
        (HARBOUR_NUMBER, "Kestrel Harbour", firm.harbour),
    ):
        db.session.add(
            PhoneNumber(number=number, label=label, branch_id=branch.id, queue_id=firm.queues["repairs"].id, menu_id=menu.id, language="en")
        )
    db.session.add(
        Mailbox(
            name="Service",
            address="service@kestrel.example",
            sender_name="Kestrel Service",
            queue_id=firm.queues["repairs"].id,
            signature="Kestrel · repairs and heating",
            fetch={},
            checked_at=None,
            problem=None,
        )
    )
    db.session.flush()
