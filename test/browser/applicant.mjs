// What an applicant does, in steps that several tests use.

let people = 0;

/** Somebody whom nobody has booked for yet. */
export function person(i = 0) {
  people += 1;
  return {
    given_names: i ? 'Məryəm' : 'Anne-Sophie', surname: 'O’Specimen-Quliyeva',
    'date_of_birth.day': String(10 + i), 'date_of_birth.month': '4', 'date_of_birth.year': i ? '2015' : '1988',
    nationality: 'AZE', document_number: `C${String(process.pid % 1000).padStart(3, '0')}${String(people).padStart(5, '0')}`,
  };
}

/** From the home page to the page of times, for a party. */
export async function findTimes(v, { city = 'London', post = 'london', service = 'passport-renewal', party = 2 } = {}) {
  await v.go('/');
  await v.press('main a[href="/appointments"]');
  await v.fill({ q: city });
  await v.press('form[role="search"] button[type="submit"]');
  await v.press(`main a[href^="/appointments/at/${post}"]`);
  await v.press(`main a[href="/appointments/at/${post}/${service}"]`);
  await v.press('main .govuk-button--start');
  await v.page.locator(`[name="party"][value="${party}"]`).check();
  await v.press('main form button[type="submit"]');
}

/** Chooses the day-th free day from the month shown on; there may be fewer in the last one. */
export async function chooseDay(v, day = 0) {
  let left = day;
  for (;;) {
    const free = v.page.locator('a.ch-day--free');
    const count = await free.count();
    const later = v.page.locator('.ch-calendar a[rel="next"]');
    if (left < count || (count > 0 && !(await later.count()))) {
      await free.nth(left % count).click();
      break;
    }
    left -= count;
    const shown = await v.page.locator('#month').innerText();
    await later.click();
    await v.page.locator('#month').filter({ hasNotText: shown }).waitFor();
  }
  await v.page.locator('button.ch-time').first().waitFor();
  await v.look();
}

/** Takes a time of the day-th free day; waits where there is no JavaScript. */
export async function takeTime(v, day = 0) {
  await chooseDay(v, day);
  await takeShown(v);
}

/** Takes the first time of the day that is shown. */
export async function takeShown(v) {
  await v.page.locator('button.ch-time').first().click();
  if (!v.kind.js) {
    await v.page.waitForURL('**/appointments/wait**');
    await v.look();
    const go = v.page.locator('form[action="/appointments/holds"] button'); // the page reloads itself until then
    await go.waitFor({ timeout: 60_000 });
    await go.click();
  }
  await v.page.waitForURL(/\/appointments\/holds\/[^/]+\/people\/1/);
  await v.look();
}

/** Names the people, gives the address, and checks the answers. */
export async function nameParty(v, party, email) {
  for (let i = 0; i < party; i += 1) {
    await v.page.waitForURL(new RegExp(`/people/${i + 1}`));
    const values = Object.entries(person(i)).map(([name, value]) => [`applicants[${i}].${name}`, value]);
    await v.fill(Object.fromEntries(values));
    await v.press('main form[action*="/people/"] button[type="submit"]');
  }
  await v.fill({ email });
  await v.press('main form[action$="/email"] button[type="submit"]');
  await v.press('main form[action$="/check"] button[type="submit"]');
}

/** Opens the newest mail to an address whose text fits, in another tab. */
export async function readMail(v, email, pattern) {
  const tab = await v.page.context().newPage();
  try {
    for (let tries = 0; tries < 40; tries += 1) {
      await tab.goto('/demo');
      const links = tab.locator('main li', { hasText: email }).locator('a[href^="/demo/mail/"]');
      for (const href of await links.evaluateAll((all) => all.map((a) => a.getAttribute('href')))) {
        await tab.goto(href);
        const found = (await tab.locator('main').innerText()).match(pattern);
        if (found) return { found, href, links: await tab.locator('main a').evaluateAll((all) => all.map((a) => a.href)) };
      }
      await tab.waitForTimeout(250);
    }
  } finally {
    await tab.close();
  }
  throw new Error(`no mail to ${email} with ${pattern}`);
}

/** Types the code from the mail; gives the reference. */
export async function confirm(v, email) {
  const { found } = await readMail(v, email, /(?<!\d)\d{6}(?!\d)/);
  await v.fill({ code: found[0] });
  await v.press('main form[action$="/code"] button[type="submit"]');
  await v.page.waitForURL(/\/appointments\/manage\//);
  return v.page.locator('.govuk-panel, .ch-panel').first().innerText().then((text) => text.match(/[0-9A-Z]{4}-[0-9A-Z]{4}/)[0]);
}

/** Everything from the home page to a booking. */
export async function book(v, { party = 2, day = 0, ...where } = {}) {
  const email = `visitor${Date.now()}.${people}@example.org`;
  await findTimes(v, { party, ...where });
  await takeTime(v, day);
  await nameParty(v, party, email);
  return { email, reference: await confirm(v, email) };
}

