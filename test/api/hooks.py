"""Makes what schemathesis sends reach further than the first refusal: real
slots, solved challenges, codes out of the demonstration's mailbox."""
import base64
import functools
import hashlib
import itertools
import json
import os
import random
import re
import urllib.request

import schemathesis

ORIGIN = os.environ["CHANCERY_TEST_ORIGIN"]
POST, SERVICE = "london", "passport-renewal"
random.seed(29)
numbers = itertools.count(random.randrange(10**6))
# What earlier requests made: ids of holds and entries, links of bookings.
holds, entries, bookings, waiting = [], [], [], []


def get(path):
    with urllib.request.urlopen(ORIGIN + path, timeout=10) as answer:
        return answer.read().decode()


def proof(purpose):
    c = json.loads(get("/api/v1/challenge?for=" + purpose))
    for n in range(c["maxnumber"] + 1):
        if hashlib.sha256(f"{c['salt']}{n}".encode()).hexdigest() == c["challenge"]:
            break
    solved = {k: c[k] for k in ("algorithm", "challenge", "salt", "signature")} | {"number": n}
    return base64.b64encode(json.dumps(solved).encode()).decode()


def people(count=1):
    return [
        {"given_names": "Aysel", "surname": "Specimen", "date_of_birth": "1990-04-17", "nationality": "AZE", "document_number": f"T{next(numbers):08}"}
        for _ in range(count)
    ]


def slot():
    found = json.loads(get(f"/api/v1/slots?post={POST}&service={SERVICE}"))
    return random.choice(found)["id"] if found else "none"


def code(address):
    """The newest code that was mailed to address."""
    for mail in re.findall(r'href="(/demo/mail/[^"]+)"', get("/demo"))[:10]:
        page = get(mail)
        if address in page:
            found = re.search(r"\b\d{6}\b", re.sub(r"<[^>]*>", " ", page))
            if found:
                return found.group()
    return "000000"


@functools.cache
def draws():
    return sorted(set(re.findall(r'href="/draws/([a-z0-9-]+)"', get("/draws"))))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    # "default" documents every status; here each must be named.
    for path in raw_schema["paths"].values():
        for operation in path.values():
            operation["responses"].pop("default", None)


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Half of the well-formed requests are about things that exist."""
    if case.meta is None or not case.meta.generation.mode.is_positive or random.random() < 0.5:
        return
    case.headers.pop("Idempotency-Key", None)  # the few that it makes up belong to earlier requests
    operation = case.operation.definition.raw["operationId"]
    body = case.body if isinstance(case.body, dict) else {}
    if operation == "list-slots":
        case.query.update({"post": POST, "service": SERVICE})
        for name in ("from", "to"):
            case.query.pop(name, None)
    elif operation == "get-draw":
        case.path_parameters["id"] = random.choice(draws() or ["none"])
    elif operation in ("hold", "join-waiting-list"):
        joins = operation == "join-waiting-list"
        body.update({"service": SERVICE, "email": f"t{next(numbers)}@example.org", "applicants": people(), "proof": proof("waiting-list" if joins else "hold")})
        body.update({"post": POST} if joins else {"slot": slot()})
        for name in ("from", "to"):
            body.pop(name, None)
    elif operation in ("confirm-hold", "resend-code", "confirm-waiting", "resend-waiting-code"):
        made = holds if "hold" in operation or operation == "resend-code" else entries
        if made:
            case.path_parameters["id"], address = random.choice(made[-20:])
            if "confirm" in operation:
                body["code"] = code(address)
    elif "reference" in case.path_parameters:
        made = waiting if "waiting" in operation or "offer" in operation else bookings
        if made:
            case.path_parameters["reference"], case.query["token"] = random.choice(made[-20:])
            if operation == "move-booking":
                body["slot"] = slot()


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code != 201:
        return
    operation, answer = case.operation.definition.raw["operationId"], response.json()
    if operation in ("hold", "join-waiting-list"):
        (holds if operation == "hold" else entries).append((answer["id"], case.body["email"]))
    elif operation == "confirm-waiting":
        waiting.append((answer["reference"], answer["token"]))
    elif operation in ("confirm-hold", "accept-offer"):
        bookings.append((answer["reference"], answer["manage_url"].rpartition("token=")[2]))
