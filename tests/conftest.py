"""Which tests come first and which are slow. The fixtures are in `tests.fixtures`, loaded where tests run."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
import xdist

# Files that take longest begin first, those with a whole demonstration not all at once; a file is one worker's, with its browser and its servers.
FIRST = (
    "e2e/test_road.py",  # which loads the demonstration's data for all
    "callcenter/live/test_every_topic.py",
    "staff/test_attendance_live.py",
    "faults/test_road_survives.py",
    "tickets/test_clock_machine.py",
    "ground/test_whole.py",
    "core/live/test_same_picture.py",
    "core/live/test_duties.py",
    "e2e/test_desk.py",
    "core/live/test_server.py",
    "core/live/test_browser.py",
    "e2e/test_looks.py",
    "core/test_shell.py",
    "core/test_shell_parts.py",
    "dispatch/test_races.py",
    "core/webhooks/test_in_browser.py",
)


# Files of many small tests that take seconds together: the quick subset does without them.
LONG = (
    "callcenter/console/test_topics.py",
    "callcenter/mail/parsing/test_fuzz.py",
    "callcenter/mail/test_automation.py",
    "callcenter/mail/test_sending.py",
    "core/webhooks/test_delivering.py",
    "core/webhooks/test_told.py",
    "customers/test_import.py",
    "dispatch/test_api.py",
    "dispatch/test_field.py",
    "dispatch/test_forecasting.py",
    "dispatch/test_giving_way.py",
    "dispatch/test_missing_parts.py",
    "dispatch/test_orders.py",
    "dispatch/test_pages.py",
    "dispatch/test_plan_days.py",
    "dispatch/test_portal_booking.py",
    "dispatch/test_promises.py",
    "dispatch/test_races.py",
    "dispatch/test_repairing.py",
    "dispatch/test_search.py",
    "dispatch/test_suggesting.py",
    "tickets/automation/test_keeping.py",
    "tickets/automation/test_loops.py",
    "tickets/automation/test_running.py",
    "tickets/following_up/test_maintenance.py",
    "tickets/knowledge/test_finding.py",
    "tickets/sla/test_sla_properties.py",
    "tickets/sla/test_sla_sources.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """A controller of workers runs no test: it need not import the application before it starts them."""
    if not session.config.pluginmanager.hasplugin("xdist") or not xdist.is_xdist_controller(session):
        gc.disable()  # importing and collecting make two million objects and no garbage
        session.config.pluginmanager.import_plugin("tests.fixtures")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was made so far stays to the end: nobody need look through it again."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent
    places = {tests / name: place for place, name in enumerate(FIRST)}
    long = {tests / name for name in LONG}
    for item in items:
        if item.path in long:
            item.add_marker(pytest.mark.slow)
    looking = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}  # after each other: they share a browser
    items.sort(key=lambda item: places.get(item.path, len(FIRST) + (item.path not in looking)))
