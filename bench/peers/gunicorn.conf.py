"""How gunicorn serves the peers: as many workers and threads as the gateway has, and the access log on."""

import os

workers = int(os.environ.get("GATEWAY_WORKERS") or 2)
threads = int(os.environ.get("GATEWAY_THREADS") or 8)
reuse_port = True
keepalive = 75
accesslog = {"off": None}.get(os.environ.get("GATEWAY_ACCESS_LOG", "on"), "-")
worker_tmp_dir = "/dev/shm"
control_socket_disable = True
