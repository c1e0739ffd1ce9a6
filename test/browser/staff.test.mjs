// The day at a post: check in, call, serve, finish; the waiting room's board.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser, visitor } from './browser.mjs';
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

const desk = '/staff/today/london';

/** Somebody from the list, or from the street when nobody is expected now; gives the ticket's number. */
async function admit(v) {
  await v.go(desk);
  const expected = v.page.locator('a[href*="/check-in/"]').first();
  if (await expected.count()) {
    await v.press('a[href*="/check-in/"]');
    await v.page.locator('[name="same"]').check();
  } else {
    await v.go(`${desk}/walk-in`);
    await v.page.locator('[name="service"]').first().check();
    await v.fill({ party: '1' });
  }
  await v.press('main form[method="post"]:not(.ch-find) button[type="submit"]');
  await v.page.waitForURL(/\/tickets\//);
  return (await v.page.locator('.ch-ticket__number').innerText()).trim();
}

for (const kind of [{ width: 1280, lang: 'en', js: true }, { width: 375, lang: 'az', js: true }, { width: 1280, lang: 'az', js: false }]) {
  const users = kind.lang === 'en' ? ['london.reception', 'london.officer'] : kind.js ? ['london.head', 'london.officer2'] : ['ministry.head', 'ministry.officer1'];
  test(`a ticket from the door to the counter at ${kind.width} px, ${kind.lang}, ${kind.js ? 'with' : 'without'} JavaScript`, { timeout: 400_000 }, async () => {
    const reception = await visitor(browser, program.url, kind);
    await signIn(reception, users[0]);
    const board = await visitor(browser, program.url, kind);
    await board.page.goto('/board/london');
    await board.look();
    const ticket = await admit(reception);
    assert.match(ticket, /^[A-Z]?\d+/);

    const officer = await visitor(browser, program.url, kind);
    await signIn(officer, users[1]);
    await officer.go(`${desk}/counter?choose`);
    await officer.press('main button[name="counter"] >> nth=0');
    // Whoever is at the counter from the morning's demonstration is finished first.
    await finishCurrent(officer);
    const called = await callUntil(officer, ticket);
    assert.equal(called, ticket);

    // The board shows it: by itself, and on refresh without JavaScript.
    if (!kind.js) await board.page.reload();
    await board.page.locator('.ch-board__ticket', { hasText: ticket }).first().waitFor({ timeout: 20_000 });

    await officer.press('main form[action$="/serve"] button');
    await officer.page.locator('[name="outcome"]').first().check();
    await officer.press('main form[action$="/finish"] button[name="then"] >> nth=1');
    await officer.page.locator('form[action$="/counter/next"]').waitFor();
    assert.equal(await officer.page.locator('.ch-now').count(), 0);

    assert.deepEqual([...reception.faults, ...officer.faults, ...board.faults], []);
    for (const v of [reception, officer, board]) await v.end();
  });
}

async function finishCurrent(v) {
  const current = v.page.locator('.ch-now');
  if (!(await current.count())) return;
  if (await v.page.locator('form[action$="/serve"]').count()) await v.press('main form[action$="/serve"] button');
  await v.page.locator('[name="outcome"]').first().check();
  await v.press('main form[action$="/finish"] button[name="then"] >> nth=1');
}

/** Calls the next, and the next, until it is the ticket's turn: those before it do not come. */
async function callUntil(v, ticket) {
  for (let i = 0; i < 60; i += 1) {
    const direct = v.page.locator('#line li', { hasText: ticket }).locator('form[action$="/call"] button');
    if (i > 2 && await direct.count()) await Promise.all([v.page.waitForLoadState('load'), direct.click()]);
    else await v.press('form[action$="/counter/next"] button');
    await v.page.locator('.ch-now').waitFor();
    const number = (await v.page.locator('.ch-now').innerText()).trim().split(/\s/)[0];
    if (number === ticket) return number;
    await finishCurrent(v);
  }
  return '';
}

test('the program has no complaints', () => assert.deepEqual(program.complaints(), []));
