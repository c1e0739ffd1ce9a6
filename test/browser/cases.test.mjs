// An application from the worklist to a decision by two officers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser, visitor } from './browser.mjs';
import { startProgram } from './program.mjs';
import { signIn } from './staff.mjs';
import { applyByAPI } from './visa-status.mjs';

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
  { width: 1280, lang: 'en', js: true, post: 'london', users: ['london.officer', 'london.officer2'], outcome: 'propose-grant' },
  { width: 375, lang: 'az', js: false, post: 'istanbul', users: ['istanbul.officer', 'istanbul.head'], outcome: 'propose-refusal' },
];

for (const kind of kinds) {
  test(`two officers decide at ${kind.width} px, ${kind.lang}, ${kind.js ? 'with' : 'without'} JavaScript`, { timeout: 400_000 }, async () => {
    const first = await visitor(browser, program.url, kind);
    await signIn(first, kind.users[0]);
    const { reference } = await applyByAPI(first, program.url, kind.post);
    await first.go('/staff/cases?state=screened');
    assert.ok(await first.page.locator(`tbody th a[href$="${reference}"]`).count(), 'who is on no list is not screened by itself');

    // As people type it at the counter: small, without the hyphen.
    await first.go('/staff/cases');
    await first.fill({ reference: reference.toLowerCase().replace('-', '') });
    await first.press('main form[role="search"] button');
    assert.ok(first.page.url().endsWith(`/staff/cases/${reference}`), first.page.url());
    const path = `/staff/cases/${reference}`;
    const has = async (v, deed) => (await v.page.locator(`main a[href="${path}/${deed}"]`).count()) > 0;

    if (await first.page.locator('.ch-take').count()) await first.press('.ch-take');
    await first.press(`a[href="${path}/note"]`);
    await first.fill({ text: 'The invitation was checked by telephone.' });
    await first.press('main form[method="post"] button');
    await first.page.getByText('The invitation was checked by telephone.').waitFor();

    // A question is read before it is sent; this one is not sent after all.
    await first.press(`a[href="${path}/ask"]`);
    await first.press('main form[method="post"] button[value="preview"]');
    assert.equal(await first.page.locator('.govuk-error-summary').count(), 1, 'an empty question is taken');
    await first.fill({ text: 'Where will you stay?' });
    await first.press('main form[method="post"] button[value="preview"]');
    assert.ok((await first.page.locator('#preview ~ .ch-letter').count()) > 0, 'the mail is not shown');
    await first.go(path);

    if (await has(first, 'fee')) {
      await first.press(`a[href="${path}/fee"]`);
      await first.page.locator('[name="method"]').first().check();
      await first.press('main form[method="post"] button >> nth=0');
      await first.press('a[href*="/receipts/"]');
      await first.go(path);
    }
    await first.press(`a[href="${path}/examine"]`);
    for (const box of await first.page.locator('[name="looked"]').all()) await box.check();
    await first.press('main form[method="post"] button');
    await first.press(`a[href="${path}/${kind.outcome}"]`);
    if (kind.outcome === 'propose-grant') {
      await first.page.locator('[name="entries"]').first().check();
    } else {
      await first.page.locator('[name="reasons"]').first().check();
      await first.fill({ text: 'Sənədlər kifayət deyil.' });
    }
    await first.press('main form[method="post"] button');
    assert.ok(await has(first, 'send-back'), 'the own proposal cannot be taken back');
    assert.ok(!(await has(first, 'decide')), 'whoever proposes is offered to decide');

    const second = await visitor(browser, program.url, kind);
    await signIn(second, kind.users[1]);
    await second.go('/staff/cases?state=proposed');
    await second.press(`main a[href="${path}"]`);
    await second.press(`a[href="${path}/decide"]`);
    await second.press('main form[method="post"] button');
    await second.page.locator('.govuk-notification-banner--success').waitFor();
    assert.ok(!(await has(second, 'decide')));

    // Whoever proposed sees it, too.
    await first.go(path);
    assert.ok(!(await has(first, 'send-back')));
    await first.go('/staff/cases/statistics');
    assert.deepEqual([...first.faults, ...second.faults], []);
    for (const v of [first, second]) await v.end();
  });
}

test('the program has no complaints', () => assert.deepEqual(program.complaints(), []));
