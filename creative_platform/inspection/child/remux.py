"""The clean copy of a recording: the same coded pictures and sound in a fresh container, and nothing else."""

from typing import Any

import av
from av.bitstream import BitStreamFilterContext

from creative_platform.confinement.child.output import SecondView, reopener
from creative_platform.inspection.child import demux
from creative_platform.inspection.child.examine import Request
from creative_platform.inspection.child.sniff import mpeg_frame_bytes

_MP4 = {"h264", "av1", "libdav1d", "vp9", "libvpx-vp9"}
_WEBM = {"vp8", "vp9", "libvpx-vp9", "av1", "libdav1d"}
_ALONE = {
    "aac": ("mp4", "audio/mp4"),
    "mp3": ("mp3", "audio/mpeg"),
    "mp3float": ("mp3", "audio/mpeg"),
    "opus": ("ogg", "audio/ogg"),
    "libopus": ("ogg", "audio/ogg"),
    "vorbis": ("ogg", "audio/ogg"),
    "libvorbis": ("ogg", "audio/ogg"),
    "flac": ("flac", "audio/flac"),
    "pcm_s16le": ("wav", "audio/wav"),
    "pcm_s24le": ("wav", "audio/wav"),
    "pcm_u8": ("wav", "audio/wav"),
}
# User data rides in these units too: H.264 SEI, AV1 metadata.
_FILTERS = {
    "h264": "filter_units=remove_types=6",
    "av1": "filter_units=remove_types=5",
    "libdav1d": "filter_units=remove_types=5",
}
_MAX_AAC_SETUP = 64  # a longer one holds a comment field
_MAX_WAITING = 64
_EMPTY_COMMENT = b"\x03vorbis\x00\x00\x00\x00\x00\x00\x00\x00\x01"


def send(request: Request, format_name: str) -> dict[str, str] | None:
    """Send the clean copy; None when the codecs need re-encoding, which is not done here."""
    with demux.opened(request, format_name) as source:
        picture, audio = demux.chosen_streams(source)
        target = _target(picture, audio)
        if target is None:
            return None
        try:
            with request.output.scratch() as scratch:
                _copy(source, [stream for stream in (picture, audio) if stream], scratch, target[0])
                if not _plays(scratch, target[0]):
                    return None
        except (av.FFmpegError, ValueError, OSError) as error:
            raise demux.unreadable(error) from None
    request.output.copy_from_scratch()
    return {"content_type": target[1]}


def _target(picture: Any, audio: Any) -> tuple[str, str] | None:
    """Return (muxer, content type) that browsers play and that needs no re-encoding."""
    sound = audio.codec_context.name if audio else None
    if sound == "aac" and len(audio.codec_context.extradata or b"") > _MAX_AAC_SETUP:
        return None
    if picture is None:
        return _ALONE.get(sound or "")
    name = picture.codec_context.name
    if name in _MP4 and sound in (None, "aac", "mp3", "mp3float") and (sound or name == "h264"):
        return "mp4", "video/mp4"
    if name in _WEBM and sound in (None, "opus", "libopus", "vorbis", "libvorbis"):
        return "webm", "video/webm"
    if name == "h264" and sound in ("opus", "libopus"):
        return "mp4", "video/mp4"
    return None


def _copy(source: Any, streams: list[Any], scratch: Any, muxer: str) -> None:
    options = {"fflags": "+bitexact"}  # no program names, no random identifiers
    if muxer == "mp4":
        options["movflags"] = "+faststart"
    if muxer == "mp3":
        options |= {"id3v2_version": "0", "write_id3v1": "0"}
    target = av.open(scratch, "w", format=muxer, options=options, io_open=reopener(scratch))
    copies = {stream.index: _Copy(target, stream) for stream in streams}
    with target:
        for packet in source.demux(streams):
            if packet.size:
                copies[packet.stream.index].take(target, packet)
        for copy in copies.values():
            copy.release(target)


def _plays(scratch: Any, muxer: str) -> bool:
    """Tell whether the first stream of the copy yields a frame: what does not play is not handed out."""
    demuxer = {"mp4": "mov", "webm": "matroska"}.get(muxer, muxer)
    with av.open(SecondView(scratch.fileno()), "r", format=demuxer) as copy:
        return any(True for _ in copy.decode(copy.streams[0]))


class _Copy:
    """One stream on its way: new stream, filter where user data could ride along, bare packets."""

    def __init__(self, target: Any, stream: Any) -> None:
        name = stream.codec_context.name
        self._mp3 = name in ("mp3", "mp3float")
        self._waiting: list[Any] = []
        self._time_base = stream.time_base
        self.stream = target.add_stream_from_template(stream, opaque=True)
        self.stream.metadata.clear()
        if "vorbis" in name:
            self.stream.codec_context.extradata = _without_comment(bytes(stream.codec_context.extradata or b""))
        self._filter = BitStreamFilterContext(_FILTERS[name], stream, self.stream) if name in _FILTERS else None

    def take(self, target: Any, packet: Any) -> None:
        """Copy one packet; those at the start that carry no decoding time wait for the first that does."""
        if self._mp3 and mpeg_frame_bytes(bytes(packet)[:4]) != packet.size:
            return  # not one frame exactly: a tag in the middle, or something hidden between frames
        stamps = packet.pts, packet.dts, packet.duration, self._time_base, packet.is_keyframe
        for piece in self._filter.filter(packet) if self._filter else [packet]:  # the filter empties its packet
            bare = av.Packet(bytes(piece))  # a new packet has no side data
            bare.pts, bare.dts, bare.duration, bare.time_base, bare.is_keyframe = stamps
            bare.stream = self.stream
            self._waiting.append(bare)
        if self._waiting and (self._waiting[-1].dts is not None or len(self._waiting) > _MAX_WAITING):
            self.release(target)

    def release(self, target: Any) -> None:
        """Mux what waits, counting decoding times back from the first known one."""
        waiting, self._waiting = self._waiting, []
        for number, packet in enumerate(waiting):
            if packet.dts is None:
                known = waiting[-1].dts if waiting[-1].dts is not None else waiting[0].pts or 0
                packet.dts = known - (len(waiting) - 1 - number) * max(1, packet.duration or 1)
            target.mux_one(packet)


def _without_comment(setup: bytes) -> bytes:
    """Return Vorbis setup (three laced headers) with its comment header emptied; as it is when not understood."""
    if not setup.startswith(b"\x02"):
        return setup
    sizes, at = [], 1
    for _ in range(2):
        size = 0
        while at < len(setup) and setup[at] == 255:
            size, at = size + 255, at + 1
        if at >= len(setup):
            raise ValueError("broken Vorbis setup")
        sizes.append(size + setup[at])
        at += 1
    first, rest = setup[at : at + sizes[0]], setup[at + sum(sizes) :]
    lacing = bytes([2]) + b"\xff" * (len(first) // 255) + bytes([len(first) % 255]) + bytes([len(_EMPTY_COMMENT)])
    return lacing + first + _EMPTY_COMMENT + rest
