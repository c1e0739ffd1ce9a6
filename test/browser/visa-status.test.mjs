// After the submission: the status page, an officer's question and its answer,
// the fee, the interview, and what withdrawing asks.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readMail } from './applicant.mjs';
import { startBrowser, visitor } from './browser.mjs';
import { startProgram } from './program.mjs';
import { signIn } from './staff.mjs';
import { portrait } from './visa-form.mjs';
import { applyByAPI, bookInterview, comeBack, payFee } from './visa-status.mjs';

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

const kinds = [
  { width: 375, lang: 'en', js: true, post: 'london' },
  { width: 1280, lang: 'az', js: false, post: 'istanbul' },
];

for (const kind of kinds) {
  test(`from the submission on at ${kind.width} px, ${kind.lang}, ${kind.js ? 'with' : 'without'} JavaScript`, { timeout: 400_000 }, async () => {
    const v = await visitor(browser, program.url, kind);
    const application = await applyByAPI(v, program.url, kind.post);
    const here = `/applications/${application.reference}`;
    await comeBack(v, application);
    assert.equal(new URL(v.page.url()).pathname, here);
    assert.equal(await v.page.locator('.ch-todo__item').count(), 2, 'to pay and to choose a time');

    // The first payment fails, the second does not.
    for (const outcome of ['fail', 'pay']) await payFee(v, application, outcome);
    const receipt = await v.page.locator('a[href*="/receipt.pdf"]').first().getAttribute('href');
    const paper = await v.page.request.get(receipt);
    assert.ok(paper.ok() && paper.headers()['content-type'] === 'application/pdf', 'the receipt is no PDF');
    await v.go(here);

    // The interview: nothing is typed again but the code.
    await bookInterview(v, application, 'Erika');
    await v.go(here);
    assert.equal(await v.page.locator('.ch-todo').count(), 0, 'something is still to do');

    // An officer asks; the mail's link opens the question in another browser.
    const officer = await visitor(browser, program.url, { ...kind, js: true, width: 1280 });
    await signIn(officer, `${kind.post}.officer`);
    await officer.go(`/staff/cases/${application.reference}/ask`);
    await officer.fill({ text: 'Where do you stay?' });
    await officer.page.locator('[name="pages"][value="plan"]').check();
    await officer.press('main form[method="post"] button[value="preview"]');
    await officer.press('main form[method="post"] button[value="send"]');
    const mail = await readMail(v, application.email, /./);
    const link = mail.links.find((href) => href.includes('/applications/answer'));
    assert.ok(link, 'the mail has no link to answer');
    const elsewhere = await visitor(browser, program.url, kind);
    await elsewhere.go(link);
    assert.equal(new URL(elsewhere.page.url()).pathname, `${here}/answer`);
    await elsewhere.fill({ text: 'At the Hotel Xəzər.' });
    await elsewhere.press('main button[value="page:plan"]');
    await elsewhere.fill({ stay_address: 'Hotel Xəzər, Bakı' });
    await elsewhere.press('main .ch-page-actions button:not([name])');
    assert.equal(new URL(elsewhere.page.url()).pathname, `${here}/answer`, 'the page leads elsewhere');
    assert.equal(await elsewhere.page.locator('[name="text"]').inputValue(), 'At the Hotel Xəzər.', 'what was typed is gone');
    await elsewhere.page.locator('[name="file"]').setInputFiles({ name: 'hotel.png', mimeType: 'image/png', buffer: portrait(60, 40) });
    await elsewhere.press('main button[value="attach"]');
    assert.equal(await elsewhere.page.locator('.ch-answer-files li').count(), 1);
    await elsewhere.press('main button[value="send"]');
    assert.equal(new URL(elsewhere.page.url()).pathname, here);
    assert.match(await elsewhere.page.locator('#letters ~ .ch-exchange').innerText(), /At the Hotel Xəzər\.[^]*hotel\.png/);

    await elsewhere.press(`main a[href="${here}/withdraw"]`);
    await elsewhere.press(`main form[action="${here}/withdraw"] button`);
    assert.equal(await elsewhere.page.locator(`a[href="${here}/withdraw"]`).count(), 0, 'what is withdrawn can be withdrawn');
    for (const one of [v, officer, elsewhere]) {
      assert.deepEqual(one.faults, []);
      await one.end();
    }
  });
}

test('the program has no complaints', () => assert.deepEqual(program.complaints(), []));
