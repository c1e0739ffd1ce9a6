// Every link that can be reached from the home page, and from the staff's, is
// followed: none is dead, and axe finds nothing on any template.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { examine, startBrowser, template, visitor } from './browser.mjs';
import { startProgram } from './program.mjs';
import { signIn } from './staff.mjs';

let program;
let browser;
before(async () => {
  program = await startProgram();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await program?.stop();
});

// So many pages of one shape are opened: of 29 posts, all are asked for, a few
// are looked at.
const alike = 2;
const most = 1500;

/** A path's shape: what stands at a varying place is left out. */
function shape(address) {
  const known = template(address).split('/');
  const names = new Set(['appointments', 'at', 'staff', 'admin', 'services', 'today', 'bookings', 'plan', 'look', 'review', 'draws', 'demo', 'mail', 'board', 'api',
    'v1', 'posts', 'accounts', 'audit', 'party', 'times', 'manage', 'wait', 'move', 'cancel', 'new', 'check-in', 'walk-in', 'counter', 'list', 'tickets', 'people',
    'ballots', 'waiting', 'waiting-list', 'holidays', 'counters', 'away', 'rules', 'preview', 'days', 'history', 'chain', 'privacy', 'cookies', 'accessibility', 'problems']);
  const query = [...new URL(address).searchParams.keys()].sort().join('&');
  return known.map((part) => (part === '' || names.has(part) ? part : '*')).join('/') + (query ? `?${query}` : '');
}

const stop = /\/sign-out|\/logout|\?lang=|&lang=/;

async function crawl(v, start, limitTo) {
  const page = v.page;
  const asked = new Map(); // address without fragment -> where it was found
  const opened = new Map(); // shape -> how many were opened
  const faults = [];
  const queue = [[start, 'the start']];
  let looked = 0;
  while (queue.length > 0 && asked.size < most) {
    const [path, from] = queue.shift();
    const address = new URL(path, program.url);
    address.hash = '';
    if (address.origin !== new URL(program.url).origin || asked.has(address.href) || stop.test(address.search + address.pathname)) continue;
    const key = shape(address.href);
    const seen = opened.get(key) ?? 0;
    asked.set(address.href, from);
    if (seen >= alike) {
      if (seen < alike + 30) { // still no dead link
        const answer = await page.request.get(address.href, { maxRedirects: 5 });
        if (answer.status() >= 400) faults.push(`${address.pathname}${address.search} gives ${answer.status()}, linked from ${from}`);
      }
      opened.set(key, seen + 1);
      continue;
    }
    opened.set(key, seen + 1);
    const probe = await page.request.get(address.href, { maxRedirects: 5 });
    if (probe.status() >= 400) {
      faults.push(`${address.pathname}${address.search} gives ${probe.status()}, linked from ${from}`);
      continue;
    }
    if (!(probe.headers()['content-type'] ?? '').startsWith('text/html')) continue;
    await page.goto(address.href, { waitUntil: 'load' });
    looked += 1;
    faults.push(...(await examine(page)).map((fault) => `${address.pathname}${address.search}: ${fault}`));
    const links = await page.locator('a[href]').evaluateAll((all) => all.map((a) => a.href));
    for (const href of links) if (limitTo(new URL(href).pathname)) queue.push([href, address.pathname + address.search]);
  }
  return { faults: [...new Set(faults), ...v.faults], looked, asked: asked.size };
}

for (const [lang, width] of [['en', 375], ['az', 1280]]) {
  test(`what the public can reach at ${width} px, ${lang}`, { timeout: 600_000 }, async (t) => {
    const v = await visitor(browser, program.url, { width, lang });
    const { faults, looked, asked } = await crawl(v, '/', (path) => !path.startsWith('/staff'));
    t.diagnostic(`${asked} addresses asked for, ${looked} pages looked at`);
    assert.ok(looked > 20, `only ${looked} pages`);
    assert.deepEqual(faults, []);
    await v.end();
  });
}

for (const [user, width, lang] of [['ministry.head', 375, 'az'], ['admin', 1280, 'en'], ['auditor', 375, 'en']]) {
  test(`what ${user} can reach at ${width} px, ${lang}`, { timeout: 600_000 }, async (t) => {
    const v = await visitor(browser, program.url, { width, lang });
    await signIn(v, user);
    const { faults, looked, asked } = await crawl(v, '/staff', (path) => path.startsWith('/staff'));
    t.diagnostic(`${asked} addresses asked for, ${looked} pages looked at`);
    assert.ok(looked > 3, `only ${looked} pages`);
    assert.deepEqual(faults, []);
    await v.end();
  });
}

test('the program has no complaints', () => assert.deepEqual(program.complaints(), []));
