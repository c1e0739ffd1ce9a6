// Reads an iCalendar file with ical.js and prints what it says, for
// internal/document's tests to compare. Zones come from the file itself, so
// that its VTIMEZONE is what is tested.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [, , folder, file] = process.argv;
const entry = createRequire(join(folder, "package.json")).resolve("ical.js");
const loaded = await import(entry);
const ICAL = loaded.default ?? loaded;

const calendar = new ICAL.Component(ICAL.parse(readFileSync(file, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
const component = calendar.getFirstSubcomponent("vevent");
const event = new ICAL.Event(component);
const alarm = component.getFirstSubcomponent("valarm");
const text = (name) => component.getFirstPropertyValue(name) ?? "";
const instant = (time) => time.toJSDate().toISOString().replace(".000Z", "Z");

console.log(JSON.stringify({
  method: calendar.getFirstPropertyValue("method"),
  uid: event.uid,
  sequence: event.sequence,
  status: text("status"),
  summary: event.summary,
  description: text("description"),
  location: text("location"),
  url: text("url"),
  organizer: text("organizer"),
  cn: component.getFirstProperty("organizer")?.getParameter("cn") ?? "",
  geo: component.getFirstPropertyValue("geo"),
  tzid: component.getFirstProperty("dtstart").getParameter("tzid") ?? "",
  start: instant(event.startDate),
  end: instant(event.endDate),
  alarm: alarm ? alarm.getFirstPropertyValue("trigger").toSeconds() : 0,
}));
