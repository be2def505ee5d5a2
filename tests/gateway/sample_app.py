"""A WSGI application as small as can be, for what gunicorn.conf.py does whatever it serves."""

import json
import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Tell, after `?seconds=`, which process answers and what it takes the request for."""
    query = parse_qs(environ["QUERY_STRING"])
    time.sleep(float(query.get("seconds", ["0"])[0]))
    email = environ.get("HTTP_X_FORWARDED_EMAIL")
    if email:
        environ["lakegate.caller"] = email
    told = {"pid": os.getpid(), "scheme": environ["wsgi.url_scheme"], "email": email}
    body = json.dumps(told).encode()
    start_response("200 OK", [("Content-Length", str(len(body))), ("X-Request-Id", "r-1")])
    return [body]
