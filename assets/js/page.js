// Small helps. Each control is hidden until it can work.
//
//   <button data-print hidden>             prints the page
//   <button data-copy="#id" data-done="Copied" hidden>   copies an element's text
//   <button data-nearest="/appointments?near=" data-failed="…" hidden>  goes to the address plus "lat,lon"
//   <form data-autosubmit>                 a filter that submits when it changes
//   <details data-open-wide>               open on wide screens

export function start (root) {
  each(root, '[data-print]', button => button.addEventListener('click', () => window.print()))
  each(root, '[data-copy]', button => navigator.clipboard && button.addEventListener('click', () => copy(button)), !navigator.clipboard)
  each(root, '[data-nearest]', button => button.addEventListener('click', () => nearest(button)), !navigator.geolocation)
  for (const form of root.querySelectorAll('form[data-autosubmit]')) form.addEventListener('change', () => form.requestSubmit())
  for (const details of root.querySelectorAll('details[data-open-wide]')) details.open = matchMedia('(min-width: 40.0625em)').matches
}

function each (root, selector, enhance, useless = false) {
  if (useless) return
  for (const element of root.querySelectorAll(selector)) {
    enhance(element)
    element.hidden = false
  }
}

async function copy (button) {
  const source = document.querySelector(button.dataset.copy)
  const before = button.textContent
  await navigator.clipboard.writeText((source.value ?? source.textContent).trim())
  button.textContent = button.dataset.done
  setTimeout(() => { button.textContent = before }, 3000)
}

function nearest (button) {
  button.disabled = true
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    // One decimal is about ten kilometres: enough to find a post, and no more
    // about the person than that.
    location.assign(button.dataset.nearest + coords.latitude.toFixed(1) + ',' + coords.longitude.toFixed(1))
  }, () => {
    const note = document.createElement('p')
    note.className = 'govuk-hint'
    note.setAttribute('role', 'status')
    note.textContent = button.dataset.failed
    button.replaceWith(note)
  }, { timeout: 10_000, maximumAge: 3_600_000 })
}
