// Applications that are submitted by the API, for tests of what comes after.
import { chooseDay, readMail } from './applicant.mjs';
import { portrait } from './visa-form.mjs';

let applicants = 0;

/** A day n days from today, YYYY-MM-DD. */
const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);

async function ask(url, method, path, { token, body } = {}) {
  const headers = { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(`${url}/api/v1${path}`, { method, headers: body || token ? headers : {}, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} gave ${answer.status}: ${text}`);
  return text ? JSON.parse(text) : null;
}

/** Submits an application of a tourist at a post; v's browser reads the code in the demonstration's mailbox. */
export async function applyByAPI(v, url, post) {
  applicants += 1;
  const email = `status${Date.now()}.${applicants}@example.org`;
  const { reference, token } = await ask(url, 'POST', '/applications', { body: { service: 'visa-application', post, email, language: v.kind.lang } });
  const at = `/applications/${reference}`;
  await ask(url, 'POST', `${at}/code`, { token });
  const { found } = await readMail(v, email, /(?<!\d)\d{6}(?!\d)/);
  await ask(url, 'POST', `${at}/confirm`, { body: { code: found[0] } });
  const attach = async (question, content) => (await ask(url, 'POST', `${at}/files`, { token, body: { question, name: 'me.png', content: content.toString('base64') } })).file.id;
  const right = {
    travel_document: { document: { kind: 'national', number: `S${String(process.pid % 10000).padStart(4, '0')}${String(applicants).padStart(3, '0')}`, issuer: 'DEU', nationality: 'DEU', expires: day(3000) } },
    personal: { name: { surname: 'Specimen', given_names: 'Erika' }, birth: '1974-08-12', birth_place: 'Berlin', birth_country: 'DEU', sex: 'female', has_other_nationalities: false },
    family: { civil_status: 'single', children_travel: false },
    contact: { email, phone: '+49301234567', home: { street: 'Am Markt 1', city: 'Berlin', postcode: '10115', country: 'DEU' } },
    employment: { occupation: 'retired' },
    plan: { purpose: 'tourism', entries: 'one', arrival: day(40), departure: day(47), stay_address: 'Hotel Xəzər' },
    past: { visited_before: false, refused_before: false },
    means: { payer: ['self'], own_means: 2500, insurance: true },
    security: { convicted: false, wanted: false, armed: false, illness: false },
    papers: { photo: await attach('photo', portrait(700, 900)), document_scan: [await attach('document_scan', portrait(300, 200))] },
    declaration: { filled_by: 'applicant', declared: true },
  };
  for (;;) {
    const { pages } = await ask(url, 'GET', at, { token });
    const todo = pages.find((p) => p.state === 'todo' || p.state === 'started');
    if (!todo) break;
    await ask(url, 'PUT', `${at}/pages/${todo.id}`, { token, body: { version: todo.version, answers: right[todo.id] } });
  }
  await ask(url, 'POST', `${at}/submit`, { token });
  return { reference, email, code: found[0] };
}

/** Comes back to the application in a browser that knows nothing of it. */
export async function comeBack(v, { reference, email, code }) {
  await v.go(`/applications/${reference}`);
  await v.fill({ reference, email });
  await v.press('main form[action="/applications"] .govuk-button');
  for (let tries = 0; ; tries += 1) {
    const { found } = await readMail(v, email, /(?<!\d)\d{6}(?!\d)/);
    if (found[0] !== code) {
      await v.fill({ code: found[0] });
      break;
    }
    if (tries > 40) throw new Error('no newer code came');
    await v.page.waitForTimeout(250);
  }
  await v.press('main form[action="/applications/code"] .govuk-button');
}

/** Books the interview from the status page; the person is known already. */
export async function bookInterview(v, { reference, email }, name) {
  const here = `/applications/${reference}`;
  await v.press(`main .ch-todo a[href="${here}/interview"]`);
  await v.press(`main form[action="${here}/interview"] button`);
  await chooseDay(v);
  await v.page.locator('button.ch-time').first().click();
  if (!v.kind.js) {
    await v.page.waitForURL('**/appointments/wait**');
    const go = v.page.locator('form[action="/appointments/holds"] button');
    await go.waitFor({ timeout: 60_000 });
    await go.click();
  }
  await v.page.waitForURL(/\/appointments\/holds\/[^/]+\/check/);
  await v.look();
  if (!(await v.page.locator('main').innerText()).includes(name)) throw new Error('the person is asked for again');
  await v.press('main form[action$="/check"] button[type="submit"]');
  const { found } = await readMail(v, email, /(?<!\d)\d{6}(?!\d)/);
  await v.fill({ code: found[0] });
  await v.press('main form[action$="/code"] button[type="submit"]');
  if (new URL(v.page.url()).pathname !== `${here}/interview`) throw new Error(`the booking leads to ${v.page.url()}`);
}

/** Pays the fee at the demonstration's provider. */
export async function payFee(v, { reference }, outcome = 'pay') {
  const here = `/applications/${reference}`;
  if (new URL(v.page.url()).pathname !== `${here}/pay`) await v.press(`main .ch-todo a[href="${here}/pay"]`);
  await v.press('main button[name="provider"]');
  await v.press(`main button[value="${outcome}"]`);
  if (new URL(v.page.url()).pathname !== `${here}/pay`) throw new Error(`paying leads to ${v.page.url()}`);
}
