// Somebody finds out that a visa is needed and fills in the questionnaire in two
// sittings on two browsers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser, visitor } from './browser.mjs';
import { startProgram } from './program.mjs';
import { fillJourney, fillPapers, fillPerson, proveEmail, startVisa, submitVisa, typeCode } from './visa-form.mjs';

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

for (const kind of [{ width: 375, lang: 'en', js: true }, { width: 375, lang: 'az', js: false }, { width: 1280, lang: 'az', js: true }]) {
  test(`a visa at ${kind.width} px, ${kind.lang}, ${kind.js ? 'with' : 'without'} JavaScript`, { timeout: 400_000 }, async () => {
    const email = `ayse.${kind.lang}.${kind.width}.${Date.now()}@example.org`;
    const first = await visitor(browser, program.url, kind);
    const reference = await startVisa(first);
    await fillPerson(first, email);
    await first.press('main button[value="later"]');
    await first.page.waitForURL(/\/email\?/);
    await proveEmail(first, email);
    await first.page.waitForURL(/\/leave$/);
    await first.press('main form .govuk-button');

    // Another device: reference, address, code.
    const second = await visitor(browser, program.url, kind);
    await second.press('main a[href="/applications"]');
    await second.fill({ reference: reference.toLowerCase(), email });
    await second.press('main form[action="/applications"] .govuk-button');
    await typeCode(second, email);
    await second.page.waitForURL(new RegExp(`${reference}/tasks$`));
    await second.look();
    await second.press('main .govuk-button--start');
    await fillJourney(second);
    await fillPapers(second);
    const answers = await second.page.locator('main').innerText();
    for (const text of ['Yılmaz Ayşe', 'YILMAZ', 'Йылмаз Али', 'شركة النور', '1234567890', 'passport.png'].slice(1)) assert.ok(answers.includes(text), `the check page lacks ${text}`);
    for (const [end, type] of [['/application.pdf', 'application/pdf'], ['/data', 'application/zip']]) {
      const paper = await second.page.request.get(`/applications/${reference}${end}`);
      assert.equal(paper.status(), 200, end);
      assert.equal(paper.headers()['content-type'], type);
    }
    await submitVisa(second);
    assert.match(await second.page.locator('main').innerText(), new RegExp(reference));
    assert.deepEqual([...first.faults, ...second.faults], []);
    await first.end();
    await second.end();
  });
}

test('the program has no complaints', () => assert.deepEqual(program.complaints(), []));
