/**
 * A day with everything that can happen to people, and then: who they are stands in clear nowhere. Not on the disk, not in
 * the log at its most talkative, not in a byte to or from the broker, not in an answer of any route to any role, not on
 * the queue's screen, not on a label. People are synthetic.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { accessOf } from '../../../gateway/api/access.ts';
import { readLocalToken } from '../../../gateway/api/local-token.ts';
import { crowdPerson } from '../../../simulators/people.ts';
import { connectLive } from '../../support/live-client.ts';
import { otherPin, password, pin } from '../../support/staff.ts';
import { until } from '../../support/until.ts';
import {
  arrived,
  box,
  card,
  courier,
  extraScanner,
  type LaneHut,
  lamp,
  laneHut,
  operators,
  phone,
  phoneOf,
  printer,
  seal,
  single,
  slipPrinter,
  thermometer,
  tube,
} from '../lane-hut.ts';
import { traces } from '../traces.ts';
import { hutgate } from '../whole-hut.ts';

const passport = 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10';
const token = 'P:QZXJKV7731';
const torn = phone(50).slice(0, 24);
const payment = 'https://pay.example/qpx83hfk2?u=zhang';
const garbage = `{"姓名":"测试丁","手机":"13800000000"}`;
const typed = 'UTX7730415';

async function aDay({ one, two, rack, clock }: LaneHut): Promise<void> {
  await one.signIn(operators[0]);
  await two.signIn(operators[1]);
  await one.scan(tube(1));
  await one.measure(36.5);
  await one.scan(phone(1));
  await one.lay('crowd-2');
  await one.scanAll(passport, token);
  await two.scan(tube(2));
  for (const text of [phone(1), torn, payment, garbage, single(3)])
    expect(await two.scan(text)).toMatchObject({ tone: 'refused' });
  await one.scan(phone(4));
  expect((await one.view()).tube).toBeUndefined();
  expect(await two.scan(phone(1))).toMatchObject({ tone: 'question', code: 'sampled-earlier' });
  await two.tap('cancel');
  await two.scan(phone(5));
  await two.tap('undo');
  await two.scan(phone(6));
  await two.tap('correct');
  await two.scan(phone(7));
  await one.measure(38.4);
  await one.scan(phone(8));
  await one.tap({ action: 'exclude', reason: 'refused' });
  await one.scan(phone(9));
  const yesterday = new Date(clock.wallMs() - 16 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '');
  expect(await one.scan(phone(10, `|v${yesterday}`))).toMatchObject({ code: 'person-excluded' });
  await two.tap({ action: 'manual', idType: '03', idNumber: typed });
  await two.tap({ action: 'void-tube', reason: 'unknown-swab' });
  await two.tap('confirm');
  await one.tap('single');
  await one.scan(tube(3));
  expect(await one.scan(single(3))).toMatchObject({ tone: 'full' });
  await rack.act('scanner-3', 'scan', { text: `${'7'.repeat(700)}`, symbology: ']Q1' });
  await one.until('the long one', ({ said }) => said?.code === 'code-too-long');
  await one.tap('pack');
  await one.scanAll(box(1), tube(1), tube(3));
  await one.tap('seal');
  await one.tap({ action: 'count', count: 2 });
  await one.scan(seal(1));
  await one.tap('hand-over');
  await one.scan(courier);
  await one.tap({ action: 'count', count: 2 });
  await one.tap('sample');
}

test('after a whole day nobody stands in clear anywhere', async () => {
  const hut = await laneHut({
    devices: [card, thermometer, printer, slipPrinter, lamp, extraScanner],
    campaign: { temperature: 'optional' },
    more: { labels: { slip: 'on-person' } },
  });
  const url = `http://127.0.0.1:${hut.files.apiPort}`;
  const post = (path: string, body: object, cookie = '') =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify(body),
    });
  const technician = (await post('/api/sign-in', { name: 'tech-1', password })).headers
    .get('set-cookie')!
    .split(';')[0]!;
  const queue: string[] = [];
  const screen = new WebSocket(`${url.replace('http', 'ws')}/api/public`);
  onTestFinished(() => screen.terminate());
  screen.on('message', (text) => queue.push(String(text)));
  const ofTechnician = await connectLive(url, '', { cookie: technician });
  onTestFinished(() => ofTechnician.close());

  await aDay(hut);
  const sampler = hut.one.cookie();
  const ofSampler = await connectLive(url, '', { cookie: sampler });
  onTestFinished(() => ofSampler.close());
  const shownInQueue = 9;
  await until('the queue', () => queue.filter((text) => text.includes('"person"')).length >= shownInQueue);

  const places = new Map<string, Buffer>();
  const put = (place: string, text: string | Buffer) => places.set(place, Buffer.from(text));
  const bearer = `Bearer ${await readLocalToken(hut.dataDir)}`;
  const callers: [string, Record<string, string>][] = [
    ['nobody', {}],
    ['sampler', { cookie: sampler }],
    ['technician', { cookie: technician }],
    ['local tool', { authorization: bearer }],
  ];
  for (const [who, headers] of callers)
    for (const route of [...accessOf.keys(), 'GET /', 'GET /nowhere']) {
      const [method, path] = route.split(' ') as [string, string];
      const answer = await fetch(url + path.replace(':id', 'lane-1').replace(':action', 'scan'), {
        method,
        headers: { ...headers, ...(method === 'POST' && { 'content-type': 'application/json' }) },
        // Not the way out: the callers are needed for the rest.
        ...(method === 'POST' && {
          body: path.endsWith('sign-out') ? '{"lane":"lane-9"}' : JSON.stringify({ name: garbage, password: torn }),
        }),
      });
      put(`${route} for ${who}`, `${await answer.text()}${JSON.stringify([...answer.headers])}`);
    }
  // What is wrong in a request is not repeated to whoever sent it.
  for (const action of [{ action: 'manual', idType: '01', idNumber: garbage }, { action: garbage }, { [typed]: 1 }])
    put(
      `a wrong action ${Object.keys(action)[0]!.length}`,
      await (await post('/api/lanes/lane-1/actions', action, sampler)).text(),
    );
  put('live feed of the technician', JSON.stringify(ofTechnician.messages));
  put('live feed of the sampler', JSON.stringify(ofSampler.messages));
  put("the queue's screen", queue.join('\n'));
  put('what the lanes said', JSON.stringify([await hut.one.view(), await hut.two.view()]));
  for (const id of ['printer-1', 'slip-1'])
    put(`printed by ${id}`, JSON.stringify(hut.rack.state().find((state) => state.id === id)!.device));
  const addFiles = (when: string) => {
    for (const entry of readdirSync(hut.files.dir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && !path.includes('gateway.log')) put(`${path} ${when}`, readFileSync(path));
      put(`name of ${path} ${when}`, path);
    }
  };
  await arrived(hut);
  addFiles('while running');
  await hut.restart();
  await hut.one.view();
  await hut.stop();
  addFiles('after the end');
  put('log', readFileSync(hut.files.logFile));
  put('wire to the broker', hut.tap.bytes());
  put('export', (await hutgate('store', 'export', '--config', hut.files.configFile)).stdout);

  const known = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(crowdPerson);
  const secrets = [
    ...known.flatMap(({ name, idNumber, address }) => [name, idNumber, address!]),
    ...[1, 4, 5, 6, 7, 8, 9, 10].flatMap((n) => [phoneOf(n), phone(n)]),
    ...[
      passport,
      'L898902C3',
      'ERIKSSON<',
      'ANNA',
      token,
      torn,
      payment,
      'qpx83hfk2',
      garbage,
      '测试丁',
      '13800000000',
    ],
    ...[typed, single(3), '7'.repeat(40), pin, otherPin, password],
  ];
  // The pins of the test's own staff file are there as hashes only; the tubes of the day are there in clear.
  expect([...places.keys()].filter((place) => place.includes('hutgate.db-wal'))).not.toEqual([]);
  for (const place of ['wire to the broker', 'export', 'live feed of the sampler'])
    expect(places.get(place)!.includes(tube(1)), place).toBe(true);
  expect(places.get('printed by slip-1')!.toString()).toContain(`${crowdPerson(1).name[0]}*`);
  expect(places.get("the queue's screen")!.toString()).toContain(`${crowdPerson(1).name[0]}*`);
  expect(traces(secrets, places)).toEqual([]);
  // The queue learns a place, a surname and an icon: no tube, no temperature, no reason.
  for (const text of queue.filter((text) => text.includes('"person"'))) {
    const { type: _, slot, shown, icon, clearsInMs, ...more } = JSON.parse(text);
    expect(more).toEqual({});
    expect([typeof shown, clearsInMs <= 5_000]).toEqual(['string', true]);
    expect(['ok', 'wait', 'stop']).toContain(icon);
    expect(slot === undefined || Number.isInteger(slot)).toBe(true);
    expect(shown).toMatch(/^[^\d…]*\*$/);
  }
});
