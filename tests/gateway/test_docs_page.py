"""The page at /api/docs in a real browser without the internet; and the files that it loads.

Set LAKEGATE_SCREENSHOTS to a folder to keep what it looks like.
"""

import http.client
import os
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from gateway.openapi.operations import OPERATIONS
from tests import flights
from tests.browser import Tab, browser
from tests.client import Client, columns_of
from tests.gateway_process import Gateway, running_gateway

PREFIX = "/deep/inside"
READ = "#operations-Records-read_records"
DELAYED = {"carrier": "HA", "flight": 51, "time_hour": "2013-01-09T14:00:00+00:00", "origin": "JFK",
           "dep_delay": 1301}  # fmt: skip


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The demo with one flight in it."""
    folder = tmp_path_factory.mktemp("docs")
    told = {
        "GATEWAY_BACKEND": "sqlite",
        "GATEWAY_SQLITE_DIR": str(folder / "catalogs"),
        "GATEWAY_CATALOG": "demo",
        "GATEWAY_SCHEMA": "main",
    }
    with running_gateway(told, folder / "gateway.log") as running:
        created = {"schema_definition": columns_of(flights.COLUMNS), "primary_key": list(flights.KEY)}
        answer = Client(running).write("flights", [DELAYED], auto_create=True, **created)
        assert answer.status == 201, answer
        yield running


@pytest.fixture(scope="module")
def proxy(gateway: Gateway) -> Iterator[str]:
    """Where a proxy shows the gateway below a prefix, as some put all their applications."""

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.pass_on()

        def do_POST(self) -> None:
            self.pass_on()

        def pass_on(self) -> None:
            if not self.path.startswith(f"{PREFIX}/"):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sent = {**self.headers, "Connection": "close"}
            with closing(http.client.HTTPConnection(*gateway.address, timeout=30)) as connection:
                connection.request(self.command, self.path.removeprefix(PREFIX), body, sent)
                answer = connection.getresponse()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.read())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
        server.shutdown()


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    with browser(tmp_path) as found:
        yield found


def opened(tab: Tab, url: str) -> Tab:
    """The page, when it shows its operations."""
    tab.open(f"{url}/api/docs")
    tab.wait_for("document.querySelectorAll('.opblock').length")
    return tab


def keep(tab: Tab, name: str) -> None:
    if folder := os.environ.get("LAKEGATE_SCREENSHOTS"):
        tab.screenshot(Path(folder, f"{name}.png"))


def assert_well(tab: Tab, url: str) -> None:
    """Nothing was asked of another host, and the console is empty."""
    asked = [address for address in tab.requested() if not address.startswith("data:")]
    assert asked and [address for address in asked if not address.startswith(f"{url}/api/")] == []
    assert tab.complaints() == []


def test_the_page_shows_every_operation(gateway: Gateway, tab: Tab) -> None:
    opened(tab, gateway.url)
    shown = [
        tab.evaluate(f"[...document.querySelectorAll('.opblock {part}')].map(part => part.{what})")
        for part, what in ((".opblock-summary-method", "innerText"), ("[data-path]", "dataset.path"))
    ]
    keep(tab, "operations")
    assert [f"{method} {path}" for method, path in zip(*shown, strict=True)] == list(OPERATIONS)
    assert_well(tab, gateway.url)


def executed(tab: Tab) -> None:
    """Open the operation that reads and have the page send its first example."""
    tab.evaluate(f"document.querySelector('{READ} .opblock-summary-control').click()")
    tab.wait_for(f"document.querySelector('{READ} .execute')")
    tab.wait_for(f"document.querySelector('{READ} textarea')?.value")  # the example comes a little later
    keep(tab, "operation")
    tab.evaluate(f"document.querySelector('{READ} .execute').click()")
    tab.wait_for(f"document.querySelector('{READ} .live-responses-table .response-col_status')")
    tab.evaluate(f"document.querySelector('{READ} .responses-wrapper').scrollIntoView()")


def status_and_answer(tab: Tab) -> tuple[str, str]:
    table = f"document.querySelector('{READ} .live-responses-table')"
    status = tab.evaluate(f"{table}.querySelector('tbody .response-col_status').innerText")
    return status, tab.evaluate(f"{table}.querySelector('tbody .highlight-code').innerText")


def test_an_example_can_be_tried(gateway: Gateway, tab: Tab) -> None:
    executed(opened(tab, gateway.url))
    keep(tab, "answer")
    status, answer = status_and_answer(tab)
    assert status.strip() == "200" and '"dep_delay": 1301' in answer
    assert_well(tab, gateway.url)


def test_the_page_works_below_a_prefix(proxy: str, tab: Tab) -> None:
    executed(opened(tab, proxy))
    status, answer = status_and_answer(tab)
    assert status.strip() == "200" and '"dep_delay": 1301' in answer
    assert_well(tab, proxy)


def test_requests_to_other_hosts_are_forbidden_by_the_page_itself(gateway: Gateway, tab: Tab) -> None:
    opened(tab, gateway.url)
    fetch = "fetch('http://example.com/').then(() => 'sent', () => 'not sent')"
    assert tab.evaluate(fetch) == "not sent"
    assert any("Content Security Policy" in complaint["text"] for complaint in tab.complaints())


def test_a_schema_can_be_opened_to_its_depths(gateway: Gateway, tab: Tab) -> None:
    opened(tab, gateway.url)
    tab.evaluate("document.querySelector('section.models button').click()")
    all_models = "[...document.querySelectorAll('section.models article')]"
    model = f"{all_models}.find(article => article.innerText.startsWith('UpdateRecords'))"
    tab.wait_for(f"{model}?.querySelector('.json-schema-2020-12-expand-deep-button')")
    tab.evaluate(f"{model}.querySelector('.json-schema-2020-12-expand-deep-button').click()")
    tab.wait_for(f"{model}.innerText.includes('At most 16 deep')")
    tab.evaluate(f"{model}.scrollIntoView()")
    keep(tab, "schema")
    assert_well(tab, gateway.url)


def test_files_of_a_release_are_kept_by_browsers(gateway: Gateway) -> None:
    answer = requests.get(f"{gateway.url}/api/docs/swagger-ui-bundle.js", timeout=30)
    assert answer.status_code == 200 and "max-age=31536000" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("name", ["page.js", "page.css"])
def test_our_own_files_are_asked_for_again(gateway: Gateway, name: str) -> None:
    answer = requests.get(f"{gateway.url}/api/docs/{name}", timeout=30)
    again = requests.get(answer.url, headers={"If-None-Match": answer.headers["ETag"]}, timeout=30)
    assert (answer.status_code, answer.headers["Cache-Control"], again.status_code) == (200, "no-cache", 304)


@pytest.mark.parametrize(
    "name",
    ["index.html", "swagger-ui.js", "VERSION", "..%2Fdocs.py", "%2e%2e/docs.py", "__init__.py", "page.js/x"],
)
def test_no_other_file_is_served(gateway: Gateway, name: str) -> None:
    assert requests.get(f"{gateway.url}/api/docs/{name}", timeout=30).status_code == 404


def test_a_slash_too_many_leads_to_the_page(gateway: Gateway) -> None:
    answer = requests.get(f"{gateway.url}/api/docs/", timeout=30)
    assert (answer.status_code, answer.url) == (200, f"{gateway.url}/api/docs")
