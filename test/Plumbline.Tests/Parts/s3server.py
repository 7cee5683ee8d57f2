"""OpenStack Swift with its S3 interface in one process, for tests: s3server.py FOLDER PORT. One user, test:tester with the secret testing."""
import os
import sys

import eventlet
eventlet.monkey_patch()

from eventlet import wsgi
from swift.common.ring import RingBuilder
from swift.common.storage_policy import reload_storage_policies
from swift.common.utils import NullLogger, set_swift_dir
from swift.common.wsgi import loadapp

PIPELINE = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
log_level = ERROR
[pipeline:main]
pipeline = {pipeline}
[app:account]
use = egg:swift#account
[app:container]
use = egg:swift#container
allow_versions = true
[app:object]
use = egg:swift#object
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


class Cache:
    """What memcached would do; nothing expires in a test's time."""

    def __init__(self):
        self.values = {}

    def get(self, key, **_):
        return self.values.get(key)

    def set(self, key, value, **_):
        self.values[key] = value

    def delete(self, key, **_):
        self.values.pop(key, None)

    def incr(self, key, delta=1, **_):
        self.values[key] = self.values.get(key, 0) + delta
        return self.values[key]


def with_cache(app, cache):
    return lambda env, start: app(dict(env, **{"swift.cache": cache}), start)


def main(folder, port):
    os.makedirs(f"{folder}/devices/d1", exist_ok=True)
    with open(f"{folder}/swift.conf", "w") as file:
        file.write("[swift-hash]\nswift_hash_path_suffix = test\n")
    sockets = {name: eventlet.listen(("127.0.0.1", 0)) for name in ("account", "container", "object")}
    for name, socket in sockets.items():
        ring = RingBuilder(2, 1, 0)
        ring.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1.0, "ip": "127.0.0.1", "port": socket.getsockname()[1], "device": "d1", "meta": ""})
        ring.rebalance()
        ring.get_ring().save(f"{folder}/{name}.ring.gz")
    set_swift_dir(folder)
    reload_storage_policies()
    pipelines = dict(sockets, proxy=eventlet.listen(("127.0.0.1", port)))
    for name, socket in pipelines.items():
        path = f"{folder}/{name}.conf"
        with open(path, "w") as file:
            file.write(PIPELINE.format(folder=folder, pipeline=name if name != "proxy" else "gatekeeper listing_formats s3api tempauth bulk slo dlo proxy-server"))
        eventlet.spawn(wsgi.server, socket, with_cache(loadapp(path), Cache()), NullLogger(), debug=False)
    print(f"ready on {pipelines['proxy'].getsockname()[1]}", flush=True)
    eventlet.event.Event().wait()


main(sys.argv[1], int(sys.argv[2]))
