"""An RTSP server of GStreamer, for Debian's own Python; `tests.rtsp_server` starts it.

Usage: gst_rtsp.py PORT. It says "ready" once it listens. A line "mute" on its standard input stops
what it sends without closing anything, "unmute" goes on.
"""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

VIDEO = (
    "videotestsrc is-live=true pattern=white ! video/x-raw,width=320,height=240,framerate=20/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 "
    "! valve name=valve ! rtph264pay name=pay0 config-interval=1 pt=96"
)
SOUND = "audiotestsrc is-live=true wave=silence ! alawenc ! rtppcmapay name=pay1 pt=8"
STREAMS = {
    "/plain": VIDEO,
    "/sound": f"{VIDEO} {SOUND}",
    "/only-sound": SOUND.replace("pay1", "pay0"),
    "/locked": VIDEO,
}
USER, PASSWORD = "mira", "p/w"
valves = []


def allowed(is_locked):
    """Let everybody look, and see only whom the path is for; else there would be 404, not 401."""
    permissions = GstRtspServer.RTSPPermissions()
    for role in ("known", "anybody"):
        permissions.add_permission_for_role(role, "media.factory.access", True)
        may_see = role == "known" or not is_locked
        permissions.add_permission_for_role(role, "media.factory.construct", may_see)
    return permissions


def token(role):
    made = GstRtspServer.RTSPToken()
    made.set_string("media.factory.role", role)
    return made


def keep_valve(_factory, media):
    valve = media.get_element().get_by_name_recurse_up("valve")
    if valve:
        valves.append(valve)


def obey():
    for line in sys.stdin:
        for valve in valves:
            valve.set_property("drop", line.strip() == "mute")


def serve(port):
    server = GstRtspServer.RTSPServer(service=port, address="127.0.0.1")
    for path, pipeline in STREAMS.items():
        factory = GstRtspServer.RTSPMediaFactory(launch=f"( {pipeline} )", shared=True)
        factory.set_protocols(GstRtsp.RTSPLowerTrans.TCP)
        factory.set_permissions(allowed(path == "/locked"))
        factory.connect("media-configure", keep_valve)
        server.get_mount_points().add_factory(path, factory)
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(USER, PASSWORD, token("known"))
    auth.set_default_token(token("anybody"))
    server.set_auth(auth)
    server.attach(None)


Gst.init(None)
serve(sys.argv[1])
threading.Thread(target=obey, daemon=True).start()
print("ready", flush=True)
GLib.MainLoop().run()
