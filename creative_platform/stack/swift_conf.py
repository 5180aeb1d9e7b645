"""The text of the object store's configuration files.

Each departure from Swift's defaults has its reason beside it: one copy on one machine, few cores, no log daemon, no
memcached, and clients that sign S3 requests and never speak Swift's own language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Values:
    """What differs from one store to another."""

    folder: Path
    host: str
    ports: Mapping[str, int]
    salt: str
    store_key: str
    access_key_id: str
    secret_access_key: str
    origins: tuple[str, ...]


def files(values: Values) -> dict[str, str]:
    """Return file name -> content, everything that belongs into `conf/` but the ring files."""
    parts = {f"{kind}.conf": _back_end(kind, values) for kind in ("account", "container", "object")}
    return parts | {"swift.conf": _common(values), "proxy.conf": _proxy(values), "rings.conf": _rings(values)}


def _common(values: Values) -> str:
    return f"""[swift-hash]
swift_hash_path_suffix = {values.salt}

[storage-policy:0]
name = one
default = yes
"""


def _default(kind: str, host: str, values: Values) -> str:
    # workers 0: one process a server, which the supervisor watches, no children of its own.
    # log_address: a place without a socket, so that nothing reaches the system's log; the hook writes our file.
    return f"""[DEFAULT]
bind_ip = {host}
bind_port = {values.ports[kind]}
swift_dir = {values.folder / "conf"}
devices = {values.folder / "devices"}
mount_check = false
workers = 0
log_level = WARNING
log_address = {values.folder / "conf/no-syslog"}
log_custom_handlers = __main__.log_to_file
store_key = {values.store_key}
"""


def _back_end(kind: str, values: Values) -> str:
    # Timeouts are for a busy small machine: a slow answer is waited for, since there is no second copy to turn to.
    # replication_server stays unset, so that the server takes the one copy's every verb.
    text = f"""{_default(kind, "127.0.0.1", values)}
[pipeline:main]
pipeline = door {kind}-server

[filter:door]
paste.filter_factory = __main__:door
key = {values.store_key}

[app:{kind}-server]
use = egg:swift#{kind}
log_requests = false
node_timeout = 30
conn_timeout = 5
"""
    if kind == "object":
        text += "\n[object-updater]\nnode_timeout = 30\nconn_timeout = 5\nconcurrency = 1\nobjects_per_second = 500\n"
    return text


def _proxy(values: Values) -> str:
    # error_suppression_*: after ten errors Swift leaves a server alone for a minute; with one copy that is an outage.
    # min_segment_size is S3's 5 MiB; 10 000 parts of it are 48 GiB.
    account, user = values.access_key_id.split(":")
    return f"""{_default("proxy", values.host, values)}
expose_info = false
max_clients = 2048

[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck front s3api tempauth bulk slo proxy-server

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = 60
recoverable_node_timeout = 30
conn_timeout = 5
error_suppression_interval = 1
error_suppression_limit = 1000000

[filter:catch_errors]
use = egg:swift#catch_errors

[filter:gatekeeper]
use = egg:swift#gatekeeper

[filter:healthcheck]
use = egg:swift#healthcheck

[filter:front]
paste.filter_factory = __main__:front
origins = {" ".join(values.origins)}

[filter:s3api]
use = egg:swift#s3api
location = us-east-1
min_segment_size = 5242880
max_upload_part_num = 10000
max_parts_listing = 10000

[filter:tempauth]
use = egg:swift#tempauth
allow_overrides = false
user_{account}_{user} = {values.secret_access_key} .admin

[filter:bulk]
use = egg:swift#bulk

[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
# Without it the parts of a deleted object wait for a daemon that does not run here, and stay on the disk for ever.
allow_async_delete = false
"""


def _rings(values: Values) -> str:
    ports = "".join(f"{kind} = {values.ports[kind]}\n" for kind in ("account", "container", "object"))
    return f"[rings]\n{ports}"
