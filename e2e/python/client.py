"""Drives a store's services with a client that is not ours: grpcio, with stubs made from the contracts.

Usage: client.py PROTO_FOLDER DATA_FOLDER. Prints a line for each thing that held, and ends with an error otherwise.
"""

import pathlib
import sys
import tempfile

import grpc
import grpc_tools
from google.protobuf import any_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_tools import protoc

PATIENCE_SECONDS = 20
CATALOGUE = "dvs.catalogue.v1.CatalogueService"
ORDERS = "dvs.rent.v1.OrderService"
# A process that can open the data folder's sockets may act as the store itself.
AS_STORE = (("x-dvs-authority", "service"),)


def stubs(protos: pathlib.Path):
    """Generates the stubs into a folder of their own, and imports them."""
    folder = tempfile.mkdtemp(prefix="dvs-stubs-")
    included = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    files = [str(path.relative_to(protos)) for path in protos.rglob("*.proto")]
    options = [f"-I{protos}", f"-I{included}", f"--python_out={folder}", f"--grpc_python_out={folder}"]
    assert protoc.main(["protoc", *options, *files]) == 0, "the contracts do not compile"
    sys.path.insert(0, folder)
    # The package googleapis would hide the annotations that the contracts contain.
    import google

    google.__path__.append(f"{folder}/google")
    from dvs.catalogue.v1 import catalogue_service_pb2 as catalogue, catalogue_service_pb2_grpc as catalogue_grpc

    return catalogue, catalogue_grpc


def discover(channel, service):
    listed = ProtoReflectionDescriptorDatabase(channel).get_services()
    assert service in listed, listed
    print(f"reflection: {service} among {len(listed)}")
    health = health_pb2_grpc.HealthStub(channel)
    answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=PATIENCE_SECONDS)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING, answer
    print(f"health: {service} is serving")


def error_info(error):
    """The google.rpc.ErrorInfo in an error's details: its reason and its domain."""
    details = dict(error.trailing_metadata())["grpc-status-details-bin"]
    # google.rpc.Status: code 1, message 2, details 3; ErrorInfo: reason 1, domain 2.
    for field, value in fields(details):
        if field == 3:
            packed = any_pb2.Any.FromString(value)
            if packed.type_url.endswith("google.rpc.ErrorInfo"):
                info = dict(fields(packed.value)[:2])
                return info[1].decode(), info[2].decode()
    raise AssertionError("there is no ErrorInfo")


def fields(message: bytes):
    """The fields of a message as (number, value), read off the wire by hand."""
    found, at = [], 0

    def varint():
        nonlocal at
        number = shift = 0
        while True:
            byte = message[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(message):
        key = varint()
        value = varint()
        if key & 7 == 2:
            at += value
            value = message[at - value : at]
        found.append((key >> 3, value))
    return found


def main():
    protos, data = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    catalogue, catalogue_grpc = stubs(protos)
    # By default grpcio sends a socket's path as the host name, which is not a valid one.
    named = [("grpc.default_authority", "localhost")]
    titles_channel = grpc.insecure_channel(f"unix:{data}/catalogue.sock", options=named)
    rent_channel = grpc.insecure_channel(f"unix:{data}/rent.sock", options=named)
    discover(titles_channel, CATALOGUE)
    discover(rent_channel, ORDERS)
    titles = catalogue_grpc.CatalogueServiceStub(titles_channel)

    found = titles.SearchTitles(catalogue.SearchTitlesRequest(query="nosferatu"), timeout=PATIENCE_SECONDS)
    nosferatu = found.titles[0]
    assert nosferatu.name == "Nosferatu", nosferatu
    print(f"unary: SearchTitles found {nosferatu.name} ({nosferatu.year})")

    export = titles.ExportTitles(catalogue.ExportTitlesRequest(batch_size=10), metadata=AS_STORE)
    batches = [list(batch.titles) for batch in export]
    count = sum(map(len, batches))
    assert count == 72 and len(batches) == 8, (count, len(batches))
    print(f"server streaming: ExportTitles gave {count} titles in {len(batches)} batches")

    def rows():
        for number, title in enumerate(batches[0], start=1):
            yield catalogue.ImportTitlesRequest(rows=[catalogue.ImportRow(row=number, title=title)])

    summary = titles.ImportTitles(rows(), metadata=AS_STORE, timeout=PATIENCE_SECONDS)
    assert (summary.created, summary.unchanged) == (0, 10), summary
    print(f"client streaming: ImportTitles found {summary.unchanged} unchanged")

    play(rent_channel, nosferatu)

    try:
        titles.GetTitle(catalogue.GetTitleRequest(title_id="unknown"), timeout=PATIENCE_SECONDS)
        raise AssertionError("an unknown title was found")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND, error
        reason, domain = error_info(error)
        assert (reason, domain) == ("TITLE_NOT_FOUND", "dvs"), (reason, domain)
        print(f"error model: {error.code().name}, ErrorInfo {reason} of {domain}")


def play(channel, title):
    """Signs up, rents the title, and holds the conversation of a player about it."""
    from dvs.rent.v1 import account_service_pb2 as account, account_service_pb2_grpc as account_grpc
    from dvs.rent.v1 import order_pb2, payment_pb2, order_service_pb2 as order, order_service_pb2_grpc as order_grpc
    from dvs.rent.v1 import playback_service_pb2 as playback, playback_service_pb2_grpc as playback_grpc

    accounts = account_grpc.AccountServiceStub(channel)
    customer = account.CreateCustomerRequest(email="foreign@example.com", password="violet harbour umbrella", name="Ana")
    session = accounts.CreateCustomer(customer, timeout=PATIENCE_SECONDS)
    identity = accounts.Authenticate(account.AuthenticateRequest(token=session.token), timeout=PATIENCE_SECONDS)
    as_customer = (("x-dvs-identity", identity.signed),)
    offer = title.offers[0]
    placed = order_grpc.OrderServiceStub(channel).PlaceOrder(
        order.PlaceOrderRequest(
            idempotency_key="foreign-1",
            items=[order.OrderItem(offer_id=offer.offer_id, price=offer.price)],
            payment=order.Payment(method=payment_pb2.PAYMENT_METHOD_CARD, token="tok_visa"),
        ),
        metadata=as_customer,
        timeout=PATIENCE_SECONDS,
    )
    assert placed.state == order_pb2.ORDER_STATE_FULFILLED, placed
    entitlement = placed.entitlements[0].entitlement_id
    words = iter(
        [
            playback.PlayRequest(open=playback.PlayRequest.Open(entitlement_id=entitlement, confirm_start=True)),
            playback.PlayRequest(seek=playback.PlayRequest.Position(seconds=60)),
            playback.PlayRequest(stop=playback.PlayRequest.Position(seconds=61)),
        ]
    )
    events = playback_grpc.PlaybackServiceStub(channel).Play(words, metadata=as_customer, timeout=PATIENCE_SECONDS)
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds == ["granted", "renewed", "ended"], kinds
    print(f"bidirectional: Play said {', '.join(kinds)}")


main()
