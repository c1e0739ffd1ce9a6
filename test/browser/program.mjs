// Runs the real program, with the demonstration ministry, for the tests.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const binary = process.env.CHANCERY_BIN ?? path.resolve(import.meta.dirname, '../../bin/chancery');

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Starts the demonstration on a port of its own; CHANCERY_URL names one that runs already. */
export async function startProgram() {
  if (process.env.CHANCERY_URL) return { url: process.env.CHANCERY_URL, complaints: () => [], stop: async () => {} };
  const dir = await mkdtemp(path.join(tmpdir(), 'chancery-browser-'));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(binary, ['demo', '--addr', address, '--dir', dir], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { log += text; });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = `http://${address}`;
  const patience = Date.now() + 120_000;
  for (;;) {
    if (child.exitCode !== null || Date.now() > patience) throw new Error(`the program does not serve:\n${log}`);
    const ready = await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    complaints: () => log.split('\n').filter((line) => / ERROR |panic:/.test(line)),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
