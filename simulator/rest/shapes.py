"""Things as the REST interface shows them. Dates are RFC 2822, numbers that Twilio sends as text stay text."""

from __future__ import annotations

from simulator.engine.conference_models import Conference, Participant
from simulator.engine.models import Call, Member, Message, Number, Queue, Recording
from simulator.engine.recordings import recording_url
from simulator.engine.world import API_VERSION, World
from simulator.formats import rfc2822, whole_seconds
from simulator.rest.base import Json


def root(world: World) -> str:
    return f"/{API_VERSION}/Accounts/{world.settings.account_sid}"


def call_shape(world: World, call: Call) -> Json:
    uri = f"{root(world)}/Calls/{call.sid}"
    number = next((each.sid for each in world.numbers.values() if each.number == call.called), None)
    return {
        "sid": call.sid,
        "account_sid": world.settings.account_sid,
        "parent_call_sid": call.parent_sid or None,
        "to": call.called,
        "to_formatted": call.called,
        "from": call.caller,
        "from_formatted": call.caller,
        "phone_number_sid": number if call.direction == "inbound" else None,
        "status": call.api_status,
        "start_time": rfc2822(call.started or (None if call.ended else call.created)),
        "end_time": rfc2822(call.ended),
        "duration": str(whole_seconds(call.started, call.ended)) if call.ended else None,
        "price": None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by or None,
        "annotation": None,
        "api_version": API_VERSION,
        "forwarded_from": call.forwarded_from or None,
        "group_sid": None,
        "caller_name": call.caller_name or None,
        "queue_time": "0",
        "trunk_sid": None,
        "date_created": rfc2822(call.created),
        "date_updated": rfc2822(call.ended or call.started or call.created),
        "uri": f"{uri}.json",
        "subresource_uris": {"recordings": f"{uri}/Recordings.json", "notifications": f"{uri}/Notifications.json"},
    }


def queue_shape(world: World, queue: Queue) -> Json:
    uri = f"{root(world)}/Queues/{queue.sid}"
    return {
        "sid": queue.sid,
        "account_sid": world.settings.account_sid,
        "friendly_name": queue.name,
        "current_size": len(queue.members),
        "max_size": queue.max_size,
        "average_wait_time": queue.average_wait(world.clock.now()),
        "date_created": rfc2822(queue.created),
        "date_updated": rfc2822(queue.updated),
        "uri": f"{uri}.json",
        "subresource_uris": {"members": f"{uri}/Members.json"},
    }


def member_shape(world: World, queue: Queue, member: Member) -> Json:
    return {
        "call_sid": member.call.sid,
        "queue_sid": queue.sid,
        "date_enqueued": rfc2822(member.enqueued),
        "position": queue.position(member),
        "wait_time": round((world.clock.now() - member.enqueued).total_seconds()),
        "uri": f"{root(world)}/Queues/{queue.sid}/Members/{member.call.sid}.json",
    }


def conference_shape(world: World, conference: Conference) -> Json:
    uri = f"{root(world)}/Conferences/{conference.sid}"
    return {
        "sid": conference.sid,
        "account_sid": world.settings.account_sid,
        "friendly_name": conference.name,
        "status": conference.status,
        "region": "us1",
        "reason_conference_ended": conference.reason_ended or None,
        "call_sid_ending_conference": conference.ended_by or None,
        "api_version": API_VERSION,
        "date_created": rfc2822(conference.created),
        "date_updated": rfc2822(conference.updated),
        "uri": f"{uri}.json",
        "subresource_uris": {"participants": f"{uri}/Participants.json", "recordings": f"{uri}/Recordings.json"},
    }


def participant_shape(world: World, conference: Conference, participant: Participant) -> Json:
    return {
        "account_sid": world.settings.account_sid,
        "call_sid": participant.call.sid,
        "label": participant.options.label or None,
        "call_sid_to_coach": participant.coached or None,
        "coaching": bool(participant.coached),
        "conference_sid": conference.sid,
        "end_conference_on_exit": participant.end_on_exit,
        "start_conference_on_enter": participant.options.start_on_enter,
        "muted": participant.muted,
        "hold": participant.on_hold,
        "status": participant.status,
        "queue_time": "0",
        "date_created": rfc2822(participant.created),
        "date_updated": rfc2822(participant.updated),
        "uri": f"{root(world)}/Conferences/{conference.sid}/Participants/{participant.call.sid}.json",
    }


def recording_shape(world: World, recording: Recording) -> Json:
    uri = f"{root(world)}/Recordings/{recording.sid}"
    return {
        "sid": recording.sid,
        "account_sid": world.settings.account_sid,
        "call_sid": recording.call_sid or None,
        "conference_sid": recording.conference_sid or None,
        "status": recording.status,
        "channels": recording.channels,
        "source": recording.source,
        "track": recording.track,
        "start_time": rfc2822(recording.started),
        "duration": str(round(recording.duration)) if recording.ended else "-1",
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "encryption_details": None,
        "media_url": recording_url(world, recording),
        "date_created": rfc2822(recording.started),
        "date_updated": rfc2822(recording.ended or recording.started),
        "uri": f"{uri}.json",
        "subresource_uris": {"transcriptions": f"{uri}/Transcriptions.json"},
    }


def number_shape(world: World, number: Number) -> Json:
    return {
        "sid": number.sid,
        "account_sid": world.settings.account_sid,
        "phone_number": number.number,
        "friendly_name": number.name,
        "voice_url": number.voice_url,
        "voice_method": number.voice_method,
        "voice_fallback_url": number.voice_fallback_url,
        "voice_fallback_method": number.voice_fallback_method,
        "voice_caller_id_lookup": False,
        "voice_application_sid": None,
        "status_callback": number.status_callback,
        "status_callback_method": number.status_callback_method,
        "sms_url": number.sms_url,
        "sms_method": number.sms_method,
        "sms_fallback_url": "",
        "sms_fallback_method": "POST",
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "status": "in-use",
        "origin": "twilio",
        "beta": False,
        "api_version": API_VERSION,
        "date_created": rfc2822(number.created),
        "date_updated": rfc2822(number.updated),
        "uri": f"{root(world)}/IncomingPhoneNumbers/{number.sid}.json",
    }


def message_shape(world: World, message: Message) -> Json:
    uri = f"{root(world)}/Messages/{message.sid}"
    return {
        "sid": message.sid,
        "account_sid": world.settings.account_sid,
        "from": message.sender,
        "to": message.recipient,
        "body": message.body,
        "status": message.status,
        "direction": message.direction,
        "num_media": "0",
        "num_segments": str(max(1, -(-len(message.body) // 160))),
        "error_code": message.error_code,
        "error_message": None,
        "messaging_service_sid": None,
        "price": None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "date_created": rfc2822(message.created),
        "date_updated": rfc2822(message.updated or message.created),
        "date_sent": rfc2822(message.sent),
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }
