"""Recordings: list, control, and the sound itself."""

from __future__ import annotations

from aiohttp import web

from simulator.engine.models import CallStatus, Recording
from simulator.engine.recordings import finish_recording, pause_recording, resume_recording, start_recording, wav, wav_size
from simulator.rest.base import Resource, form_of, page
from simulator.rest.errors import bad, not_found
from simulator.rest.shapes import recording_shape

CURRENT = "Twilio.CURRENT"


class Recordings(Resource):
    def routes(self) -> list[web.RouteDef]:
        routes = [
            web.get(f"{self.root}/Recordings.json", self.list),
            web.get(f"{self.root}/Recordings/{{recording}}.json", self.fetch),
            web.delete(f"{self.root}/Recordings/{{recording}}.json", self.delete),
            web.get(f"{self.root}/Recordings/{{recording}}.wav", self.media),
            web.get(f"{self.root}/Recordings/{{recording}}", self.media),
            web.post(f"{self.root}/Calls/{{call}}/Recordings.json", self.start),
        ]
        for owner in ("Calls/{call}", "Conferences/{conference}"):
            routes += [
                web.get(f"{self.root}/{owner}/Recordings.json", self.list),
                web.get(f"{self.root}/{owner}/Recordings/{{recording}}.json", self.fetch),
                web.post(f"{self.root}/{owner}/Recordings/{{recording}}.json", self.update),
                web.delete(f"{self.root}/{owner}/Recordings/{{recording}}.json", self.delete),
            ]
        return routes

    async def list(self, request: web.Request) -> web.Response:
        call = request.match_info.get("call") or request.query.get("CallSid")
        conference = request.match_info.get("conference") or request.query.get("ConferenceSid")
        found = [
            each
            for each in reversed(self.world.recordings.values())
            if (call is None or each.call_sid == call) and (conference is None or each.conference_sid == conference)
        ]
        return page(request, "recordings", found, lambda each: recording_shape(self.world, each))

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(recording_shape(self.world, self._recording(request)))

    async def delete(self, request: web.Request) -> web.Response:
        recording = self._recording(request)
        finish_recording(self.world, recording)
        del self.world.recordings[recording.sid]
        return web.Response(status=204)

    async def start(self, request: web.Request) -> web.Response:
        """Record a call in progress; `RecordingChannels` mono or dual."""
        call = self.find(self.world.calls, request, "call")
        form = await form_of(request)
        if call.status is not CallStatus.IN_PROGRESS:
            raise bad(21220, "Requested resource is not eligible for recording")
        recording = start_recording(
            self.world,
            "StartCallRecordingAPI",
            call=call,
            channels=2 if form.get("RecordingChannels", "mono") == "dual" else 1,
            track=form.get("RecordingTrack", "both"),
            callback=form.callback("Recording"),
        )
        return web.json_response(recording_shape(self.world, recording), status=201)

    async def update(self, request: web.Request) -> web.Response:
        recording = self._recording(request)
        status = (await form_of(request)).get("Status")
        if status not in ("paused", "in-progress", "stopped"):
            raise bad(20001, "Status is not paused, in-progress or stopped")
        if recording.ended is not None:
            raise bad(21220, "The recording is already completed")
        if status == "paused":
            pause_recording(self.world, recording)
        elif status == "in-progress":
            resume_recording(self.world, recording)
        else:
            finish_recording(self.world, recording)
        return web.json_response(recording_shape(self.world, recording))

    async def media(self, request: web.Request) -> web.StreamResponse:
        """WAV. Not there before the recording is completed, as with the carrier."""
        recording = self._recording(request)
        if not recording.available:
            raise not_found(request.path)
        response = web.StreamResponse(headers={"Content-Type": "audio/x-wav", "Content-Length": str(wav_size(recording))})
        await response.prepare(request)
        if request.method != "HEAD":
            for piece in wav(recording):
                await response.write(piece)
        await response.write_eof()
        return response

    def _recording(self, request: web.Request) -> Recording:
        owner = request.match_info.get("call") or request.match_info.get("conference")
        wanted = request.match_info["recording"]
        for recording in reversed(self.world.recordings.values()):
            belongs = owner is None or owner in (recording.call_sid, recording.conference_sid)
            if belongs and (recording.sid == wanted or (wanted == CURRENT and recording.ended is None)):
                return recording
        raise not_found(request.path)
