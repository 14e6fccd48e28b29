"""Drives the stand-in for Stripe with Stripe's own client.

Usage: stripe_sdk.py ADDRESS. Prints a line for each thing that held, and ends with an error otherwise.
"""

import sys
import time
import urllib.request

import stripe

ADDRESS = sys.argv[1]
client = stripe.StripeClient("sk_test_1", base_addresses={"api": ADDRESS}, max_network_retries=0)
sessions, refunds = client.v1.checkout.sessions, client.v1.refunds


def form(amount=1490):
    return {
        "mode": "payment",
        "success_url": f"{ADDRESS}/pay/none",
        "cancel_url": f"{ADDRESS}/pay/none",
        "client_reference_id": "payment-1",
        "metadata": {"payment_id": "payment-1"},
        "payment_intent_data": {"metadata": {"payment_id": "payment-1"}},
        "payment_method_types": ["card"],
        "line_items": [
            {"quantity": 1, "price_data": {"currency": "brl", "unit_amount": amount, "product_data": {"name": "A & B"}}}
        ],
    }


def refused(kind, call, code=None):
    try:
        call()
    except kind as error:
        assert code is None or error.code == code, f"{error.code} and not {code}"
        return
    raise AssertionError(f"{kind.__name__} was not raised")


made = sessions.create(form(), {"idempotency_key": "key-1"})
assert (made.status, made.payment_status, made.amount_total) == ("open", "unpaid", 1490)
refused(stripe.InvalidRequestError, lambda: sessions.create(form(1)), "amount_too_small")
print("session: is created, and too small an amount is refused")

again = sessions.create(form(), {"idempotency_key": "key-1"})
assert again.id == made.id
refused(stripe.IdempotencyError, lambda: sessions.create(form(990), {"idempotency_key": "key-1"}))
print("idempotency: one key is one session, and refuses another request")

pressed = urllib.request.urlopen(made.url, data=b"button=approve", timeout=20)
assert pressed.status == 200
paid = sessions.retrieve(made.id, {"expand": ["payment_intent"]})
assert (paid.status, paid.payment_status, paid.payment_intent.status) == ("complete", "paid", "succeeded")
assert paid.payment_intent.metadata["payment_id"] == "payment-1"
print("paid: the session, and its payment when it is asked for")

intent = paid.payment_intent.id
for amount in (500, 990):
    refund = refunds.create({"payment_intent": intent, "amount": amount, "metadata": {"refund_id": str(amount)}})
    assert refund.status == "succeeded"
more = {"payment_intent": intent, "amount": 1}
refused(stripe.InvalidRequestError, lambda: refunds.create(more), "charge_already_refunded")
listed = [refund.metadata["refund_id"] for refund in refunds.list({"payment_intent": intent, "limit": 1}).auto_paging_iter()]
assert listed == ["990", "500"], listed
print("refunds: in parts, up to the payment, and listed page by page")

lines = list(client.v1.balance_transactions.list({"expand": ["data.source"], "limit": 2}).auto_paging_iter())
assert [(line.type, line.amount) for line in lines] == [("refund", -990), ("refund", -500), ("charge", 1490)]
assert lines[2].source.object == "charge" and lines[2].net == 1490 - lines[2].fee
print("balance: every movement with its source")

unpaid = sessions.create(form())
assert sessions.expire(unpaid.id).status == "expired"
refused(stripe.InvalidRequestError, lambda: sessions.expire(unpaid.id))
print("expired: once, and then it is not open any more")

body = '{"id": "evt_1", "object": "event", "type": "ping", "data": {"object": {}}}'
header = stripe.WebhookSignature.generate_signature_header(body, "whsec_1", int(time.time()))
assert stripe.Webhook.construct_event(body, header, "whsec_1").id == "evt_1"
print("signature: as the client makes and checks it")
