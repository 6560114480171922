"""Plays pictures through detector, crop, network, tracking and resting levels."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import chain, islice, repeat
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from benchmarks import alert_scenes
from benchmarks.alert_scores import Watched, WatchedClip, WatchedScene
from benchmarks.clips import frames
from benchmarks.real_crews import RATE_FPS, Camera, Play
from webapp.cameras.analysis import FaceModels, FrameAnalyser
from webapp.config import Settings
from webapp.core.analysed import AnalysedFrame
from webapp.core.crew import People
from webapp.core.frame import Frame
from webapp.core.rates import Durations
from webapp.demo.timeline import read_timeline
from webapp.serving.models import load_models
from webapp.vision.backends import use_one_core

CLIP_RATE_FPS = 5.0


def watch(plays: Iterable[Play]) -> list[Watched]:
    """Watch plays, as many at once as there are cores."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        return list(pool.map(_watch_one, plays))


def watch_scenes(scenes: Iterable[alert_scenes.Scene]) -> list[WatchedScene]:
    """Watch scripted scenes of the demo clip's faces, as many at once as there are cores."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        return list(pool.map(_watch_scene, scenes))


def watch_clips(paths: Iterable[Path], lasts_s: float) -> list[WatchedClip]:
    """Watch clips, each looped until it lasts so long, as many at once as there are cores."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        return list(pool.map(partial(_watch_clip, lasts_s=lasts_s), paths))


def _watch_scene(scene: alert_scenes.Scene) -> WatchedScene:
    pictures = _stage().play(scene)
    return WatchedScene(scene, _people_in(pictures, alert_scenes.RATE_FPS))


def _watch_clip(path: Path, lasts_s: float) -> WatchedClip:
    video = cv2.VideoCapture(str(path))
    every = max(1, round(video.get(cv2.CAP_PROP_FPS) / CLIP_RATE_FPS))
    rate_fps = video.get(cv2.CAP_PROP_FPS) / every
    video.release()
    pictures = list(frames(path, every))
    looped = islice(chain.from_iterable(repeat(pictures)), round(lasts_s * rate_fps))
    return WatchedClip(path.name, rate_fps, _people_in(looped, rate_fps))


def _watch_one(play: Play) -> Watched:
    people, seen = [], []
    for number, analysed in enumerate(analysed_frames(camera().show(play), RATE_FPS)):
        people.append(analysed.people)
        seen += play.alarmed_seen(analysed.faces.boxes_xyxy, number / RATE_FPS)
    return Watched(play, people, sum(seen) / len(seen) if seen else 1.0)


def analysed_frames(pictures: Iterable[np.ndarray], rate_fps: float) -> Iterator[AnalysedFrame]:
    """Yield what the pipeline reads off pictures that come at a steady rate."""
    analyser = FrameAnalyser(_models(), Durations())
    for number, image in enumerate(pictures):
        yield analyser.step(Frame(image, number / rate_fps, number))


def _people_in(pictures: Iterable[np.ndarray], rate_fps: float) -> list[People]:
    return [analysed.people for analysed in analysed_frames(pictures, rate_fps)]


@cache
def _models() -> FaceModels:
    use_one_core()
    return load_models(Settings())


@cache
def camera() -> Camera:
    """Return the camera of this process, whose noise takes a while to make."""
    return Camera()


@cache
def _stage() -> alert_scenes.Stage:
    return alert_scenes.Stage(read_timeline().people)
