#!/usr/bin/env python3
"""Runs a published Chancery draw again, independently of Chancery.

Usage: python3 drawcheck.py FILE.json

Needs nothing but Python 3.8 or later. It reads the file that the post
publishes for a ballot and computes everything in it anew: the commitment to
the seed, the Merkle root of the entry numbers, the digest of what was settled
at close, the order of the draw, who got which slot, and what was left over.

Prints the recomputed values as JSON. Exit code 0: everything follows.
1: something does not, said on standard error. 2: wrong usage. 3: the file
cannot be read.
"""
import hashlib
import hmac
import json
import sys
from datetime import datetime


def merkle(leaves):
    """RFC 9162, section 2.1.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + merkle(leaves[:split]) + merkle(leaves[split:])).digest()


def closing_digest(draw):
    lines = ["chancery-draw/1 closing", "draw " + draw["id"], "commitment " + draw["commitment"]]
    if draw.get("randomness") is not None:
        lines.append("randomness %s %s" % (draw["randomness"]["when"], draw["randomness"]["source"]))
    for entry in sorted(draw["entries"], key=lambda e: e["id"]):
        lines.append("entry %s %d %s" % (entry["id"], entry["party"], " ".join(entry["wants"])))
    for place in draw["places"]:
        lines.append("place %s %s %d" % (place["slot"], place["start"], place["places"]))
    return hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def run(draw):
    """Computes what the file must say."""
    seed = bytes.fromhex(draw.get("seed", ""))
    randomness = (draw.get("randomness") or {}).get("value", "").encode()
    numbers = sorted(entry["id"] for entry in draw["entries"])
    entries = {entry["id"]: entry for entry in draw["entries"]}
    places = sorted(draw["places"], key=lambda p: (instant(p["start"]), p["slot"]))

    def ticket(number):
        return hmac.new(seed + randomness, number.encode(), hashlib.sha256).digest(), number

    order = sorted(numbers, key=ticket)
    free = [place["places"] for place in places]

    def grants(place, want):
        return want in ("any", place["slot"], place["start"][:10])

    outcome = []
    for number in order:
        entry, got = entries[number], None
        for want in entry["wants"]:
            for i, place in enumerate(places):
                if grants(place, want) and free[i] >= entry["party"]:
                    got = i
                    break
            if got is not None:
                break
        if got is not None:
            free[got] -= entry["party"]
        outcome.append({"entry": number, "slot": None if got is None else places[got]["slot"]})
    return {
        "commitment": hashlib.sha256(seed).hexdigest(),
        "merkle_root": merkle([number.encode() for number in numbers]).hex(),
        "closing_digest": closing_digest(draw),
        "order": order,
        "outcome": outcome,
        "leftover": [{"slot": p["slot"], "places": n} for p, n in zip(places, free) if n > 0],
    }


def faults(draw, computed):
    """Names every statement of the file that does not follow."""
    found = [name for name, value in computed.items() if draw.get(name) != value]
    numbers = [entry["id"] for entry in draw["entries"]]
    if numbers != sorted(set(numbers)):
        found.append("entries")
    keys = [(instant(p["start"]), p["slot"]) for p in draw["places"]]
    if keys != sorted(keys) or len({p["slot"] for p in draw["places"]}) != len(keys):
        found.append("places")
    randomness = draw.get("randomness")
    if randomness is not None and not randomness.get("value"):
        found.append("randomness")
    if draw.get("stage") != "drawn" or not draw.get("seed"):
        found.append("stage")
    revealed = draw.get("revealed_at")
    times = [instant(draw["opens_at"]), instant(draw["closes_at"])]
    if (not revealed or times[0] >= times[1] or instant(revealed) < times[1]
            or randomness is not None
            and not times[1] <= instant(randomness["when"]) <= instant(revealed)):
        found.append("times")
    return found


def once(pairs):
    """A member that is there twice could be read in two ways."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a member is there twice")
    return made


def main(arguments):
    sys.setrecursionlimit(10000)
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            draw = json.load(file, object_pairs_hook=once)
        if draw["format"] != "chancery-draw/1":
            raise ValueError("the format is %r" % (draw["format"],))
        computed = run(draw)
        wrong = faults(draw, computed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print("%s cannot be read as a draw file: %s" % (arguments[0], error), file=sys.stderr)
        return 3
    json.dump(computed, sys.stdout)
    print()
    if wrong:
        print("does not follow: " + ", ".join(wrong), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
