// Helps with pages of a questionnaire.
//
//   <form data-questions>   asks the server, when an answer changes, which
//                           questions come or go; each stands in its own
//                           <div data-question="id">
//   <input type="file" data-attach>   attaches as soon as a file is chosen

export function start (root) {
  for (const form of root.querySelectorAll('form[data-questions]')) form.addEventListener('change', event => look(form, event.target))
  for (const input of root.querySelectorAll('input[data-attach]')) {
    const button = input.parentElement.querySelector('button[value="attach"]')
    if (!button) continue
    button.dataset.quiet = ''
    input.addEventListener('change', () => input.files.length && input.form.requestSubmit(button))
  }
}

let last = 0

async function look (form, changed) {
  if (changed.type === 'file') return
  const turn = ++last
  const data = new FormData(form)
  for (const input of form.querySelectorAll('input[type="file"]')) data.delete(input.name)
  data.set('action', 'look')
  const body = form.enctype === 'multipart/form-data' ? data : new URLSearchParams(data)
  const answer = await fetch(form.getAttribute('action'), { method: 'POST', body }).catch(() => null)
  if (!answer?.ok || turn !== last) return // the page works without, when it is sent
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const asked = [...page.querySelectorAll('[data-question]')]
  const shown = new Map([...form.querySelectorAll('[data-question]')].map(one => [one.dataset.question, one]))
  for (const [id, one] of shown) if (!asked.some(other => other.dataset.question === id)) one.remove()
  let before = null
  for (const one of asked) {
    let here = shown.get(one.dataset.question)
    if (!here) {
      here = document.importNode(one, true)
      if (before) before.after(here)
      else form.querySelector('[data-question]')?.before(here)
    }
    before = here
  }
}
