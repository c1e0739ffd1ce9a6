// The officer's counter.
//
// Another screen may have dealt with the person who is shown here: when the
// live part of the page says so, the page is fetched anew.
//
//   <section data-current-shown="ID STATE CALLS">…  <div data-current="ID STATE CALLS">
//
// Single keys press buttons, for those who switch them on:
//
//   <button data-key="n">   <p data-keys hidden><input type="checkbox" data-keys-on></p>
//
// A scanner types like a keyboard: what it types goes into the field, also when
// the field has lost the focus.
//
//   <form data-scan>… <input name="q">

const remembered = 'desk-keys'

export function start (root) {
  follow(root)
  keys(root)
  scan(root)
}

function scan (root) {
  const field = root.querySelector('[data-scan] input[name=q]')
  if (!field) return
  if (matchMedia('(pointer: fine)').matches && !root.querySelector('[role=alert]')) field.focus({ preventScroll: true })
  root.addEventListener('keydown', event => {
    if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey && event.target === root.body) {
      field.value = ''
      field.focus()
    }
  })
}

function follow (root) {
  const shown = root.querySelector('[data-current-shown]')
  const live = root.querySelector('[data-stream]')
  if (!shown || !live) return
  new MutationObserver(() => {
    const now = live.querySelector('[data-current]')
    if (now && now.dataset.current !== shown.dataset.currentShown) location.reload()
  }).observe(live, { childList: true })
}

function keys (root) {
  const row = root.querySelector('[data-keys]')
  if (!row) return
  const on = row.querySelector('[data-keys-on]')
  row.hidden = false
  on.checked = localStorage.getItem(remembered) === 'on'
  on.addEventListener('change', () => localStorage.setItem(remembered, on.checked ? 'on' : 'off'))
  root.addEventListener('keydown', event => {
    if (!on.checked || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return
    if (event.target.matches('input:not([type=radio], [type=checkbox]), textarea, select')) return
    const button = root.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)
    if (!button) return
    event.preventDefault()
    button.click()
  })
}
