"""Runtimes of fake sources, and what they publish."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.cameras.fakes import (
    CLASSES,
    FakeClassifier,
    FakeDetector,
    FakeOpener,
    FakeRenderer,
    crop,
)
from tests.patience import PATIENCE_S
from webapp.cameras.analysis import FaceModels
from webapp.cameras.camera import CameraPlan
from webapp.cameras.runtime import Runtime, RuntimePlan
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import SourceKind
from webapp.core.messages import Message


class Published:
    """Collects what is pushed, and lets a test wait for it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._changed = threading.Condition()

    def __call__(self, message: Message) -> None:
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def wait(self, event: str, after: int = 0, **wanted: object) -> Any:
        def found() -> Message | None:
            for message in self.messages[after:]:
                values = {name: getattr(message, name, None) for name in wanted}
                if message.event == event and values == wanted:
                    return message
            return None

        with self._changed:
            message = self._changed.wait_for(found, PATIENCE_S)
        assert message, f"no {event} with {wanted} came"
        return message


def models() -> FaceModels:
    """Return models that find two angry faces in every picture."""
    return FaceModels(FakeDetector(2), crop, FakeClassifier(), ("angry",))


def build(
    opener: FakeOpener,
    published: Published,
    other: FakeOpener | None = None,
    cameras: Sequence[CameraPlan] = (),
    **changes: object,
) -> Runtime:
    """Return a runtime with the demo, or `cameras`; every other source is what `other` opens."""
    demo = CameraPlan("demo", SourceKind.DEMO, opener, models, FakeRenderer())
    first = {plan.name: plan for plan in cameras or [demo]}

    def plan_camera(setup: CameraSetup) -> CameraPlan:
        if setup.source == "first":
            return replace(first[setup.name], disclosure=setup.disclosure)
        return CameraPlan(setup.name, SourceKind.CAMERA, other or opener, models, FakeRenderer())

    setups = [CameraSetup(name, "", "first") for name in first]
    parts = {"plan_camera": plan_camera, "classes": CLASSES}
    parts["encode_trial"] = lambda image, shows: f"jpeg {shows}".encode()
    parts |= {"alert_emotions": ("angry",), "max_viewers": 2, **changes}
    return Runtime(RuntimePlan(setups, **parts), published)
