"""Queues and their members."""

from __future__ import annotations

from aiohttp import web

from simulator.engine.models import CallStatus, Member, Queue
from simulator.engine.verbs.queueing import find_queue, open_queue
from simulator.rest.base import Resource, form_of, page
from simulator.rest.errors import bad, not_found, not_in_progress
from simulator.rest.shapes import member_shape, queue_shape

LARGEST_QUEUE = 5000


class Queues(Resource):
    def routes(self) -> list[web.RouteDef]:
        queue = f"{self.root}/Queues/{{queue}}"
        return [
            web.get(f"{self.root}/Queues.json", self.list),
            web.post(f"{self.root}/Queues.json", self.create),
            web.get(f"{queue}.json", self.fetch),
            web.post(f"{queue}.json", self.update),
            web.delete(f"{queue}.json", self.delete),
            web.get(f"{queue}/Members.json", self.members),
            web.get(f"{queue}/Members/{{member}}.json", self.member),
            web.post(f"{queue}/Members/{{member}}.json", self.redirect),
        ]

    async def list(self, request: web.Request) -> web.Response:
        return page(request, "queues", list(self.world.queues.values()), lambda queue: queue_shape(self.world, queue))

    async def create(self, request: web.Request) -> web.Response:
        form = await form_of(request)
        name = form.get("FriendlyName")
        if not name or len(name) > 64:
            raise bad(20001, "FriendlyName of 1 to 64 characters is required")
        if find_queue(self.world, name) is not None:
            raise bad(22003, f"Queue already exists with friendlyName {name}")
        queue = open_queue(self.world, name)
        queue.max_size = _max_size(form.get("MaxSize", "1000"))
        return web.json_response(queue_shape(self.world, queue), status=201)

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(queue_shape(self.world, self.find(self.world.queues, request, "queue")))

    async def update(self, request: web.Request) -> web.Response:
        queue = self.find(self.world.queues, request, "queue")
        form = await form_of(request)
        queue.name = form.get("FriendlyName", queue.name)
        queue.max_size = _max_size(form.get("MaxSize", str(queue.max_size)))
        queue.updated = self.world.clock.now()
        return web.json_response(queue_shape(self.world, queue))

    async def delete(self, request: web.Request) -> web.Response:
        queue = self.find(self.world.queues, request, "queue")
        if queue.members:
            raise bad(22001, "Queue is not empty")
        del self.world.queues[queue.sid]
        return web.Response(status=204)

    async def members(self, request: web.Request) -> web.Response:
        queue = self.find(self.world.queues, request, "queue")
        return page(request, "queue_members", list(queue.members), lambda member: member_shape(self.world, queue, member))

    async def member(self, request: web.Request) -> web.Response:
        queue, member = self._member(request)
        return web.json_response(member_shape(self.world, queue, member))

    async def redirect(self, request: web.Request) -> web.Response:
        """Take a member (by call, or `Front`) out of the queue to new instructions."""
        queue, member = self._member(request)
        form = await form_of(request)
        source = form.fetch("Url", "Method")
        if source is None:
            raise bad(21205, "Url is required")
        if member.call.status is not CallStatus.IN_PROGRESS or member.call.control is None:
            raise not_in_progress()
        shape = member_shape(self.world, queue, member)
        member.call.control.redirect(source)
        return web.json_response(shape)

    def _member(self, request: web.Request) -> tuple[Queue, Member]:
        queue = self.find(self.world.queues, request, "queue")
        wanted = request.match_info["member"]
        for member in queue.members:
            if wanted in ("Front", member.call.sid):
                return queue, member
        raise not_found(request.path)


def _max_size(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= LARGEST_QUEUE:
        raise bad(22004, f"MaxSize is not between 1 and {LARGEST_QUEUE}")
    return int(text)
