/** What FunctionFS is told, against linux/usb/functionfs.h and the USB 2.0 descriptors (9.6.5, 9.6.6). */
import { expect, test } from 'vitest';
import { functionDescriptors, functionStrings } from '../../../simulators/lab/functionfs.ts';

test('magic 3, whole length, both speeds, and how many descriptors of each', () => {
  const bytes = functionDescriptors([{ address: 0x02 }, { address: 0x81 }]);
  const words = [0, 4, 8, 12, 16].map((at) => bytes.readUInt32LE(at));
  expect(words).toEqual([3, bytes.length, 3, 3, 3]);
  expect(bytes.subarray(20).toString('hex')).toBe(
    `${'0904000002ff000001'}${'07050202400000'}${'07058102400000'}${'0904000002ff000001'}${'07050202000200'}${'07058102000200'}`,
  );
});

test('one string, in English', () => {
  const bytes = functionStrings('SDT');
  expect([0, 4, 8, 12].map((at) => bytes.readUInt32LE(at))).toEqual([2, bytes.length, 1, 1]);
  expect(bytes.subarray(16).toString('latin1')).toBe('\t\x04SDT\0');
});
