// The visible clock of a hold.
//
//   <div class="ch-clock" data-ends="MS" data-now="MS" data-running="… {time} …"
//        data-five="…" data-one="…" data-over="…">text without JavaScript</div>
//
// data-now is the server's clock when the page was made: what counts is the
// server's time, however the browser's clock is set.

export function start (root) {
  for (const element of root.querySelectorAll('[data-ends]')) run(element)
}

function run (element) {
  const { ends, now, running, five, one, over } = element.dataset
  const loaded = performance.now()
  const left = () => Math.max(0, Math.ceil((ends - now - (performance.now() - loaded)) / 1000))

  const shown = document.createElement('span')
  shown.className = 'ch-clock__text'
  shown.setAttribute('aria-hidden', 'true')
  const said = document.createElement('span')
  said.className = 'govuk-visually-hidden'
  said.setAttribute('aria-live', 'polite')
  const first = element.textContent.trim()
  element.replaceChildren(shown, said)
  said.textContent = first

  let previous = Infinity
  const tick = () => {
    const seconds = left()
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    shown.textContent = seconds > 0 ? running.replace('{time}', time) : over
    element.classList.toggle('ch-clock--soon', seconds <= 300 && seconds > 60)
    element.classList.toggle('ch-clock--last', seconds <= 60)
    if (previous > 300 && seconds <= 300 && seconds > 60) said.textContent = five
    if (previous > 60 && seconds <= 60 && seconds > 0) said.textContent = one
    if (seconds === 0) said.textContent = over
    previous = seconds
    if (seconds > 0) setTimeout(tick, 1000 - ((performance.now() - loaded) % 1000))
  }
  tick()
}
