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
import urllib.error
import urllib.request

import schemathesis

ORIGIN = os.environ["CHANCERY_TEST_ORIGIN"]
POST, SERVICE, APPLIED = "london", "passport-renewal", "visa-application"
random.seed(29)
numbers = itertools.count(random.randrange(10**6))
# What earlier requests made: ids of holds and entries, links of bookings.
holds, entries, bookings, waiting = [], [], [], []
# References and tokens of applications, and the files that they hold.
applications, files = [], []


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


# A page of the questionnaire with right answers, and others.
ANSWERS = [
    ("past", {"visited_before": False, "refused_before": True, "refusal_story": "Long ago."}),
    ("employment", {"occupation": "retired"}),
    ("employment", {"occupation": "pirate"}),
    ("children", {"children": [{"child_name": {"surname": "Specimen"}, "child_birth": "2012-02-01", "child_nationality": "AZE"}]}),
    ("travel_document", {"document": {"kind": "national", "number": "ZZ0000001", "issuer": "DEU", "nationality": "DEU", "expires": "2035-01-01"}}),
    ("papers", {"photo": "01a21214-7f4f-778f-8057-0e50f37e97d2"}),
]
@schemathesis.serializer("application/pdf")
def pdf(ctx, value):
    """Any bytes, and now and then such as begin like a PDF."""
    data = value if isinstance(value, bytes) else str(value).encode()
    return b"%PDF-1.7\n" + data if len(data) % 2 else data


# The smallest picture.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def apply():
    """A new application, its address proven."""
    number = next(numbers)
    email = f"t{number}@example.org"
    body = {"service": APPLIED, "post": POST, "email": email}
    made = send("/applications", body)
    if random.random() < 0.5:
        send(f"/applications/{made['reference']}/code", None, made["token"])
        made = send(f"/applications/{made['reference']}/confirm", {"code": code(email)}, made["token"]) or made
    applications.append((made["reference"], made["token"], email))


def send(path, body, token=""):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data else {}
    if token:
        headers["Authorization"] = "Bearer " + token
    request = urllib.request.Request(ORIGIN + "/api/v1" + path, data=data or b"", headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")
    except urllib.error.HTTPError as refused:
        assert refused.code < 500, refused.read()
        return None


def own(case, operation, body):
    """Makes the request one about an application that exists."""
    if not applications or len(applications) < 40 and random.random() < 0.3:
        apply()
    reference, token, email = random.choice(applications[-20:])
    case.path_parameters["reference"] = reference
    case.headers["Authorization"] = "Bearer " + token
    if operation == "put-page":
        case.path_parameters["page"], body["answers"] = random.choice(ANSWERS)
        body["version"] = random.randrange(3)
    elif operation == "attach-file":
        body.update({"question": random.choice(["document_scan", "photo", "other_papers"]), "content": PICTURE})
    elif operation == "detach-file" and files:
        case.path_parameters["file"] = random.choice(files)
    elif operation == "return-to-application":
        body["email"] = email
    elif operation == "confirm-application":
        body["code"] = code(email)


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
    if case.operation.definition.raw.get("security") and "Authorization" not in (case.headers or {}):
        (case.headers or {}).pop("Idempotency-Key", None)  # that it was used before would be told first
    if case.meta is None or not case.meta.generation.mode.is_positive or random.random() < 0.5:
        return
    case.headers.pop("Idempotency-Key", None)  # the few that it makes up belong to earlier requests
    operation = case.operation.definition.raw["operationId"]
    body = case.body if isinstance(case.body, dict) else {}
    if operation == "list-slots":
        case.query.update({"post": POST, "service": SERVICE})
        for name in ("from", "to"):
            case.query.pop(name, None)
    elif operation == "start-application":
        body.update({"service": APPLIED, "post": POST, "email": f"t{next(numbers)}@example.org"})
    elif "/applications/" in case.operation.path:
        own(case, operation, body)
    elif operation == "get-service":
        case.path_parameters["service"] = random.choice([SERVICE, APPLIED])
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
    if operation == "start-application":
        applications.append((answer["reference"], answer["token"], case.body["email"]))
    elif operation == "attach-file":
        files.append(answer["file"]["id"])
    elif operation in ("hold", "join-waiting-list"):
        (holds if operation == "hold" else entries).append((answer["id"], case.body["email"]))
    elif operation == "confirm-waiting":
        waiting.append((answer["reference"], answer["token"]))
    elif operation in ("confirm-hold", "accept-offer"):
        bookings.append((answer["reference"], answer["manage_url"].rpartition("token=")[2]))
