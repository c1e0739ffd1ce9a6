// Builds build/ from sass/, js/ and static/: one style sheet for each writing
// direction, scripts for browsers of the last years, fonts cut to what pages use.
import { cp, mkdir, readFile, rm, stat, writeFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'
import * as sass from 'sass'
import rtlcss from 'rtlcss'
import subsetFont from 'subset-font'

const out = 'build'
const targets = ['chrome109', 'firefox115', 'safari15.4']

for (const name of await readdir(out).catch(() => [])) {
  if (name !== '.gitkeep') await rm(join(out, name), { recursive: true })
}
await mkdir(join(out, 'fonts'), { recursive: true })

async function styles () {
  const { css } = sass.compile('sass/app.scss', {
    loadPaths: ['node_modules'], quietDeps: true, style: 'expanded'
  })
  for (const [name, text] of [['app.css', css], ['app.rtl.css', rtlcss.process(css)]]) {
    const { code } = await esbuild.transform(text, { loader: 'css', minify: true, target: targets })
    await writeFile(join(out, name), code)
  }
}

async function scripts () {
  await esbuild.build({
    entryPoints: ['js/app.js', 'js/start.js', 'js/proof-worker.js'],
    bundle: true, minify: true, format: 'esm', target: targets, outdir: out,
    legalComments: 'none', logLevel: 'warning'
  })
}

// The letters of Azerbaijani that Latin-1 lacks get a file of their own, so
// that a page does not load 60 kB for six of them.
const azerbaijani = 'ƏəĞğİıŞşŽž'

async function fonts () {
  const from = 'node_modules/@fontsource-variable/source-sans-3/files/source-sans-3-'
  const latin = await readFile(from + 'latin-wght-normal.woff2')
  const extended = await readFile(from + 'latin-ext-wght-normal.woff2')
  const axes = { targetFormat: 'woff2', variationAxes: { wght: { min: 400, max: 700 } } }
  const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
  const latin1 = Array.from({ length: 96 }, (_, i) => String.fromCharCode(160 + i)).join('')
  await writeFile(join(out, 'fonts/text.woff2'), await subsetFont(latin, ascii + latin1 + '–—‘’“”…•€→←≤≥×·', axes))
  await writeFile(join(out, 'fonts/az.woff2'), await subsetFont(extended, azerbaijani, axes))
  await writeFile(join(out, 'fonts/extended.woff2'), extended)
  await cp('node_modules/@fontsource-variable/source-sans-3/LICENSE', join(out, 'fonts/LICENSE.txt'))
}

await Promise.all([styles(), scripts(), fonts(), cp('static', out, { recursive: true })])

// What a first visit loads must stay small; 150 kB is the whole page's allowance.
let total = 0
for (const name of ['app.css', 'app.js', 'start.js', 'fonts/text.woff2', 'fonts/az.woff2', 'icon.svg']) {
  const text = await readFile(join(out, name))
  total += Math.min(text.length, gzipSync(text, { level: 9 }).length)
}
await stat(join(out, 'proof-worker.js'))
if (total > 120_000) throw new Error(`the first load has grown to ${total} bytes`)
if (!process.env.QUIET) console.log(`assets: ${(total / 1000).toFixed(1)} kB on a first visit`)
