import { expect, test } from 'vitest';
import { refusal } from '../../../gateway/api/same-page.ts';

test.each([
  [{ host: '127.0.0.1:8080' }, undefined],
  [{ host: 'localhost:8080' }, undefined],
  [{ host: '[::1]:8080' }, undefined],
  [{ host: '192.168.1.7' }, undefined],
  [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }, undefined],
  [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' }, undefined],
  [{ host: '127.0.0.1:8080', 'sec-fetch-site': 'none' }, undefined],
  [{}, 'host'],
  [{ host: '' }, 'host'],
  [{ host: 'rebound.example:8080' }, 'host'],
  [{ host: '127.0.0.1.rebound.example' }, 'host'],
  [{ host: 'localhost.rebound.example:8080' }, 'host'],
  [{ host: '[::1' }, 'host'],
  [{ host: '127.0.0.1:8080', origin: 'null' }, 'origin'],
  [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:9090' }, 'origin'],
  [{ host: '127.0.0.1:8080', origin: 'https://evil.example' }, 'origin'],
  [{ host: '127.0.0.1:8080', 'sec-fetch-site': 'cross-site' }, 'origin'],
  [{ host: '127.0.0.1:8080', 'sec-fetch-site': 'same-site' }, 'origin'],
])('%j -> %s', (headers, expected) => {
  expect(refusal(headers)).toBe(expected);
});
