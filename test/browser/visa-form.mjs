// What somebody does who applies for a visa, from /visa to the submission.
import { deflateSync, crc32 } from 'node:zlib';
import { readMail } from './applicant.mjs';

/** A picture of a head before a light wall, as PNG. */
export function portrait(width = 1200, height = 1600) {
  const rows = Buffer.alloc(height * (1 + width * 3));
  const [cx, cy, rx, ry] = [width / 2, height * 0.45, width * 0.24, height * 0.27];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * (1 + width * 3) + 1 + x * 3;
      const face = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2;
      const shirt = y > height * 0.8 && Math.abs(x - cx) < width * 0.4;
      const line = (Math.floor(x / 6) + Math.floor(y / 6)) % 2 ? 12 : -12; // something to be sharp
      const [r, g, b] = face < 1 ? [196 + line - face * 40, 150 + line - face * 30, 120 + line - face * 20] : shirt ? [40, 60, 110] : [226, 228, 230];
      rows[at] = r; rows[at + 1] = g; rows[at + 2] = b;
    }
  }
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

/** A day n days from today, as the three boxes of a date. */
function day(n, name) {
  const date = new Date(Date.now() + n * 86_400_000);
  return { [`${name}-day`]: String(date.getUTCDate()), [`${name}-month`]: String(date.getUTCMonth() + 1), [`${name}-year`]: String(date.getUTCFullYear()) };
}

/** The check digit of ICAO Doc 9303. */
function digit(text) {
  let sum = 0;
  [...text].forEach((c, i) => { sum += (c === '<' ? 0 : parseInt(c, 36)) * [7, 3, 1][i % 3]; });
  return String(sum % 10);
}

/** The two lines of a passport of Türkiye. */
export function zone(number, surname = 'YILMAZ', given = 'AYSE') {
  const pad = (text, length) => text.padEnd(length, '<');
  const [birth, expiry, optional] = ['900203', '341231', pad('', 14)];
  const n = pad(number, 9);
  const rest = `${n}${digit(n)}TUR${birth}${digit(birth)}F${expiry}${digit(expiry)}${optional}${digit(optional)}`;
  const all = digit(`${n}${digit(n)}${birth}${digit(birth)}${expiry}${digit(expiry)}${optional}${digit(optional)}`);
  return [pad(`P<TUR${surname}<<${given}`, 44), rest + all];
}

let applicants = 0;

export const saveButton = 'main .ch-page-actions button:not([name])';

/** Saves the page and goes on. */
export const next = (v) => v.press(saveButton);

/** Chooses a radio or ticks a box, and waits for the questions that it brings. */
async function choose(v, name, value, brings = '') {
  await v.page.locator(`[name="${name}"][value="${value}"]`).check();
  if (!brings) return;
  if (v.kind.js) await v.page.locator(`[name^="${brings}"]:not([type="hidden"])`).first().waitFor();
  else await next(v); // the page comes again with them
}

/** From the answer of /visa to the task list; gives the reference. */
export async function startVisa(v, { email = '' } = {}) {
  await v.go('/visa?nationality=TUR&document=national&purpose=work&days=30');
  await v.press('main a[href^="/visa/apply"]');
  await v.page.waitForURL(/\/services\/visa-application\/apply/);
  await v.look();
  await v.fill({ post: 'ankara', email });
  await v.press('main form button[type="submit"]');
  await v.page.waitForURL(/\/applications\/[^/]+\/tasks/);
  return new URL(v.page.url()).pathname.split('/')[2];
}

/** The pages about the person: a first sitting. */
export async function fillPerson(v, email) {
  applicants += 1;
  const number = `U${String(process.pid % 10000).padStart(4, '0')}${String(applicants).padStart(4, '0')}`;
  await v.press('main .govuk-button--start');
  const [first, second] = zone(number);
  // A wrong digit is shown before the right lines fill in the boxes.
  await v.fill({ 'document-mrz': `${first}\n${second.slice(0, 9)}${(Number(second[9]) + 1) % 10}${second.slice(10)}` });
  await v.press('main button[value="zone"]');
  await v.page.locator('.ch-digit--wrong').first().waitFor();
  await v.fill({ 'document-mrz': `${first}\n${second}` });
  await v.press('main button[value="zone"]');
  if (await v.page.locator('[name="document-number"]').inputValue() !== number) throw new Error('the lines did not fill in the boxes');
  await next(v);
  await v.fill({ birth_place: 'İzmir', birth_country: 'TUR' });
  await choose(v, 'sex', 'female');
  await choose(v, 'has_other_nationalities', 'no');
  await next(v);
  await choose(v, 'civil_status', 'married', 'spouse_name');
  await choose(v, 'children_travel', 'yes');
  await v.fill({ 'spouse_name-surname': 'Йылмаз', 'spouse_name-given_names': 'Али', spouse_nationality: 'TUR' });
  await next(v);
  if (!v.kind.js && await v.page.locator('[name="spouse_name-surname"]').count()) await next(v);
  for (const name of ['Deniz', 'Ece']) { // children, one removed again
    await v.page.locator('[name="more"][value="yes"]').check();
    await v.press('main form .govuk-button:not([name])');
    await v.fill({ 'child_name-surname': 'Yılmaz', 'child_name-given_names': name, 'child_birth-day': '1', 'child_birth-month': '6', 'child_birth-year': '2019', child_nationality: 'TUR' });
    await next(v);
  }
  await v.press('main a[href$="/pages/children/2/remove"]');
  await v.press('main form .govuk-button--warning');
  await v.page.locator('[name="more"][value="no"]').check();
  await v.press('main form .govuk-button:not([name])');
  await v.fill({ email, phone: '+90 532 000 00 00', 'home-street': 'Atatürk Cad. 1', 'home-city': 'Ankara', 'home-country': 'TUR' });
  await next(v);
  await choose(v, 'occupation', 'employed', 'employer');
  await v.fill({ employer: 'شركة النور', position: 'Mühendis' });
  await next(v);
}

/** Proves the address that the page asks for. */
export async function proveEmail(v, email) {
  await v.fill({ email });
  await v.press('main form[action$="/email"] .govuk-button');
  await typeCode(v, email);
}

/** Types the newest code into the page that asks for it. */
export async function typeCode(v, email, but = '') {
  for (let tries = 0; ; tries += 1) {
    const { found } = await readMail(v, email, /(?<!\d)\d{6}(?!\d)/);
    if (found[0] !== but) {
      await v.fill({ code: found[0] });
      await v.press('main form[action$="/code"] .govuk-button');
      return found[0];
    }
    if (tries > 40) throw new Error('no newer code came');
    await v.page.waitForTimeout(250);
  }
}

/** The pages about the journey. */
export async function fillJourney(v) {
  await choose(v, 'purpose', 'business');
  await choose(v, 'entries', 'one');
  await v.fill({ ...day(30, 'arrival'), ...day(40, 'departure') });
  const stay = v.page.locator('[name="stay_address"]');
  if (await stay.count()) await v.fill({ stay_address: 'Bakı, Nizami 1' });
  await next(v);
  await choose(v, 'visited_before', 'yes');
  await choose(v, 'refused_before', 'no');
  await next(v);
  await v.page.locator('[name="more"][value="yes"]').check();
  await v.press('main form .govuk-button:not([name])');
  await v.fill({ 'visit_from-month': '5', 'visit_from-year': '2022', visit_days: '4', visit_purpose: 'Turizm' });
  await next(v);
  await v.page.locator('[name="more"][value="no"]').check();
  await v.press('main form .govuk-button:not([name])');
  await choose(v, 'host_kind', 'organisation', 'host_tax_number');
  await v.fill({ host_name: 'Nümunə MMC', host_tax_number: '1234567890', host_phone: '+994 12 596 90 00' });
  await next(v);
  await choose(v, 'insurance', 'yes');
  await choose(v, 'payer', 'self', 'own_means');
  await v.fill({ own_means: '1500' });
  await next(v);
  for (const name of ['convicted', 'wanted', 'armed', 'illness']) await choose(v, name, 'no');
  await next(v);
}

/** Attaches a file to a question. */
async function attach(v, question, name, buffer) {
  const input = v.page.locator(`[name="${question}-upload"]`);
  const file = { name, mimeType: name.endsWith('.pdf') ? 'application/pdf' : 'image/png', buffer };
  const came = v.page.waitForEvent('framenavigated', (frame) => frame === v.page.mainFrame());
  await input.setInputFiles(file);
  if (!v.kind.js) await v.page.locator(`[data-question="${question}"] button[value="attach"]`).click();
  await came;
  await v.page.waitForLoadState('load');
  await v.look();
}

/** Photo and papers. */
export async function fillPapers(v) {
  const picture = portrait();
  await attach(v, 'photo', 'photo.png', picture);
  await v.page.waitForURL(/\/crop/);
  if (v.kind.js) {
    await v.page.locator('.ch-crop__stage').focus();
    await v.page.keyboard.press('ArrowDown');
  } else {
    await v.press('main button[value="closer"]');
  }
  await v.press('main form[method="post"] .govuk-button');
  await v.page.waitForURL(/\/pages\/papers/);
  await attach(v, 'document_scan', 'passport.png', picture);
  await attach(v, 'invitation_scan', 'letter.png', picture);
  await next(v);
}

/** From the check page to the submission. */
export async function submitVisa(v) {
  await v.page.waitForURL(/\/check$/);
  await v.press('main .govuk-button[href$="/declaration"]');
  await choose(v, 'filled_by', 'applicant');
  await choose(v, 'declared', 'yes');
  await next(v);
  await v.page.waitForURL(/\/submit$/);
  await v.press('main form .govuk-button');
  await v.page.waitForURL(/\/applications\/[^/]+$/);
}
