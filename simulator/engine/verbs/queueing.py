"""Enqueue: waiting in a queue with a document that is asked for again and again."""

from __future__ import annotations

import asyncio
import contextlib

from simulator.engine.models import Call, Fetch, Member, Queue
from simulator.engine.session import DocumentFailed, Finish, Outcome, Play, verb
from simulator.engine.world import World
from simulator.twiml.document import Element
from simulator.twiml.rules import Place

# A waiting document that takes no time is not asked for more often than this.
SHORTEST_ROUND = 1.0


def find_queue(world: World, name: str) -> Queue | None:
    return next((queue for queue in world.queues.values() if queue.name == name), None)


def open_queue(world: World, name: str) -> Queue:
    """The queue of that name, made on demand."""
    queue = find_queue(world, name)
    if queue is None:
        now = world.clock.now()
        queue = Queue(name, now, now)
        world.queues[queue.sid] = queue
    return queue


@verb("Enqueue")
async def do_enqueue(play: Play, element: Element) -> Outcome:
    queue = open_queue(play.world, element.text or element.get("workflowSid"))
    limit = min(queue.max_size, element.number("maxQueueSize", queue.max_size))
    if len(queue.members) >= limit:
        return _leave(play, element, {"QueueResult": "queue-full"})
    member = Member(play.call, play.world.clock.now())
    queue.members.append(member)
    queue.arrived.set()
    play.world.note(play.call, "queued", queue=queue.name)
    try:
        result = await _wait(play, element, queue, member)
        outcome = _leave(play, element, _facts(play, queue, member, result))
        if result == "hangup":
            # The waiting document hung up: the action is told and nothing more is played.
            play.departure = outcome
            return Finish.HANG_UP
        return outcome
    except asyncio.CancelledError:
        bridged = member.taken.is_set()
        result = "hangup" if play.call.status.final else "redirected-from-bridged" if bridged else "redirected"
        play.departure = _leave(play, element, _facts(play, queue, member, result))
        raise
    finally:
        remove(queue, member)
        member.bridge_over.set()
        play.world.note(play.call, "left-queue", queue=queue.name)


def remove(queue: Queue, member: Member) -> None:
    if member in queue.members:
        queue.members.remove(member)


def _leave(play: Play, element: Element, parameters: dict[str, str]) -> Fetch | None:
    """Where the call goes after the queue: the action, or with none the next verb."""
    return play.follow(element.get("action"), element.get("method"), **parameters) if element.get("action") else None


def _facts(play: Play, queue: Queue, member: Member, result: str) -> dict[str, str]:
    return {"QueueResult": result, "QueueSid": queue.sid, "QueueTime": str(_waited(play.world, member))}


def _waited(world: World, member: Member) -> int:
    return round((world.clock.now() - member.enqueued).total_seconds())


async def _wait(play: Play, element: Element, queue: Queue, member: Member) -> str:
    """The QueueResult of a wait that ended by itself: leave, hangup, error or bridged."""
    waiting = asyncio.get_running_loop().create_task(_entertain(play, element, queue, member))
    taken = asyncio.get_running_loop().create_task(member.taken.wait())
    try:
        await asyncio.wait({waiting, taken}, return_when=asyncio.FIRST_COMPLETED)
        if taken.done():
            waiting.cancel()
            await asyncio.wait({waiting})
            await _announce(play, member)
            await member.bridge_over.wait()
            return "bridged"
        return waiting.result()
    finally:
        waiting.cancel()
        taken.cancel()


async def _entertain(play: Play, element: Element, queue: Queue, member: Member) -> str:
    if "waitUrl" not in element.attributes:
        play.world.note(play.call, "music", on=True)
    if not element.get("waitUrl"):
        await play.call.over.wait()
        return "hangup"
    source = play.follow(element.get("waitUrl"), element.get("waitUrlMethod"))
    while True:
        began = play.world.clock.elapsed()
        waiting = Play(play.world, play.call, Place.QUEUE_WAIT, lambda: _wait_facts(play, queue, member))
        try:
            finish = await waiting.run(source)
        except DocumentFailed:
            return "error"
        if finish is not Finish.RAN_OUT:
            return "leave" if finish is Finish.LEAVE else "hangup"
        await play.world.clock.sleep(SHORTEST_ROUND - (play.world.clock.elapsed() - began))


def _wait_facts(play: Play, queue: Queue, member: Member) -> dict[str, str]:
    return {
        "QueuePosition": str(queue.position(member)),
        "QueueSid": queue.sid,
        "QueueTime": str(_waited(play.world, member)),
        "AvgQueueTime": str(queue.average_wait(play.world.clock.now())),
        "CurrentQueueSize": str(len(queue.members)),
        "MaxQueueSize": str(queue.max_size),
    }


async def _announce(play: Play, member: Member) -> None:
    """`<Dial><Queue url>`: what the waiting party hears before it is connected."""
    if member.announcement is not None:
        with contextlib.suppress(DocumentFailed):
            await Play(play.world, play.call, Place.WHISPER).run(member.announcement)


def member_of(world: World, call: Call) -> tuple[Queue, Member] | None:
    """The queue a call waits in, if it does."""
    for queue in world.queues.values():
        for member in queue.members:
            if member.call is call:
                return queue, member
    return None
