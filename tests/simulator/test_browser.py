"""The demo phone and the softphone module in a real browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright, expect

from simulator.engine.models import Fetch
from tests import axe, chromium
from tests.simulator.rig import CUSTOMER, LINE, Reply, heard, rig, said
from tests.simulator.test_devices import token

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MENU: dict[str, Reply] = {
    "/demo/callers.json": lambda parameters: web.json_response([{"name": "Ada Lovelace", "number": CUSTOMER, "note": "boiler"}]),
    "/voice/in": '<Gather numDigits="1" action="/voice/menu" timeout="60"><Say>Press 1 for repairs.</Say></Gather>',
    "/voice/menu": '<Gather input="speech" action="/voice/said" timeout="60"><Say>What is wrong?</Say></Gather>',
    "/voice/said": '<Enqueue waitUrl="/voice/wait">repairs</Enqueue>',
    "/voice/wait": "<Play>/static/hold.mp3</Play>",
    "/voice/out": '<Say>We call you back.</Say><Pause length="60"/>',
}
SOFTPHONE = """<!doctype html><title>softphone</title><script type="module">
import { SimulatorDevice } from '%s/static/device.js';
const device = new SimulatorDevice({ url: '%s', token: %s });
window.seen = [];
for (const event of ['registered', 'incoming', 'error']) device.on(event, (value) => window.seen.push([event, value?.code ?? null]));
device.on('incoming', (call) => { window.offered = call; watch(call); });
function watch(call) {
  for (const event of ['accept', 'disconnect', 'cancel', 'reject', 'error']) call.on(event, () => window.seen.push([event, null]));
  call.on('mute', (muted) => window.seen.push(['mute', muted]));
  call.on('caption', ({ from, text }) => window.seen.push(['caption', `${from}: ${text}`]));
}
window.dial = async (params) => { window.call = await device.connect({ params }); watch(window.call); };
window.device = device;
await device.register();
</script>"""


@asynccontextmanager
async def browser_page(**options: object) -> AsyncIterator[Page]:
    """A page of Chromium; errors in its console fail the test."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.program(), args=chromium.ARGUMENTS)
        page = await (await browser.new_context(**options)).new_page()  # type: ignore[arg-type]
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        yield page
        await browser.close()
        assert problems == []


async def test_a_customer_calls_from_the_demo_phone() -> None:
    async with rig(MENU, rate=1.0, signed=False) as house, browser_page(viewport={"width": 390, "height": 900}) as page:
        await page.goto(f"{house.url}/phone?lang=en")
        await expect(page.locator("#caller")).to_have_value(CUSTOMER)
        await page.click("#call")
        log = page.locator("#log")
        await expect(log).to_contain_text("Press 1 for repairs.")
        await expect(page.locator("#timer")).to_be_visible()
        await page.get_by_role("button", name="1", exact=True).click()
        await expect(log).to_contain_text("What is wrong?")
        await page.fill("#line", "My boiler leaks.")
        await page.keyboard.press("Enter")
        await expect(page.locator("#music")).to_be_visible()
        assert house.app.to("/voice/said")[0]["SpeechResult"] == "My boiler leaks."
        await page.click("#wire > summary")
        await expect(page.locator("#entries li").first).to_contain_text("/voice/wait")
        await page.click("#hangup")
        await expect(page.locator("#state")).to_have_text("Not on a call")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_demo_phone_rings_speaks_chinese_and_sends_texts() -> None:
    async with rig(MENU, rate=1.0, signed=False) as house, browser_page(color_scheme="dark", locale="zh-CN") as page:
        await page.goto(f"{house.url}/phone")
        await expect(page.locator("h1")).to_have_text("演示电话")
        await expect(page.locator("#caller")).to_have_value(CUSTOMER)
        await page.fill("#line", "什么时候来？")
        await page.keyboard.press("Enter")
        assert (await house.app.got("/sms/in"))["Body"] == "什么时候来？"
        call = house.exchange.call_out(LINE, CUSTOMER, Fetch(f"{house.app.url}/voice/out"))
        await expect(page.locator("#state")).to_contain_text("来电")
        await page.click("#answer")
        await expect(page.locator("#log")).to_contain_text("We call you back.")
        assert said(call) == ["We call you back."]


async def test_the_softphone_module_registers_calls_hears_mutes_and_hangs_up() -> None:
    room = '<Dial><Conference participantLabel="%s" beep="false">call-1</Conference></Dial>'
    replies: dict[str, Reply] = {"/voice/agent": room % "agent", "/voice/in": room % "customer"}
    async with rig(replies, rate=1.0, signed=False) as house, browser_page() as page:
        text = SOFTPHONE % (house.url, house.url, json.dumps(token()))
        house.app.replies["/softphone"] = lambda parameters: web.Response(text=text, content_type="text/html")
        house.app.replies["/favicon.ico"] = 204
        await page.goto(f"{house.app.url}/softphone")
        await page.wait_for_function("seen.some(([event]) => event === 'registered')")
        customer = await house.dial()
        await page.evaluate("dial({ join: 't0ken' })")
        await page.wait_for_function("call.status() === 'open'")
        assert house.app.to("/voice/agent")[0]["join"] == "t0ken"
        house.exchange.speak(customer, "Hello?")
        await page.wait_for_function("seen.some(([event, value]) => event === 'caption' && value === 'customer: Hello?')")
        await page.evaluate("call.speak('Good morning.')")
        await house.world.until(lambda: heard(customer) == [("agent", "Good morning.")])
        await page.evaluate("call.mute(true); call.speak('Not heard.'); call.disconnect()")
        await page.wait_for_function("call.status() === 'closed'")
        assert len(heard(customer)) == 1
        events = await page.evaluate("seen.map(([event]) => event)")
        assert events[:2] == ["registered", "accept"]
        assert events[-2:] == ["mute", "disconnect"]
        assert await page.evaluate("[call.isMuted(), call.parameters.CallSid.length, device.isBusy]") == [True, 34, False]


async def test_the_softphone_module_takes_and_refuses_incoming_calls() -> None:
    offer = '<Dial action="/voice/dialled"><Client><Identity>agent_7</Identity><Parameter name="ticket" value="42"/></Client></Dial>'
    async with rig({"/voice/in": offer, "/voice/dialled": "<Hangup/>"}, rate=1.0, signed=False) as house, browser_page() as page:
        text = SOFTPHONE % (house.url, house.url, json.dumps(token()))
        house.app.replies["/softphone"] = lambda parameters: web.Response(text=text, content_type="text/html")
        house.app.replies["/favicon.ico"] = 204
        await page.goto(f"{house.app.url}/softphone")
        await page.wait_for_function("seen.some(([event]) => event === 'registered')")
        customer = await house.dial()
        await page.wait_for_function("window.offered?.status() === 'pending'")
        assert await page.evaluate("[offered.customParameters.get('ticket'), offered.parameters.From]") == ["42", CUSTOMER]
        await page.evaluate("offered.accept()")
        await page.wait_for_function("offered.status() === 'open'")
        house.exchange.hang_up(customer)
        await page.wait_for_function("offered.status() === 'closed'")
        await page.evaluate("window.offered = null")
        await house.dial("+4915100000002")
        await page.wait_for_function("window.offered?.status() === 'pending'")
        await page.evaluate("offered.reject()")
        assert (await house.app.got("/voice/dialled", 2))["DialCallStatus"] == "busy"


async def test_axe_finds_nothing_serious_on_the_demo_phone() -> None:
    async with rig(MENU, rate=1.0, signed=False) as house:
        for scheme in ("light", "dark"):
            async with browser_page(color_scheme=scheme) as page:
                await page.goto(f"{house.url}/phone?lang=zh-Hans")
                await page.click("#call")
                await expect(page.locator("#log")).to_contain_text("Press 1 for repairs.")
                await page.click("#wire > summary")
                await page.evaluate(axe.SOURCE.read_text())
                assert axe.serious(await page.evaluate(axe.RUN, axe.EVERYTHING)) == []
