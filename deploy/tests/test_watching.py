"""Monitoring: a request's trace through the services, and the metrics that the dashboard shows."""

import http.server
import json
import re
import threading
import urllib.error
import urllib.request

import pytest

from cluster import ROOT
from store import Customer, free_port, processes

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector(http.server.ThreadingHTTPServer):
    """Receives spans, as an OpenTelemetry collector does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.path == "/v1/traces"
            self.server.taken.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.taken = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def spans(self):
        """Every span, with the name of the service that sent it."""
        found = []
        for batch in self.taken:
            for resource in batch["resourceSpans"]:
                attributes = {entry["key"]: entry["value"] for entry in resource["resource"]["attributes"]}
                for scope in resource["scopeSpans"]:
                    found += [{**span, "service": attributes["service.name"]["stringValue"]} for span in scope["spans"]]
        return found


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector
        collector.shutdown()


@pytest.mark.parametrize("transport", ["grpc", "rest"])
def test_one_order_is_one_trace_over_the_gateway_rent_and_the_catalogue(tmp_path, collector, transport):
    with processes(tmp_path, "--transport", transport, "--traces-to", collector.url) as urls:
        customer = Customer(urls["gateway"], "ana")
        customer.headers["traceparent"] = f"00-{TRACE}-1122334455667788-01"
        customer.rent("one")
    order = [span for span in collector.spans() if span["traceId"] == TRACE]
    (first,) = [span for span in order if span["name"] == "POST /api/v1/orders"]
    assert first["service"] == "gateway" and first["parentSpanId"] == "1122334455667788"
    by_id = {span["spanId"]: span for span in order}

    def way(span):
        parent = by_id.get(span["parentSpanId"])
        return [*(way(parent) if parent else []), (span["service"], span["name"].rsplit("/", 1)[-1])]

    ways = [way(span) for span in order]
    assert [("gateway", "orders"), ("rent", "PlaceOrder"), ("catalogue", "GetOffer")] in ways, ways


def test_a_request_without_a_trace_begins_one_and_probes_begin_none(tmp_path, collector):
    with processes(tmp_path, "--traces-to", collector.url) as urls:
        for path in ("/readyz", "/healthz", "/api/v1/titles?page_size=1"):
            urllib.request.urlopen(urls["gateway"] + path, timeout=10).close()
    spans = collector.spans()
    assert {span["name"] for span in spans} == {"GET /api/v1/titles", "/dvs.catalogue.v1.CatalogueService/SearchTitles"}
    assert len({span["traceId"] for span in spans}) == 1


def test_none_of_the_requests_are_traced_where_the_share_is_zero(tmp_path, collector):
    with processes(tmp_path, "--traces-to", collector.url, "--traces-share", "0") as urls:
        urllib.request.urlopen(urls["gateway"] + "/api/v1/titles", timeout=10).close()
    assert collector.spans() == []


def test_the_store_works_without_its_collector(tmp_path):
    with processes(tmp_path, "--traces-to", "http://127.0.0.1:9") as urls:
        assert Customer(urls["gateway"], "ana").rent("one")


def test_the_dashboard_shows_only_metrics_that_exist(tmp_path):
    dashboard = json.loads((ROOT / "deploy/grafana/store.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    named = {name for expression in expressions for name in re.findall(r"\bdvs_\w+", expression)}
    assert len(named) >= 3
    ports = {role: free_port() for role in ("catalogue", "rent", "gateway")}
    with processes(tmp_path, metrics=ports) as urls:
        Customer(urls["gateway"], "ana").rent("one")
        there = set()
        for port in ports.values():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as metrics:
                there |= set(re.findall(r"^(dvs_\w+)", metrics.read().decode(), re.MULTILINE))
        for url in urls.values():
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(url + "/metrics", timeout=10)
    assert named <= there, named - there
