// Chromium, and what is true of every page: axe finds nothing, nothing is wider
// than the window, and no script fails.
import { readFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

function chromiumPath() {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file));
  if (!found) throw new Error('no chromium in PATH');
  return found;
}

/** Starts the browser that all tests of a file share. */
export function startBrowser() {
  return chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu', '--force-prefers-reduced-motion'] });
}

/** One person's browser: its own cookies, a width, a language, JavaScript or not. */
export async function visitor(browser, url, { width = 1280, lang = 'en', js = true, times = 1 } = {}) {
  const context = await browser.newContext({
    baseURL: url, viewport: { width, height: width < 600 ? 800 : 900 }, javaScriptEnabled: js, locale: lang === 'az' ? 'az-AZ' : 'en-GB',
    deviceScaleFactor: times, hasTouch: width < 600,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const visit = new Visit(page, { width, lang, js });
  await visit.go(`/?lang=${lang}`);
  return visit;
}

/** The path without what is particular to one person or day. */
export function template(address) {
  return new URL(address).pathname
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, '*')
    .replace(/[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}/g, '*');
}

export class Visit {
  constructor(page, kind) {
    this.page = page;
    this.kind = kind;
    this.looked = new Set();
    this.faults = [];
    page.on('pageerror', (error) => this.faults.push(`${template(page.url())}: script error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (404|409|422)/.test(message.text())) this.faults.push(`${template(page.url())}: ${message.text()}`);
    });
  }

  get name() {
    return `${this.kind.width}px ${this.kind.lang} ${this.kind.js ? 'with' : 'without'} JavaScript`;
  }

  async go(address) {
    const answer = await this.page.goto(address);
    if (answer && answer.status() >= 400) throw new Error(`${address} gave ${answer.status()}`);
    await this.look();
  }

  /** Follows a link or presses a button, and looks at the page that comes. */
  async press(selector) {
    const target = this.page.locator(selector).first();
    await Promise.all([this.page.waitForEvent('framenavigated', (frame) => frame === this.page.mainFrame()), target.click()]);
    await this.page.waitForLoadState('load');
    await this.look();
  }

  async fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = this.page.locator(`[name="${name}"]`);
      if (await field.first().evaluate((element) => element.tagName === 'SELECT')) await field.selectOption(value);
      else await field.fill(value);
    }
  }

  /** Checks a page once for each template that it comes from. */
  async look() {
    const key = template(this.page.url());
    if (this.looked.has(key)) return;
    this.looked.add(key);
    const faults = await (this.kind.js ? examine(this.page) : this.examineCopy());
    this.faults.push(...faults.map((fault) => `${key} (${this.name}): ${fault}`));
  }

  /** Examines what the page shows without JavaScript, which axe itself needs, in a window where only axe runs. */
  async examineCopy() {
    const html = await this.page.content();
    const context = await this.page.context().browser().newContext({ viewport: this.page.viewportSize() });
    try {
      await context.route('**/*', (route) => {
        switch (route.request().resourceType()) {
          case 'document': return route.fulfill({ body: html, contentType: 'text/html; charset=utf-8' });
          case 'script': return route.abort();
          default: return route.continue();
        }
      });
      const copy = await context.newPage();
      await copy.goto(this.page.url());
      return await examine(copy);
    } finally {
      await context.close();
    }
  }

  async end() {
    await this.page.context().close();
  }
}

/** What is wrong with the page that is open. */
export async function examine(page) {
  const faults = [];
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return '';
    const inside = (element) => { // of something that scrolls by itself
      for (let e = element.parentElement; e && e !== document.body; e = e.parentElement) if (getComputedStyle(e).overflowX !== 'visible') return true;
      return false;
    };
    const culprit = [...document.body.querySelectorAll('*')].find((e) => e.getBoundingClientRect().right > room + 1 && !inside(e));
    return `${document.documentElement.scrollWidth} px wide in ${room}: ${culprit ? culprit.outerHTML.slice(0, 120) : '?'}`;
  });
  if (wide) faults.push(wide);
  if (!(await page.evaluate(() => Boolean(globalThis.axe)))) await page.evaluate(axe);
  const found = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), rules);
  for (const v of found.violations) {
    // govuk-frontend sets aria-expanded on radios that reveal a question, which
    // screen readers use and ARIA does not allow yet; the choice is theirs.
    if (v.id === 'aria-allowed-attr') v.nodes = v.nodes.filter((n) => !/class="govuk-(radios|checkboxes)__input"[^>]*aria-expanded/.test(n.html));
    if (v.nodes.length === 0) continue;
    faults.push(`axe ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 140)).slice(0, 2).join(' | ')}`);
  }
  return faults;
}
