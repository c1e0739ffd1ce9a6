// Passkey buttons.
//
//   <button type="button" data-passkey="get|create" data-begin="/path" data-finish="/path"
//           data-failed="It did not work …" data-known="This device is registered …" hidden>
//
// begin gives {publicKey: …} (WebAuthn's JSON form); finish takes the
// credential as JSON and answers {next: "/path"}. The fields of the form around
// the button, but no password, go to begin as JSON; its "name" goes to finish.
// The Enter key in such a field is a click on the button.

export function start (root) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return
  for (const button of root.querySelectorAll('[data-passkey]')) {
    button.hidden = false
    button.addEventListener('click', () => run(button))
    button.form?.addEventListener('submit', event => {
      event.preventDefault()
      if (!button.disabled) run(button)
    })
  }
}

async function run (button) {
  button.disabled = true
  try {
    const { passkey, begin, finish } = button.dataset
    const fields = button.form ? new URLSearchParams(new FormData(button.form)) : new URLSearchParams()
    fields.delete('password')
    const { publicKey } = await post(begin, Object.fromEntries(fields))
    const credential = passkey === 'create'
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) })
    const { next } = await post(finish, { ...credential.toJSON(), name: fields.get('name') ?? undefined })
    location.assign(next)
  } catch (error) {
    let note = button.parentElement.querySelector('.ch-passkey-note')
    if (!note) {
      note = document.createElement('p')
      note.className = 'govuk-error-message ch-passkey-note'
      note.setAttribute('role', 'alert')
      button.after(note)
    }
    note.textContent = (error.name === 'InvalidStateError' && button.dataset.known) || button.dataset.failed
    button.disabled = false
  }
}

async function post (path, body) {
  const response = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(response.status)
  return response.json()
}
