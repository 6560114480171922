"""A participant's WebSocket: pictures come, and what was read in them goes back."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from webapp.core.camera_state import CameraState
from webapp.core.ports import LiveRooms, LiveRuntime
from webapp.core.room_limits import MOST_PER_S, MOST_PICTURE_BYTES
from webapp.web.live.participants import STOPPING, Participant, Participants, said
from webapp.web.live.websockets import EXTENSIONS, OVER, BoundedServer

# Longer messages end the connection before they are read.
MOST_MESSAGE_BYTES = MOST_PICTURE_BYTES + 1000
LOOK_EVERY_S = 0.25
# A page sends the next picture when it was told what became of the last.
MOST_UNREAD_PICTURES = 8
IDLE_S = 30.0
IDLE = "No picture came for half a minute, so you were taken out of the room."
GONE = "The room is closed."
EXPIRED = "The link has run out."
CHANGED = "This room shows pictures now, unlike when you read about it. Open the link again."
OFF = "The room is off: nobody stated what it is for, or that is over. No picture is taken."
PAUSED = "The room is paused; nobody sees or reads your picture."


class RoomSocket:
    """Serves one participant until they leave or have to."""

    def __init__(
        self,
        participant: Participant,
        participants: Participants,
        runtime: LiveRuntime,
        rooms: LiveRooms,
        ends_at_s: float,
    ) -> None:
        """Prepare.

        Args:
            ends_at_s: when the link runs out, monotonic.
        """
        self._participant, self._participants = participant, participants
        self._runtime, self._rooms, self._ends_at_s = runtime, rooms, ends_at_s

    def serve(self, environ: dict[str, Any]) -> Response:
        """Answer the request for a WebSocket and serve it; returns when it has ended.

        Raises:
            BadRequest: it is no request for a WebSocket.
        """
        # Who is granted compression inflates one megabyte to one gigabyte in a single step.
        environ.pop(EXTENSIONS, None)
        try:
            socket = RoomServer(environ, max_message_size=MOST_MESSAGE_BYTES)
        except BadRequest:
            self._leave()
            raise
        threading.Thread(target=self.tell, args=(socket,), daemon=True).start()
        self.talk(socket)
        return Answered(socket.mode)

    def talk(self, socket: BoundedServer) -> None:
        """Take pictures until either side ends it."""
        try:
            with suppress(*OVER):
                self._hear(socket)
        finally:
            self._leave()
        socket.end()

    def _hear(self, socket: BoundedServer) -> None:
        heard_at_s = time.monotonic()
        while not (end := self._end(heard_at_s)):
            picture = socket.receive(timeout=LOOK_EVERY_S)
            if picture is not None and not self._participant.ended:
                heard_at_s = time.monotonic()
                socket.send(self._take(picture))
        if end != STOPPING:
            socket.send(said("ended", reason=end))

    def _take(self, picture: bytes | str) -> str:
        """Pass a picture on; returns what to say of it."""
        pace_ms = round(1000 * self._participants.pace_s(self._participant.room))
        if isinstance(picture, str):
            return _dropped("Expected a picture, got text.", pace_ms)
        if self._state() == CameraState.PAUSED:
            return _dropped(PAUSED, pace_ms=1000)
        judged = self._participant.limits.judge(picture, time.monotonic())
        if judged.size_wh is None:
            return _dropped(judged.fault, pace_ms)
        with suppress(KeyError):
            who, room = self._participant.id, self._participant.room
            self._rooms.put_picture(room, who, picture, judged.size_wh)
            self._participant.has_sent = True
        return said("took", pace_ms=pace_ms)

    def tell(self, socket: BoundedServer) -> None:
        """Send the newest readings, never a queue of them."""
        version, news = 0, self._participant.news
        with suppress(*OVER):
            while not news.is_closed:
                newest = news.wait_newer(version, LOOK_EVERY_S)
                if newest:
                    version = newest.version
                    socket.send(newest.value)

    def _end(self, heard_at_s: float) -> str:
        """Return why the participant has to leave, or ""."""
        now_s = time.monotonic()
        if now_s >= self._ends_at_s:
            return EXPIRED
        if self._state() is None:
            return GONE
        return self._participant.ended or (IDLE if now_s - heard_at_s > IDLE_S else "")

    def _state(self) -> CameraState | None:
        room = self._participant.room
        states = {status.name: status.state for status in self._runtime.cameras()}
        return states.get(room)

    def _leave(self) -> None:
        self._participant.news.close()
        self._participants.leave(self._participant)
        with suppress(KeyError):
            self._rooms.leave(self._participant.room, self._participant.id)


class RoomServer(BoundedServer):
    """A participant's connection; what lies unread is pictures."""

    most_unread = MOST_UNREAD_PICTURES


def _dropped(fault: str, pace_ms: int) -> str:
    # Who floods is heard no more often than others: what is unread piles up, and ends it.
    time.sleep(1 / MOST_PER_S)
    return said("dropped", fault=fault, pace_ms=pace_ms)


def refuse(environ: dict[str, Any], why: str) -> Response:
    """Answer the request for a WebSocket, say why it ends, and end it."""
    environ.pop(EXTENSIONS, None)
    socket = BoundedServer(environ, max_message_size=MOST_MESSAGE_BYTES)
    with suppress(*OVER):
        socket.send(said("ended", reason=why))
    socket.end()
    return Answered(socket.mode)


class Answered(Response):
    """What stands for the answer to a request that became a WebSocket, which has ended."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> Any:
        """Let the server know that nothing is left to answer."""
        if self._mode == "gunicorn":
            raise StopIteration
        if self._mode == "werkzeug":
            # Its server wants an answer, which goes nowhere.
            return super().__call__(environ, start_response)
        return []
