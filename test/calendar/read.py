"""Reads an iCalendar file with Python's icalendar and prints what it says, for
internal/document's tests to compare."""
import json
import sys
from datetime import timezone

import icalendar

with open(sys.argv[1], "rb") as f:
    calendar = icalendar.Calendar.from_ical(f.read())
event = calendar.walk("VEVENT")[0]
alarms = event.walk("VALARM")


def text(name):
    return str(event[name]) if name in event else ""


def instant(name):
    return event.decoded(name).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


print(json.dumps({
    "method": str(calendar["METHOD"]),
    "uid": text("UID"),
    "sequence": int(event["SEQUENCE"]),
    "status": text("STATUS"),
    "summary": text("SUMMARY"),
    "description": text("DESCRIPTION"),
    "location": text("LOCATION"),
    "url": text("URL"),
    "organizer": text("ORGANIZER"),
    "cn": event["ORGANIZER"].params.get("CN", "") if "ORGANIZER" in event else "",
    "geo": [event["GEO"].latitude, event["GEO"].longitude] if "GEO" in event else None,
    "tzid": event["DTSTART"].params.get("TZID", ""),
    "start": instant("DTSTART"),
    "end": instant("DTEND"),
    "alarm": int(alarms[0].decoded("TRIGGER").total_seconds()) if alarms else 0,
}))
