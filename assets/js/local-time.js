// Says what a post's time is in the reader's own zone, when it differs.
//
//   <span data-local-time="2026-11-25T09:30:00+04:00" data-text="… {time} …" hidden></span>

export function start (root) {
  const lang = document.documentElement.lang
  for (const element of root.querySelectorAll('[data-local-time]')) {
    const text = element.dataset.localTime
    const instant = new Date(text)
    const offset = text.match(/([+-])(\d\d):(\d\d)$/)
    if (Number.isNaN(instant.getTime())) continue
    const there = offset ? (offset[1] === '-' ? -1 : 1) * (offset[2] * 60 + Number(offset[3])) : 0
    if (there === -instant.getTimezoneOffset()) continue
    const time = new Intl.DateTimeFormat(lang, { weekday: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(instant)
    element.textContent = element.dataset.text.replace('{time}', time)
    element.hidden = false
  }
}
