// Keeps a part of a page fresh. Each server-sent event "change" makes the page
// fetch itself and take over the part with the same id; without events it asks
// every half minute.
//
//   <div id="queue" data-stream="/board/baku/events">
//     … <span data-chime="17">A 17</span> …       a new value plays the chime
//   </div>
//   <button data-sound aria-pressed="false" hidden>Sound</button>
//   <p data-stream-lost hidden>Connection lost …</p>

const every = 30_000

export function start (root) {
  const part = root.querySelector('[data-stream]')
  if (!part) return
  const sound = chime(root.querySelector('[data-sound]'))
  const lost = root.querySelector('[data-stream-lost]')
  let busy = false
  let again = false

  const refresh = async () => {
    if (busy) { again = true; return }
    busy = true
    try {
      const response = await fetch(location.href, { headers: { Accept: 'text/html', 'X-Refresh': 'page' } })
      if (!response.ok) throw new Error(response.status)
      const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').getElementById(part.id)
      if (!fresh) throw new Error('another page') // such as the one to sign in
      if (fresh.innerHTML !== part.innerHTML && !typing(part)) {
        const before = called(part)
        part.replaceChildren(...fresh.childNodes)
        if ([...called(part)].some(value => !before.has(value))) sound()
      }
      if (lost) lost.hidden = true
    } catch {
      if (lost) lost.hidden = false
    }
    busy = false
    if (again) { again = false; refresh() }
  }

  const source = new EventSource(part.dataset.stream)
  source.addEventListener('change', refresh)
  source.addEventListener('open', refresh)
  source.addEventListener('error', () => { if (lost) lost.hidden = false })
  setInterval(refresh, every)
}

const called = part => new Set([...part.querySelectorAll('[data-chime]')].map(element => element.dataset.chime))

// Nobody's half-typed answer is taken away.
const typing = part => part.contains(document.activeElement) && document.activeElement.matches('input:not([type=hidden]), textarea, select')

function chime (button) {
  let context = null
  if (button) {
    button.hidden = false
    button.addEventListener('click', () => {
      const on = button.getAttribute('aria-pressed') !== 'true'
      button.setAttribute('aria-pressed', on)
      context = on ? new AudioContext() : null
      if (on) play(context)
    })
  }
  return () => { if (context) play(context) }
}

function play (context) {
  for (const [i, pitch] of [659, 523].entries()) {
    const tone = context.createOscillator()
    const volume = context.createGain()
    const at = context.currentTime + i * 0.35
    tone.frequency.value = pitch
    volume.gain.setValueAtTime(0.25, at)
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.6)
    tone.connect(volume).connect(context.destination)
    tone.start(at)
    tone.stop(at + 0.6)
  }
}
