"""The product's pages as its users meet them: who opens what, and what stands there once the page is done. For pictures and for checks of every page.

facts = known(page)                                    # of a demo that page's context has as base_url, signed in as supervisor
for scene in SCENES: scene.open(page, facts)           # `page` signed in as scene.who
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page, TimeoutError, expect

from callcenter.demo.firm import TECHNICIANS

LOADED = 60_000.0  # milliseconds: on a busy machine
VISITOR = ""  # somebody who has not signed in


def known(page: Page) -> dict[str, Any]:
    """What the scenes' addresses need to be filled with: numbers of tickets, a technician with work, a customer with a history."""
    page.goto("/account")
    today = date.fromisoformat((page.locator('meta[name="server-now"]').get_attribute("content") or "")[:10])
    dates = [str(today + timedelta(days=ahead)) for ahead in range(4)]
    days = [page.request.get("/api/v1/visits", params={"date": day, "limit": 200}).json()["items"] for day in dates]
    first = next(day for day in days if day)  # late in the evening the first are to-morrow's
    busiest = Counter(visit["technician"] for visit in first if visit["technician"]).most_common(1)[0][0]
    tickets = page.request.get("/api/v1/tickets", params={"open": "true", "limit": 200}).json()["items"]
    visited = {visit["ticket"]["number"] for day in days for visit in day}
    shown = next(row for row in tickets if row["number"] in {visit["ticket"]["number"] for visit in first} and row["customer_id"])
    unplanned = next(row for row in tickets if row["number"] not in visited and row["kind"] == "fault" and row["customer_id"])
    fridges = [row["number"] for row in tickets if row["subject"].startswith("Refrigerator")]
    cooled = page.request.get(f"/api/v1/tickets/{fridges[0]}").json()
    costs = page.request.get("/api/v1/visits/costs").json()["items"]
    return {
        "ticket": shown["number"],
        "repaired": costs[-1]["ticket"],
        "fridge": {"email": cooled["contact_email"], "serial": cooled["equipment"]["serial"]},
        "unplanned": unplanned["number"],
        "customer": shown["customer_id"],
        "technician": [name for name, _skills in TECHNICIANS].index(busiest) + 1,
    }


def ask_for_help(page: Page, *, email: str = "paula.thiel@mail.example", serial: str = "") -> str:
    """A customer's request over the web; the address of its page, which is all that they have. `serial`: of a thing that we know."""
    page.goto("/help")
    page.fill("#subject", "The fridge is too warm")
    page.fill("#description", "Since Monday. The display shows 12 °C.")
    page.fill("#name", "Paula Thiel")
    page.fill("#email", email)
    page.fill("#serial", serial)
    page.wait_for_timeout(2500)  # nobody fills a form in a second: faster ones are asked to send again
    page.locator("form .btn-primary").click()
    page.wait_for_url(re.compile(r"/t/"))
    return page.url.split("?")[0]


def nothing(page: Page) -> None:
    """The page is shown as it opens."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One page in one state. `ready` is a selector that is there when everything is."""

    name: str
    who: str
    address: str
    ready: str
    act: Callable[[Page], None] = nothing
    road: bool = False  # a page that every firm works with all day
    docs: bool = False  # one more that docs/pictures.md shows

    def open(self, page: Page, facts: dict[str, Any]) -> None:
        """Load it, wait for what it fetches, and bring it into its state."""
        page.goto(self.address.format(**facts))
        expect(page.locator(self.ready).first).to_be_visible(timeout=LOADED)
        self.act(page)
        expect(page.locator(".skeleton")).to_have_count(0, timeout=LOADED)


def book(page: Page) -> None:
    """The suggestions for a visit."""
    page.locator("#actions [data-key=b]").click()
    dialog = page.locator("booking-panel")
    expect(dialog).to_be_visible()
    if dialog.locator(".slot").count() == 0 and dialog.locator(".chip-choice").count():
        dialog.locator(".chip-choice").first.click()
    expect(dialog.locator(".slot").first).to_be_visible(timeout=LOADED)


def plan_a_day(page: Page) -> None:
    """A proposal for today, found."""
    expect(page.locator(".skeleton")).to_have_count(0, timeout=LOADED)  # its script runs: the button is heard
    page.click("#ask-day")
    page.fill("#field-seconds", "1")
    page.locator("dialog .form-actions .btn-primary").click()
    expect(page.locator(".plan-figures")).to_be_visible(timeout=LOADED)


def somebody_is_ill(page: Page) -> None:
    """Of the technicians with visits today, who has most is away from now on."""
    expect(page.locator(".visit-block").first).to_be_visible(timeout=LOADED)
    if page.locator("#displaced-part").is_hidden():
        found = page.request.get("/api/v1/visits", params={"date": page.evaluate("new Date().toISOString().slice(0, 10)"), "limit": 200})
        booked = Counter(visit["person_id"] for visit in found.json()["items"] if visit["status"] == "booked")
        page.evaluate(ABSENT, booked.most_common(1)[0][0])
    expect(page.locator("#displaced > li").first).to_be_visible(timeout=LOADED)


ABSENT = """async (person) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const at = (hours) => new Date(Date.now() + hours * 3600000).toISOString();
  const body = JSON.stringify({ starts_at: at(-0.1), ends_at: at(20), reason: "Flu" });
  await fetch(`/api/v1/people/${person}/absences`, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body });
}"""


def without_notices(page: Page) -> None:
    """What a rule told the supervisor stands over every page until it was seen."""
    seen = page.get_by_role("button", name=re.compile("^(Seen|知道了)$"))
    with suppress(TimeoutError):
        seen.first.wait_for(timeout=3000)
    for _ in range(seen.count()):
        seen.first.click()
    expect(seen).to_have_count(0)


def receive(page: Page) -> None:
    """The dialog of what came of an order."""
    page.locator(f"{ROWS} .btn:not(.btn-quiet)").first.click()
    expect(page.locator("dialog #field-accepted")).to_be_visible()


def first_job(page: Page) -> None:
    """The job that a technician stands before."""
    page.locator(".field-card").first.click()
    expect(page.locator(".field-job")).to_be_visible()


def first_link(selector: str) -> Callable[[Page], None]:
    def follow(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_load_state()

    return follow


def callers(page: Page) -> None:
    """The demo's customers are there to call as."""
    expect(page.locator("#caller option:nth-child(3)")).to_be_attached(timeout=LOADED)


LIST = """Customer;Telephone;Mail;Street;Town;Appliance;Serial
Hofladen Brandt;030 5550101;hof@brandt.example;Am Speicher 4;Berlin;Cold room;KR-4471
Café Morgen;not a number;hallo@morgen.example;Torstr. 9;Berlin;Coffee machine;EM-88
;030 5550103;;;;;
"""


def upload(page: Page) -> None:
    """A list with good lines and bad ones, as far as the report."""
    page.set_input_files("input[type=file]", {"name": "customers.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
    page.wait_for_url(re.compile(r"/customers/import/\d+"))
    expect(page.locator("#import table").first).to_be_visible(timeout=LOADED)


def merge(page: Page) -> None:
    """The dialog that asks which ticket this one goes into."""
    page.get_by_role("button", name=re.compile("^(Merge…|合并…)$")).click()
    expect(page.get_by_role("dialog")).to_be_visible()


ROWS = ".table-dense tbody tr"
SHOWN = ("policies", "policies/1", "calendars/1", "rules", "assignment", "fields", "macros")  # of the settings
SCENES = [
    Scene("sign-in", VISITOR, "/sign-in", ".role-card", road=True),
    Scene("console", "agent2", "/console", ".work-item", road=True),
    Scene("tickets", "supervisor", "/tickets", ROWS, road=True),
    Scene("ticket", "supervisor", "/tickets/{ticket}", ".timeline-entry", road=True),
    Scene("booking", "agent2", "/tickets/{unplanned}", "#actions [data-key=b]", book, docs=True),
    Scene("new-ticket", "agent2", "/tickets/new", "main form", docs=True),
    Scene("board", "supervisor", "/board", ".board-card", road=True),
    Scene("wall", "supervisor", "/board/wall", ".board-card", road=True),
    Scene("dispatch", "dispatcher", "/dispatch", ".visit-block", road=True),
    Scene("dispatch-map", "dispatcher", "/dispatch?map=1", ".map-stop", road=True),
    Scene("dispatch-sheets", "dispatcher", "/dispatch/sheets", ".day-sheet", docs=True),
    Scene("field", "technician{technician}", "/field", ".field-card", road=True),
    Scene("field-job", "technician{technician}", "/field", ".field-card", first_job, road=True),
    Scene("help", VISITOR, "/help", "main form", road=True),
    Scene("request", VISITOR, "{request}", ".timeline-entry", road=True),
    Scene("phone", VISITOR, "/phone", "#call", callers, road=True),
    Scene("outbox", VISITOR, "/outbox", "main"),
    Scene("workload", "supervisor", "/workload", ".load-bar", road=True),
    Scene("tasks", "agent", "/tasks", ".task-line", road=True),
    Scene("my-day", "agent", "/my-day", ".work-minutes", docs=True),
    Scene("plans", "supervisor", "/maintenance", ROWS, docs=True),
    Scene("plan", "supervisor", "/maintenance/1", ".date-lines > li", docs=True),
    Scene("plan-for-many", "supervisor", "/maintenance/bulk", ".date-lines > li"),
    Scene("customers", "supervisor", "/customers", ROWS, road=True),
    Scene("customer", "supervisor", "/customers/{customer}", "main section", road=True),
    Scene("import", "supervisor", "/customers/import", "input[type=file]"),
    Scene("import-report", "supervisor", "/customers/import", "input[type=file]", upload, docs=True),
    Scene("merge", "supervisor", "/tickets/{unplanned}", ".timeline-entry", merge, docs=True),
    Scene("escalations", "supervisor", "/escalations", "main", docs=True),
    Scene("knowledge", "agent2", "/knowledge", "main", docs=True),
    Scene("article", "supervisor", "/knowledge/1", ".article-body", docs=True),
    Scene("article-edit", "supervisor", "/knowledge/1/edit", ".rich-area p"),
    Scene("articles", VISITOR, "/help/articles", "main", docs=True),
    Scene("not-found", "agent2", "/tickets/99999999", "main"),
    Scene("forbidden", "agent2", "/settings/audit", "main"),
    Scene("materials", "dispatcher", "/materials", ROWS, road=True),
    Scene("to-buy", "dispatcher", "/materials#buy", ROWS, docs=True),
    Scene("levels", "dispatcher", "/materials#levels", ROWS),
    Scene("missing-parts", "dispatcher", "/materials#missing", ".missing-lines", road=True),
    Scene("receiving", "dispatcher", "/materials#orders", ROWS, receive, docs=True),
    Scene("purchase-order", "dispatcher", "/materials#documents", ROWS, first_link(f"{ROWS} a"), docs=True),
    Scene("count", "dispatcher", "/materials#counts", ROWS, first_link(f"{ROWS} a"), docs=True),
    Scene("costs", "dispatcher", "/materials#costs", ROWS, road=True),
    Scene("repaired", "supervisor", "/tickets/{repaired}", ".visit-item[data-open=no]", without_notices, docs=True),
    Scene("day-plan", "dispatcher", "/plans", "#ask-day", plan_a_day, road=True),
    Scene("day-plans", "dispatcher", "/plans", "#ask-day"),
    Scene("promises", "supervisor", "/promises", ".promise-table", without_notices, road=True),
    Scene("choose-a-visit", VISITOR, "{bookable}", ".booking-window", road=True),
    Scene("mail", "supervisor", "/mail", "main", docs=True),
    Scene("account", "agent2", "/account", "main form"),
    Scene("rota", "supervisor", "/rota", ".rota-table"),
    Scene("leave", "supervisor", "/leave", ".leave-card"),
    Scene("settings", "admin", "/settings", ".settings-card", road=True),
    *(
        Scene(f"settings-{name.replace('/', '-')}", "admin", f"/settings/{name}", ".settings-page > *", docs=name in SHOWN)
        for name in (
            "users", "users/new", "assignment", "teams", "skills", "rota", "branches", "tokens", "audit", "queues", "calendars", "policies",
            "phone-numbers", "voice-menus", "twilio", "mailboxes", "job-types", "parts", "places", "macros", "tags", "rules", "rules/new", "on-call",
            "fields", "ticket-kinds", "certificates", "visits",
            "webhooks", "webhooks/new", "policies/1", "policies/new", "calendars/1", "calendars/new",
        )
    ),
    Scene("ill", "dispatcher", "/dispatch", ".visit-block", somebody_is_ill, docs=True),  # the last: it changes the day
]  # fmt: skip
