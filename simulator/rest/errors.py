"""Errors as the REST interface answers them."""

from __future__ import annotations

from aiohttp import web

MORE_INFO = "https://www.twilio.com/docs/errors/"


class ApiError(Exception):
    """An error answer: HTTP status, Twilio's code and message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status}/{code}: {message}")
        self.status, self.code, self.message = status, code, message

    def response(self) -> web.Response:
        body = {"code": self.code, "message": self.message, "more_info": f"{MORE_INFO}{self.code}", "status": self.status}
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == 401 else {}
        return web.json_response(body, status=self.status, headers=headers)


def not_found(path: str) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {path} was not found")


def not_in_progress() -> ApiError:
    return ApiError(400, 21220, "Invalid call state: Call is not in-progress. Cannot redirect.")


def bad(code: int, message: str) -> ApiError:
    return ApiError(400, code, message)
