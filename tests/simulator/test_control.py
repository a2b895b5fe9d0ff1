"""The control interface, scripted callers, the embedded simulator, and the process itself."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading

import aiohttp
import pytest

from simulator.embedded import EmbeddedSimulator
from simulator.scripted import Callers
from simulator.settings import WrongSetting, read
from tests.simulator.rig import ACCOUNT, CUSTOMER, LINE, TOKEN, Reply, Rig, heard, rig, said

MENU: dict[str, Reply] = {
    "/voice/in": '<Gather numDigits="1" action="/voice/menu" timeout="30"><Say>Press 1 for repairs.</Say></Gather>',
    "/voice/menu": '<Gather input="speech" action="/voice/said" timeout="30"><Say>What is wrong?</Say></Gather>',
    "/voice/said": '<Say>A technician will call.</Say><Pause length="60"/>',
}
STEPS = [
    {"wait_for": "press 1"},
    {"press": "1"},
    {"wait_for": "what is wrong"},
    {"speak": "The boiler leaks."},
    {"wait_for": "technician"},
    {"wait": 5},
    {"hang_up": True},
]


def control(house: Rig) -> Callers:
    return Callers(house.url, ACCOUNT, TOKEN)


async def test_a_scripted_caller_walks_through_a_menu_and_its_transcript_is_read() -> None:
    async with rig(MENU) as house, control(house) as callers:
        sid = await callers.call(CUSTOMER, LINE, STEPS, name="Ada")
        await callers.ask("POST", "clock", {"advance": 20})
        lines = await callers.heard(sid, "A technician will call.")
        told = [(line["kind"], line.get("text") or line.get("digits")) for line in lines if line["kind"] in ("say", "speech", "digits")]
        assert told == [
            ("say", "Press 1 for repairs."),
            ("digits", "1"),
            ("say", "What is wrong?"),
            ("speech", "The boiler leaks."),
            ("say", "A technician will call."),
        ]
        found = await callers.ask("GET", f"calls/{sid}")
        assert found["status"] == "completed"
        assert house.app.to("/voice/said")[0]["SpeechResult"] == "The boiler leaks."
        asked = (await callers.ask("GET", "webhooks"))["webhooks"]
        assert [record["url"].rpartition("/")[2] for record in asked] == ["in", "menu", "said", "status"]


async def test_a_script_that_waits_in_vain_hangs_up() -> None:
    async with rig({"/voice/in": '<Say>Hello.</Say><Pause length="60"/>'}) as house, control(house) as callers:
        sid = await callers.call(CUSTOMER, LINE, [{"wait_for": "never said", "timeout": 10}])
        await callers.ask("POST", "clock", {"advance": 11})
        assert (await callers.ask("GET", f"calls/{sid}"))["status"] == "completed"


async def test_waiting_for_lines_answers_when_there_is_one() -> None:
    async with rig(MENU) as house, control(house) as callers:
        sid = await callers.call(CUSTOMER, LINE)
        await callers.heard(sid, "Press 1")
        waiting = asyncio.create_task(callers.heard(sid, "What is wrong?"))
        await callers.ask("POST", f"calls/{sid}/digits", {"digits": "1"})
        assert await waiting
        await callers.ask("POST", f"calls/{sid}/speech", {"text": "It leaks."})
        await callers.heard(sid, "A technician")
        await callers.ask("POST", f"calls/{sid}/hangup")
        assert (await callers.ask("GET", "health"))["active_calls"] == 0


async def test_telephones_outside_behave_as_told() -> None:
    replies: dict[str, Reply] = {"/voice/in": '<Dial action="/voice/dialled">+15005550001</Dial>', "/voice/dialled": "<Hangup/>"}
    async with rig(replies) as house, control(house) as callers:
        for behaviour, status in (("reject", "busy"), ("answer", "completed")):
            await callers.ask("POST", "phones", {"number": "*", "on_ring": behaviour, "steps": [{"wait": 3}, {"hang_up": True}]})
            await callers.call(CUSTOMER, LINE)
            await callers.ask("POST", "clock", {"advance": 5})
            assert house.app.to("/voice/dialled")[-1]["DialCallStatus"] == status


async def test_chaos_is_set_shown_and_cleared_by_a_reset() -> None:
    async with rig(MENU) as house, control(house) as callers:
        knobs = {"rules": [{"step": "webhook", "action": "drop", "path": "/voice/in"}], "queue_action": "never"}
        assert (await callers.ask("PUT", "chaos", knobs))["queue_action"] == "never"
        sid = await callers.call(CUSTOMER, LINE)
        await callers.ask("POST", "clock", {"advance": 1})
        assert [alert["code"] for alert in (await callers.ask("GET", "alerts"))["alerts"]] == [11205]
        await callers.ask("POST", "reset")
        assert await callers.ask("GET", "chaos") == {"rules": [], "queue_action": "before", "recording_delay": 1.0}
        assert await callers.ask("GET", "calls") == {"calls": []}
        with pytest.raises(RuntimeError, match="404"):
            await callers.ask("GET", f"calls/{sid}")


async def test_a_text_message_comes_in() -> None:
    async with rig() as house, control(house) as callers:
        await callers.ask("POST", "messages", {"from": CUSTOMER, "to": LINE, "body": "When?"})
        asked = await house.app.got("/sms/in")
        assert (asked["Body"], asked["NumMedia"], asked["From"]) == ("When?", "0", CUSTOMER)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("calls", {}),
        ("calls", {"to": LINE, "steps": [{"dance": 1}]}),
        ("calls", {"to": LINE, "steps": [{"press": "1", "wait": 2}]}),
        ("phones", {"number": "*", "on_ring": "explode"}),
        ("clock", {"advance": "soon"}),
    ],
)
async def test_a_wrong_request_says_why(path: str, body: dict[str, object]) -> None:
    async with rig(MENU) as house, control(house) as callers:
        with pytest.raises(RuntimeError, match=r"400 20001"):
            await callers.ask("POST", path, body)


async def test_control_is_for_the_account_only() -> None:
    async with rig() as house, aiohttp.ClientSession() as session:
        assert (await session.post(f"{house.url}/simulator/reset")).status == 401


async def test_code_that_is_not_asynchronous_drives_an_embedded_simulator() -> None:
    async with rig(MENU) as house:
        settings = house.world.settings

        def work() -> tuple[list[str], str]:
            with EmbeddedSimulator(settings) as simulator:
                call = simulator.call_in(CUSTOMER)
                simulator.run(simulator.exchange.world.until(lambda: len(said(call)) == 1))
                simulator.do(simulator.exchange.press, call, "1")
                simulator.run(simulator.exchange.world.until(lambda: len(said(call)) == 2))
                simulator.do(simulator.exchange.hang_up, call)
                return said(call), threading.current_thread().name

        lines, thread = await asyncio.to_thread(work)
        assert lines == ["Press 1 for repairs.", "What is wrong?"]
        assert thread != "simulator"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_the_process_serves_calls_out_and_stops_when_told() -> None:
    async with rig(MENU) as house:
        port = free_port()
        settings = {
            "SIMULATOR_PORT": str(port),
            "PUBLIC_BASE_URL": house.app.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
        }
        environ = {**{name: os.environ[name] for name in ("PATH",)}, **settings}
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "simulator", env=environ, stdout=asyncio.subprocess.PIPE)
        try:
            assert process.stdout is not None
            assert str(port).encode() in await process.stdout.readline()
            async with Callers(f"http://127.0.0.1:{port}", ACCOUNT, TOKEN) as callers:
                sid = await callers.call(CUSTOMER, LINE)
                await callers.heard(sid, "Press 1")
        finally:
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        assert house.app.to("/voice/in")[0]["CallSid"] == sid


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_AUTH_TOKEN": "t", "PORT": "x"}, "PORT"),
        ({"TWILIO_AUTH_TOKEN": "t", "PUBLIC_BASE_URL": "ftp://x"}, "PUBLIC_BASE_URL"),
        ({"TWILIO_AUTH_TOKEN": "t", "TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_AUTH_TOKEN": "t", "SIMULATOR_CLOCK_RATE": "fast"}, "SIMULATOR_CLOCK_RATE"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name(environ: dict[str, str], name: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        read(environ)


def test_ports_follow_the_apps_and_the_first_token_signs() -> None:
    found = read({"PORT": "6000", "TWILIO_AUTH_TOKEN": "new, old"})
    assert (found.port, found.public_base_url, found.auth_token, found.auth_tokens) == (
        6002,
        "http://127.0.0.1:6000",
        "new",
        ("new", "old"),
    )


async def test_two_scripts_talk_in_a_conference() -> None:
    room = '<Say>Welcome.</Say><Dial><Conference beep="false">all</Conference></Dial>'
    async with rig({"/voice/in": room}) as house, control(house) as callers:
        asking = [{"wait_for": "Welcome"}, {"wait": 5}, {"speak": "Who is there?"}, {"wait_for": "me"}, {"hang_up": True}]
        answering = [{"wait_for": "who is there"}, {"speak": "Only me."}]
        first = await callers.call(CUSTOMER, LINE, asking)
        second = await callers.call("+4915100000002", LINE, answering)
        await callers.ask("POST", "clock", {"advance": 20})
        assert heard(house.world.calls[second]) == [(CUSTOMER, "Who is there?")]
        assert house.world.calls[first].status == "completed"
