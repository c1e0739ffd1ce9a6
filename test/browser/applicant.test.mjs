// A stranger books for a family, moves, and cancels.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { book, chooseDay, readMail } from './applicant.mjs';
import { startBrowser, visitor } from './browser.mjs';
import { startProgram } from './program.mjs';

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

const kinds = [];
for (const lang of ['en', 'az']) for (const width of [375, 1280]) for (const js of [true, false]) kinds.push({ lang, width, js });

for (const [i, kind] of kinds.entries()) {
  test(`a family at ${kind.width} px, ${kind.lang}, ${kind.js ? 'with' : 'without'} JavaScript`, { timeout: 400_000 }, async () => {
    const v = await visitor(browser, program.url, kind);
    const { email, reference } = await book(v, { day: i });
    assert.equal(await v.page.locator('html').getAttribute('lang'), kind.lang);

    // Papers: the code, the calendar entry and the PDF are there.
    const picture = await v.page.locator('img.ch-qr').evaluate((img) => img.naturalWidth);
    assert.ok(picture > 0, 'the QR code does not show');
    for (const [end, kindOf] of [['appointment.ics', 'text/calendar'], ['confirmation.pdf', 'application/pdf']]) {
      const href = await v.page.locator(`a[href*="/${end}"]`).getAttribute('href');
      const paper = await v.page.request.get(href);
      assert.equal(paper.status(), 200, end);
      assert.ok(paper.headers()['content-type'].startsWith(kindOf), end);
    }

    // The mail's link opens the booking in a browser that knows nothing of it.
    const mail = await readMail(v, email, new RegExp(reference));
    const link = mail.links.find((href) => href.includes('/appointments/manage/'));
    assert.ok(link, 'the mail has no manage link');
    const elsewhere = await visitor(browser, program.url, kind);
    await elsewhere.go(link);
    assert.match(await elsewhere.page.locator('main').innerText(), new RegExp(reference));

    // Move to another day.
    const whenBefore = await elsewhere.page.locator('.govuk-summary-list__value strong').first().innerText();
    await elsewhere.press('main a[href*="/move"]');
    await chooseDay(elsewhere, i + 1);
    await elsewhere.press('main button.ch-time >> nth=-1');
    await elsewhere.press('main form[method="post"] .govuk-button');
    await elsewhere.page.waitForURL(/\/appointments\/manage\/[^/]+(\?|$)/);
    const whenAfter = await elsewhere.page.locator('.govuk-summary-list__value strong').first().innerText();
    assert.notEqual(whenAfter, whenBefore);
    await readMail(elsewhere, email, new RegExp(`${reference}`));

    // Cancel.
    await elsewhere.press('main a[href*="/cancel"]');
    await elsewhere.press('main form[action*="/cancel"] button');
    await elsewhere.page.waitForURL(/\/appointments\/manage\/[^/]+(\?|$)/);
    assert.equal(await elsewhere.page.locator('img.ch-qr').count(), 0, 'a cancelled booking still shows its code');

    assert.deepEqual([...v.faults, ...elsewhere.faults], []);
    await v.end();
    await elsewhere.end();
  });
}

test('the program has no complaints', () => assert.deepEqual(program.complaints(), []));
