"""The demo's 200 customers with sites, equipment and contracts. Made from lists and a fixed seed, so that every demo is the same."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from callcenter.demo.firm import Firm
from core.errors import NotValid
from customers import services as customers
from customers.models import Customer
from customers.rules import Contact

FIRST = [
    "Ada", "Ben", "Clara", "David", "Elif", "Frida", "Georg", "Helene", "Igor", "Jana", "Karim", "Lotte", "Milan", "Nora", "Oskar", "Paula",
    "Quentin", "Rosa", "Stefan", "Tilda", "Umut", "Vivian", "Wanda", "Yusuf", "Zoe",
]  # fmt: skip
LAST = [
    "Albrecht", "Brandt", "Cordes", "Demir", "Engel", "Falk", "Greve", "Hansen", "Ivanova", "Jansen", "Krüger", "Lorenz", "Menzel", "Neumann",
    "Ott", "Pohl", "Richter", "Seidel", "Thiel", "Vogt", "Wagner", "Ziegler",
]  # fmt: skip
CHINESE = [
    "王秀英", "李建国", "张伟", "刘洋", "陈静", "杨丽", "赵强", "黄敏", "周杰", "吴婷",
    "徐磊", "孙晓", "胡平", "朱琳", "高翔", "林芳", "何涛", "郭亮",
    "马超", "罗兰", "梁宇", "宋佳", "郑浩", "谢安",
]  # fmt: skip
FIRMS = [
    "Bakery Morgenrot", "Café Lindenhof", "Hotel Seeblick",
    "Kindergarten Regenbogen", "Praxis Dr. Falk", "Druckerei Menzel", "Restaurant Lotus 莲花",
    "Gym Nordstern", "Laundry Weiß", "Studio Kranich", "Bookshop Papier",
    "Pharmacy Adler", "Workshop Eichhorn", "Office Park Spree", "Pension Anker",
    "Supermarket Nah", "Clinic Sonnenhof", "School Am Park", "Theatre Kulisse", "Brewery Hopfen",
]  # fmt: skip
STREETS = [
    "Lindenstraße",
    "Hauptstraße",
    "Gartenweg",
    "Schillerstraße",
    "Am Markt",
    "Ringstraße",
    "Bergstraße",
    "Mühlenweg",
    "Seestraße",
    "Rosenallee",
]
DISTRICTS = [
    ("10115", 52.532, 13.385), ("10243", 52.512, 13.437), ("10437", 52.545, 13.413), ("10585", 52.516, 13.305), ("10965", 52.486, 13.392),
    ("12043", 52.481, 13.433), ("12163", 52.462, 13.319), ("13347", 52.549, 13.362), ("13507", 52.581, 13.283), ("14059", 52.521, 13.287),
]  # fmt: skip
THINGS = [
    ("Washing machine", "Wellnor", "WM 720"), ("Dishwasher", "Wellnor",
    "DW 45"), ("Refrigerator", "Polaris", "RF 300"), ("Oven", "Herdal", "OV 60"),
    ("Tumble dryer", "Wellnor", "TD 8"), ("Gas boiler", "Thermika",
    "GB 24"), ("Heat pump", "Thermika", "HP 11"), ("Air conditioner", "Polaris", "AC 35"),
    ("Cold room", "Polaris", "CR 900"), ("Water heater", "Thermika", "WH 80"),
]  # fmt: skip
BUSINESS_THINGS = THINGS[5:]


BATCH = 10  # who became customers on the same day


def build(firm: Firm, *, now: datetime, count: int = 200) -> list[Customer]:
    """Customers: every tenth a business, every eighth Chinese-speaking, every twelfth gold, every sixth with a contract."""
    dice = random.Random(20261122)
    made: list[Customer] = []
    for first in range(0, count, BATCH):
        drafts = [_draft(number, dice, now) for number in range(first, min(first + BATCH, count))]
        for found in customers.create_customers(drafts, now=now - timedelta(days=dice.randint(30, 900))):
            if isinstance(found, NotValid):
                raise found
            made.append(found)
    for customer in made[::6]:
        start = now.date() - timedelta(days=dice.randint(20, 300))
        customers.add_contract(
            customer_id=customer.id,
            name="Care plan",
            coverage="Labour and travel",
            starts_on=start,
            ends_on=start + timedelta(days=730),
            now=now,
        )
    return made


def phone_of(number: int) -> str:
    """A number from the ranges kept free for stories: each customer another."""
    return f"+49171392{number:04d}" if number < 100 else f"+4917604069{number % 100:03d}"


def _draft(number: int, dice: random.Random, now: datetime) -> dict[str, Any]:
    business = number % 10 == 9
    chinese = number % 8 == 3 and not business
    if business:
        name = FIRMS[(number // 10) % len(FIRMS)]
    elif chinese:
        name = CHINESE[(number // 8) % len(CHINESE)]
    else:
        name = f"{FIRST[(number * 7) % len(FIRST)]} {LAST[(number * 5 + number // 25) % len(LAST)]}"
    things = dice.sample(BUSINESS_THINGS if business else THINGS, k=2 if number % 3 else 1)
    return {
        "name": name,
        "kind": "organisation" if business else "person",
        "language": "zh_Hans" if chinese else "en",
        "tier": "gold" if number % 12 == 0 else "standard",
        "contact_points": [Contact("phone", phone_of(number), "mobile"), Contact("email", f"customer{number + 1}@mail.example")],
        "sites": [_site(business, dice)],
        "equipment": [_thing(thing, dice, now) for thing in things],
    }


def _site(business: bool, dice: random.Random) -> dict[str, Any]:
    code, latitude, longitude = dice.choice(DISTRICTS)
    return {
        "name": "Shop" if business else "Home",
        "street": f"{dice.choice(STREETS)} {dice.randint(1, 120)}",
        "postal_code": code,
        "city": "Berlin",
        "country": "DE",
        "latitude": round(latitude + dice.uniform(-0.012, 0.012), 5),
        "longitude": round(longitude + dice.uniform(-0.018, 0.018), 5),
        "access": dice.choice(["", "", "Ring twice", "Entrance in the yard", "Key with the neighbour", "Parking in front"]),
    }


def _thing(thing: tuple[str, str, str], dice: random.Random, now: datetime) -> dict[str, Any]:
    kind, maker, model = thing
    installed = now.date() - timedelta(days=dice.randint(60, 2600))
    return {
        "kind": kind,
        "maker": maker,
        "model": model,
        "serial": f"{maker[:2].upper()}{dice.randint(100000, 999999)}",
        "installed_on": installed,
        "warranty_until": installed + timedelta(days=730),
    }
