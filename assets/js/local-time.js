// Says what a post's time is in the reader's own zone, when it differs.
//
//   <span data-local-time="2026-11-25T09:30:00+04:00" data-text="… {time} …" hidden></span>
//
// With data-brief it is the time only, and the day where that differs too.
// Browsers do not know every language: data-weekdays on the element or around
// it names the days, from Sunday on, joined by "|".

export function start (root) {
  const lang = document.documentElement.lang
  for (const element of root.querySelectorAll('[data-local-time]')) {
    const text = element.dataset.localTime
    const instant = new Date(text)
    const offset = text.match(/([+-])(\d\d):(\d\d)$/)
    if (Number.isNaN(instant.getTime())) continue
    const there = offset ? (offset[1] === '-' ? -1 : 1) * (offset[2] * 60 + Number(offset[3])) : 0
    if (there === -instant.getTimezoneOffset()) continue
    const pad = n => String(n).padStart(2, '0')
    const here = `${instant.getFullYear()}-${pad(instant.getMonth() + 1)}-${pad(instant.getDate())}`
    const time = new Intl.DateTimeFormat(lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(instant)
    const names = element.closest('[data-weekdays]')?.dataset.weekdays.split('|')
    const weekday = 'brief' in element.dataset && text.startsWith(here) ? '' : (names?.[instant.getDay()] ?? new Intl.DateTimeFormat(lang, { weekday: 'long' }).format(instant)) + ' '
    element.textContent = element.dataset.text.replace('{time}', weekday + time)
    element.hidden = false
  }
}
