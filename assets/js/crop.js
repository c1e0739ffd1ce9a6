// Crops a photo by hand: <div data-crop data-picture data-width data-height
// data-ratio data-least> gets the whole picture with a frame that is moved by
// pointer or keys and sized by a slider. The numbers of its form follow, so the
// rest works as it does without JavaScript.

export function start (root) {
  for (const element of root.querySelectorAll('[data-crop]')) crop(element)
}

function crop (element) {
  const { picture, width, height, ratio, least } = element.dataset
  const whole = { width: Number(width), height: Number(height) }
  const shape = Number(ratio)
  const form = element.querySelector('[data-crop-take]')
  const boxes = { x: form.elements.x, y: form.elements.y, width: form.elements.width }
  const moves = element.querySelector('.ch-crop__moves')
  const most = Math.floor(Math.min(whole.width, whole.height * shape))
  const part = { x: Number(boxes.x.value), y: Number(boxes.y.value), width: Number(boxes.width.value) }

  const stage = document.createElement('div')
  stage.className = 'ch-crop__stage'
  stage.tabIndex = 0
  stage.setAttribute('role', 'group')
  stage.setAttribute('aria-label', moves.getAttribute('aria-label'))
  const image = new Image()
  image.src = picture
  image.alt = ''
  const frame = document.createElement('div')
  frame.className = 'ch-crop__frame'
  stage.append(image, frame)
  const size = document.createElement('input')
  size.type = 'range'
  size.className = 'ch-crop__size'
  size.min = String(Math.min(Number(least), most))
  size.max = String(most)
  size.setAttribute('aria-label', form.querySelector(`label[for="${boxes.width.id}"]`).textContent.trim())
  moves.before(stage, size)
  moves.hidden = true
  moves.style.display = 'none'
  element.querySelector('.ch-crop__preview').hidden = true

  function draw () {
    part.width = Math.min(Math.max(part.width, Number(size.min)), most)
    const tall = part.width / shape
    part.x = Math.min(Math.max(part.x, 0), whole.width - part.width)
    part.y = Math.min(Math.max(part.y, 0), Math.max(0, whole.height - tall))
    const percent = (n, of) => `${n / of * 100}%`
    Object.assign(frame.style, { left: percent(part.x, whole.width), top: percent(part.y, whole.height), width: percent(part.width, whole.width), height: percent(tall, whole.height) })
    size.value = String(Math.round(part.width))
    for (const name of ['x', 'y', 'width']) boxes[name].value = String(Math.floor(part[name]))
  }

  let held = null
  stage.addEventListener('pointerdown', event => {
    held = { x: event.clientX, y: event.clientY, from: { ...part } }
    stage.setPointerCapture(event.pointerId)
  })
  stage.addEventListener('pointermove', event => {
    if (!held) return
    const scale = whole.width / stage.clientWidth
    part.x = held.from.x + (event.clientX - held.x) * scale
    part.y = held.from.y + (event.clientY - held.y) * scale
    draw()
  })
  for (const end of ['pointerup', 'pointercancel']) stage.addEventListener(end, () => { held = null })
  stage.addEventListener('keydown', event => {
    const step = part.width / 20
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key]
    if (!way) return
    event.preventDefault()
    part.x += way[0]
    part.y += way[1]
    draw()
  })
  size.addEventListener('input', () => {
    const wider = Number(size.value) - part.width
    part.x -= wider / 2
    part.y -= wider / 2 / shape
    part.width += wider
    draw()
  })
  for (const box of Object.values(boxes)) {
    box.addEventListener('change', () => {
      for (const name of ['x', 'y', 'width']) part[name] = Number(boxes[name].value) || 0
      draw()
    })
  }
  draw()
}
