// Writes the pictures of docs/screenshots, each below 150 kB.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chooseDay, confirm, findTimes, nameParty, takeShown } from './applicant.mjs';
import { startBrowser, visitor } from './browser.mjs';
import { startProgram } from './program.mjs';
import { signIn } from './staff.mjs';
import { fillPerson, startVisa } from './visa-form.mjs';

const folder = path.resolve(import.meta.dirname, '../../docs/screenshots');
const most = 150_000;

const program = await startProgram();
const browser = await startBrowser();

async function shoot(v, name) {
  await v.page.evaluate(() => document.fonts.ready);
  let height = Math.min(await v.page.evaluate(() => document.documentElement.scrollHeight), v.kind.width < 600 ? 1500 : 1100);
  for (;;) {
    const picture = await v.page.screenshot({ clip: { x: 0, y: 0, width: v.kind.width, height }, fullPage: true });
    if (picture.length < most) {
      await writeFile(path.join(folder, `${name}.png`), picture);
      console.log(`${name}.png ${v.kind.width}×${height} ${Math.round(picture.length / 1000)} kB`);
      return;
    }
    height = Math.round(height * 0.9);
  }
}

try {
  await mkdir(folder, { recursive: true });
  for (const kind of [{ width: 375, lang: 'en' }, { width: 1280, lang: 'az' }]) {
    const v = await visitor(browser, program.url, kind);
    const end = `${kind.width}-${kind.lang}`;
    const email = `aysel.${kind.lang}@example.org`;
    await shoot(v, `home-${end}`);
    await findTimes(v);
    await chooseDay(v, 6);
    await shoot(v, `times-${end}`);
    await takeShown(v);
    await shoot(v, `person-${end}`);
    await nameParty(v, 2, email);
    await confirm(v, email);
    await shoot(v, `confirmation-${end}`);
    const reference = await startVisa(v);
    await fillPerson(v, email);
    await v.go(`/applications/${reference}/tasks`);
    await shoot(v, `application-${end}`);
    await v.go(`/applications/${reference}/pages/travel_document`);
    await shoot(v, `travel-document-${end}`);
    await v.end();
  }
  const head = await visitor(browser, program.url, { width: 1280, lang: 'en' });
  await signIn(head, 'ministry.head');
  for (const [name, address] of [['today', '/staff/today/london'], ['plan', '/staff/plan/london'], ['look-back', '/staff/look/london'], ['draws', '/draws'], ['board', '/board/london']]) {
    const answer = await head.page.goto(address);
    if (answer.status() >= 400) throw new Error(`${address} gave ${answer.status()}`);
    await shoot(head, `${name}-1280-en`);
  }
  await head.end();
} finally {
  await browser.close();
  await program.stop();
}
