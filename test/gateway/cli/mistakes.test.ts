/** What a technician types wrongly at the command line: one line each that says what is wrong, and never a stack. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { hutgateBin } from '../../support/gateway-process.ts';

const hutgate = (...args: string[]) => spawnSync(hutgateBin, args, { encoding: 'utf8' });

test.each([
  ['run --config nowhere.yaml', 1, 'nowhere.yaml: does not exist'],
  ['monitor --config nowhere.yaml', 1, 'nowhere.yaml: does not exist'],
  ['store status --config nowhere.yaml', 1, 'nowhere.yaml: does not exist'],
  ['staff list --config nowhere.yaml', 1, 'nowhere.yaml: does not exist'],
  ['devices --codes nowhere.yaml', 1, 'nowhere.yaml: does not exist'],
  ['simulate --rack nowhere.yaml', 1, 'nowhere.yaml: does not exist'],
  ['simulate --scenario nowhere.yaml', 1, 'nowhere.yaml: does not exist'],
  [`run --config ${tmpdir()}`, 1, `${tmpdir()}: is a directory, not a file`],
  ['devices --root /nowhere', 1, '/nowhere: holds no sys'],
  ['central --broker mqtt://127.0.0.1:1 --password-file nowhere', 1, 'nowhere: does not exist'],
  ['central --broker mqtt://127.0.0.1:1 --ca nowhere', 1, 'nowhere: does not exist'],
  ['demo --data /dev/null/data', 1, 'the demo could not start: ENOTDIR'],
  ['demo --log loud', 2, 'Allowed choices are trace, debug, info, warn, error, fatal'],
  ['check --config hut.yaml --jsn', 2, 'Did you mean --json?'],
  ['chek', 2, 'Did you mean check?'],
])('%s', (line, status, said) => {
  const ran = hutgate(...line.split(' '));
  expect(ran.stderr).toContain(said);
  expect(ran.stderr).not.toMatch(/^\s+at /m);
  expect(ran.status).toBe(status);
});

test('hutgate check says it on stdout, where its problems go', () => {
  const { status, stdout } = hutgate('check', '--config', 'nowhere.yaml');
  expect([status, stdout]).toEqual([1, 'nowhere.yaml:1:1: does not exist\n']);
});

test('a broker that is not there is named, and does not hold up the end', () => {
  const { status, stderr } = hutgate('central', '--broker', 'mqtt://127.0.0.1:1', '--seconds', '2');
  expect(stderr).toContain('mqtt://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1; trying again');
  expect(status).toBe(1);
});

test('help of a command is its whole help, however it is asked for', () => {
  expect(hutgate('help', 'doctor').stdout).toBe(hutgate('doctor', '--help').stdout);
});
