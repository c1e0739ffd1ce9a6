// A visa from "do I need one" to its revocation: the traveller on a telephone,
// two officers at their desks, and a stranger who checks the paper.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile, rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { readMail } from './applicant.mjs';
import { startBrowser, visitor } from './browser.mjs';
import { startProgram } from './program.mjs';
import { signIn } from './staff.mjs';
import { fillJourney, fillPapers, fillPerson, proveEmail, startVisa, submitVisa } from './visa-form.mjs';
import { bookInterview, comeBack, payFee } from './visa-status.mjs';

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

/** The text of a PDF, as poppler reads it. */
async function textOf(pdf) {
  const dir = await mkdtemp(path.join(tmpdir(), 'chancery-pdf-'));
  try {
    await writeFile(path.join(dir, 'visa.pdf'), pdf);
    return (await promisify(execFile)('pdftotext', ['-layout', path.join(dir, 'visa.pdf'), '-'])).stdout;
  } finally {
    await rm(dir, { recursive: true });
  }
}

const send = 'main form[method="post"] button[type="submit"]';

/** What the check of a code says to somebody whom nobody knows. */
async function check(code, lang) {
  const stranger = await visitor(browser, program.url, { width: 375, lang });
  await stranger.press('main a[href="/verify"]');
  await stranger.fill({ text: code.toLowerCase() });
  await stranger.press('main form[action="/verify"] button');
  const says = await stranger.page.locator('main').innerText();
  assert.deepEqual(stranger.faults, []);
  await stranger.end();
  return says;
}

const kinds = [
  { lang: 'en', genuine: /^Genuine, not valid yet/, revoked: /^Revoked/ },
  { lang: 'az', genuine: /^Həqiqidir, hələ/, revoked: /^Ləğv edilib/ },
];

for (const { lang, genuine, revoked } of kinds) {
  test(`a visa from the question to its end, ${lang}`, { timeout: 600_000 }, async () => {
    const kind = { width: 375, lang };
    const email = `journey.${lang}.${Date.now()}@example.org`;
    const first = await visitor(browser, program.url, kind);
    const reference = await startVisa(first);
    const here = `/applications/${reference}`;
    await fillPerson(first, email);
    await first.press('main button[value="later"]');
    await proveEmail(first, email);
    await first.press('main form .govuk-button');

    const v = await visitor(browser, program.url, kind);
    await comeBack(v, { reference, email });
    await v.press('main .govuk-button--start');
    await fillJourney(v);
    await fillPapers(v);
    await submitVisa(v);
    await payFee(v, { reference });
    await v.go(here);
    await bookInterview(v, { reference, email }, 'YILMAZ');

    // The first officer asks one question, and the traveller answers it.
    const desk = { width: 1280, lang };
    const one = await visitor(browser, program.url, desk);
    const file = `/staff/cases/${reference}`;
    await signIn(one, 'ministry.officer1');
    await one.go(file);
    if (await one.page.locator('.ch-take').count()) await one.press('.ch-take');
    await one.press(`a[href="${file}/ask"]`);
    await one.fill({ text: 'Who pays for the hotel?' });
    await one.press('main form[method="post"] button[value="preview"]');
    await one.press('main form[method="post"] button[value="send"]');
    const { links } = await readMail(v, email, /./);
    await v.go(links.find((href) => href.includes('/applications/answer')));
    await v.fill({ text: 'My employer does.' });
    await v.press('main button[value="send"]');

    // Screened, examined and proposed by one, decided by another.
    await one.go(file);
    assert.match(await one.page.locator('main').innerText(), /My employer does\./);
    await one.press(`a[href="${file}/examine"]`);
    for (const box of await one.page.locator('[name="looked"]').all()) await box.check();
    await one.press(send);
    await one.press(`a[href="${file}/propose-grant"]`);
    await one.page.locator('[name="entries"]').first().check();
    await one.press(send);
    const two = await visitor(browser, program.url, desk);
    await signIn(two, 'ministry.officer2');
    await two.go(file);
    await two.press(`a[href="${file}/decide"]`);
    await two.press(send);
    await two.go(file);
    await two.press(`a[href^="/staff/visas/new"]`);
    await two.press('main button[value="issue"]');
    const visa = new URL(two.page.url()).pathname;
    assert.match(visa, /^\/staff\/visas\/[0-9a-f-]{36}$/);

    // The traveller downloads it; a stranger checks the code that it bears.
    await readMail(v, email, new RegExp(reference));
    await v.go(here);
    const href = await v.page.locator(`a[href="${here}/visa.pdf"]`).first().getAttribute('href');
    const paper = await v.page.request.get(href);
    assert.equal(paper.headers()['content-type'], 'application/pdf');
    const text = await textOf(await paper.body());
    assert.match(text, /YILMAZ/);
    const code = text.match(/\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b/)[0];
    assert.match(await check(code, lang), genuine);

    // Revoked by two.
    await one.go(visa);
    await one.press(`a[href="${visa}/end"]`);
    await one.page.locator('[name="kind"][value="revoke"]').check();
    await one.page.locator('[name="ground"][value="conditions-changed"]').check();
    await one.fill({ authority: 'Consular Department', reason: 'The invitation was withdrawn.' });
    await one.press(send);
    assert.equal(new URL(one.page.url()).pathname, visa, 'the proposal is refused');
    assert.match(await check(code, lang), genuine, 'one officer alone has ended it');
    await two.go(visa);
    await two.press('main button[formaction$="/carry"]');
    assert.match(await check(code, lang), revoked);
    for (const visit of [first, v, one, two]) {
      assert.deepEqual(visit.faults, []);
      await visit.end();
    }
  });
}

test('the program has no complaints', () => assert.deepEqual(program.complaints(), []));
