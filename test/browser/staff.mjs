// Signing in as the demonstration's staff.

/** The password and the code of this moment, as /demo shows them. */
export async function secrets(v) {
  await v.page.goto('/demo');
  const text = await v.page.locator('main').innerText();
  const code = text.match(/(?<!\d)\d{6}(?!\d)/)[0];
  return { password: 'demonstration ministry', code, shown: text };
}

/** Signs in; a code can be used once, so whoever comes second waits for the next. */
export async function signIn(v, user) {
  for (let tries = 0; tries < 3; tries += 1) {
    const { password, code, shown } = await secrets(v);
    if (!shown.includes(password) || !shown.includes(user)) throw new Error('/demo does not show how to sign in');
    await v.go('/staff/sign-in');
    await v.fill({ user_name: user, password });
    await v.press('main form[action="/staff/sign-in"] button[type="submit"]');
    await v.fill({ code });
    await v.press('main form[action="/staff/sign-in/code"] button[type="submit"]');
    if (!v.page.url().includes('/sign-in')) return;
    await v.page.waitForTimeout(31_000);
  }
  throw new Error(`${user} cannot sign in: ${await v.page.locator('main').innerText()}`);
}
