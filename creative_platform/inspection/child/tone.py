"""Pictures of a high dynamic range (PQ, HLG), as phones take them, brought down to what every screen shows.

Light is counted from the code, what is brighter than paper is bent below white, and the colours are named anew. Only
filters that are tables: no picture costs more than its conversion.
"""

from fractions import Fraction
from typing import Any

from av.filter import Graph

_PAPER_NITS = 203  # what a picture of a high range calls white paper (ITU-R BT.2408)
_PQ, _HLG = 16, 18  # as ITU-T H.273 numbers them
_CODE, _PQ_CODE = "val/maxval", "pow(val/maxval,0.01268331)"
_LIGHT = {
    _PQ: f"pow(max({_PQ_CODE}-0.8359375,0)/(18.8515625-18.6875*{_PQ_CODE}),6.27739463)*10000/{_PAPER_NITS}",
    _HLG: f"pow(if(lte({_CODE},0.5),pow({_CODE},2)/3,(exp(({_CODE}-0.55991073)/0.17883277)+0.28466892)/12),1.2)"
    f"*1000/{_PAPER_NITS}",
}
_BEND = "if(lte(ld(0),0.6),ld(0),0.6+0.4*(1-exp((0.6-ld(0))/0.4)))"
# From the primaries of BT.2020 to those of BT.709.
_NAMED_ANEW = {
    **{"rr": "1.6605", "rg": "-0.5876", "rb": "-0.0728"},
    **{"gr": "-0.1246", "gg": "1.1329", "gb": "-0.0083"},
    **{"br": "-0.0182", "bg": "-0.1006", "bb": "1.1187"},
}


def is_high(frame: Any) -> bool:
    """Say whether a decoded frame needs to be brought down."""
    return frame.color_trc in _LIGHT


def steps(graph: Graph, frame: Any, size: str) -> list[Any]:
    """Return filters that scale such frames to a size and bring them down, to RGB."""
    table = f"st(0,{_LIGHT[frame.color_trc]});maxval*pow({_BEND},1/2.2)"
    return [
        graph.add("scale", f"{size}:in_color_matrix=bt2020"),
        graph.add("format", "gbrp16le"),
        graph.add("lutrgb", r=table, g=table, b=table),
        graph.add("colorchannelmixer", **_NAMED_ANEW),
    ]


def brought_down(frame: Any, width: int, height: int) -> Any:
    """Return such a frame as RGB of that size."""
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000))
    ends = (graph.add("format", "rgb24"), graph.add("buffersink"))
    graph.link_nodes(source, *steps(graph, frame, f"{width}:{height}"), *ends).configure()
    graph.push(frame)
    return graph.pull()
