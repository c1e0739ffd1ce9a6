// Solves an ALTCHA challenge in the background, so that a form can be sent
// with a proof of work.
//
//   <form data-altcha-challenge="/path" data-altcha-wait="Checking …">
//     <input type="hidden" name="altcha">
//
// The challenge is {algorithm, challenge, salt, signature, maxnumber}; the
// answer is the base64 of {algorithm, challenge, number, salt, signature}.

export function start (root) {
  for (const form of root.querySelectorAll('form[data-altcha-challenge]')) enhance(form)
}

function enhance (form) {
  const input = form.querySelector('input[type=hidden][name=altcha]')
  if (!input) return
  let solving = solve(form.dataset.altchaChallenge)
  let passed = false
  let waiting = false

  form.addEventListener('submit', async event => {
    if (passed) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (waiting) return
    waiting = true
    const submitter = event.submitter
    const status = say(form)
    try {
      let solution = await solving
      if (solution.expires && solution.expires * 1000 < Date.now() + 10_000) {
        solving = solve(form.dataset.altchaChallenge)
        solution = await solving
      }
      input.value = solution.text
    } catch {
      // The server says what to do instead; the form must not be a dead end.
      input.value = ''
    }
    status.remove()
    passed = true
    // A form does not submit again while its submit event is still going
    // round, which it is when the solution was ready before.
    setTimeout(() => form.requestSubmit(submitter))
  }, true)

  // The page may come back from the browser's memory after a refusal.
  addEventListener('pageshow', event => {
    if (!event.persisted) return
    passed = waiting = false
    input.value = ''
    solving = solve(form.dataset.altchaChallenge)
  })
  solving.catch(() => {})
}

function say (form) {
  const status = document.createElement('p')
  status.className = 'govuk-hint'
  status.setAttribute('role', 'status')
  status.textContent = form.dataset.altchaWait ?? '…'
  form.append(status)
  return status
}

async function solve (path) {
  const response = await fetch(path, { headers: { Accept: 'application/json' } })
  if (!response.ok) throw new Error(`challenge: ${response.status}`)
  const challenge = await response.json()
  const number = await search(challenge)
  const { algorithm, salt, signature } = challenge
  const text = btoa(JSON.stringify({ algorithm, challenge: challenge.challenge, number, salt, signature }))
  const expires = Number(new URLSearchParams(salt.split('?')[1] ?? '').get('expires'))
  return { text, expires }
}

function search (challenge) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('proof-worker.js', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }) => {
      worker.terminate()
      data === null ? reject(new Error('no solution')) : resolve(data)
    }
    worker.onerror = error => { worker.terminate(); reject(error) }
    worker.postMessage(challenge)
  })
}
