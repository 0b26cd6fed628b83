/** A card reader is replaced while the hut is off: it is turned away, over restarts, until a technician confirms it at the shell. */
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { until } from '../support/until.ts';
import { dataOf, deviceInState, deviceOf, hutgate, ready, type WholeHut, wholeHut } from './whole-hut.ts';

const reader = (id: string, last: string) => ({
  ...{ id, driver: 'id-sam' },
  simulator: { options: { samId: `05000100fb02330187d61200b168de${last}` } },
});

/** What stands in the one socket of the hut. */
function put({ at, files }: WholeHut, reader: string): string {
  const socket = join(files.dir, 'socket');
  rmSync(socket, { force: true });
  symlinkSync(at(reader).slice('serial:'.length), socket);
  return socket;
}
const turnedAway = (hut: WholeHut) =>
  until('card-1 other-unit', async () => (await deviceOf(hut, 'card-1'))?.reason?.code === 'other-unit');

test('another card reader', async () => {
  const hut = await wholeHut({ devices: [reader('card-1', '01'), reader('spare', '02')], unconfigured: ['spare'] });
  const { configFile } = hut.files;
  const config = parse(readFileSync(configFile, 'utf8')) as { devices: { at: string }[] };
  config.devices[0]!.at = `serial:${put(hut, 'card-1')}`;
  writeFileSync(configFile, stringify(config));
  const confirm = (device: string) => hutgate('doctor', '--config', configFile, '--confirm', device);

  let gateway = hut.start();
  await ready(hut);
  expect(await confirm('card-1')).toMatchObject({ code: 1, stdout: expect.stringContaining('card-1 is not asked') });
  expect(await confirm('card-9')).toMatchObject({ code: 1, stdout: expect.stringContaining('no such device') });
  expect(await gateway.kill('SIGTERM')).toBe(0);
  expect(await confirm('card-1')).toMatchObject({ code: 1, stdout: expect.stringContaining('no gateway answers') });

  put(hut, 'spare');
  for (const how of ['SIGKILL', 'SIGHUP'] as const) {
    gateway = hut.start();
    await turnedAway(hut);
    if (how === 'SIGKILL') await gateway.kill(how);
    else gateway.child.kill(how);
  }
  await turnedAway(hut);
  await hut.rack.act('spare', 'present');
  await until('the confirmation', async () => (await confirm('card-1')).code === 0);
  await deviceInState(hut, 'card-1', 'ready');
  await until('the card', () => dataOf(hut, 'reading.card-read').length > 0);
  expect(await gateway.kill('SIGTERM')).toBe(0);

  gateway = hut.start();
  await deviceInState(hut, 'card-1', 'ready');
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('the identify codes of a hut, for cards beside its scanners', async () => {
  const hut = await wholeHut({
    devices: [
      { id: 'scanner-1', driver: 'scanner-line' },
      { id: 'scanner-2', driver: 'scanner-ssi' },
      reader('card-1', '01'),
    ],
  });
  const { code, stdout } = await hutgate('devices', '--codes', hut.files.configFile);
  expect(stdout).toMatch(/^scanner-1 +HUTGATE:IDENTIFY:scanner-1\nscanner-2 +HUTGATE:IDENTIFY:scanner-2\n$/);
  expect(code).toBe(0);
  expect(await hutgate('devices', '--codes', '/nonexistent.yaml')).toMatchObject({ code: 1, stdout: '' });
});
