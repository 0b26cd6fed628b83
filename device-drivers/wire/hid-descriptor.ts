/**
 * HID report descriptors (Device Class Definition for HID 1.11, section 6.2.2): which usage stands at which bit of which
 * report. Long items, designators, strings and delimiters carry nothing that a driver needs and are passed over. Any bytes
 * are a descriptor; of damaged ones what can be read is read.
 */

export interface HidField {
  readonly kind: 'input' | 'output' | 'feature';
  /** 0: the device does not number its reports. */
  readonly reportId: number;
  /** The first one repeats for the last elements; page in the upper 16 bits: 0x008c00fe. */
  readonly usages: readonly number[];
  /** From the start of the report, its id counted where there is one. */
  readonly bitOffset: number;
  /** Of one element. */
  readonly bits: number;
  readonly count: number;
}

export interface HidDescriptor {
  /** Usages of the top-level collections, such as 0x00010006 for a keyboard. */
  readonly applications: readonly number[];
  readonly fields: readonly HidField[];
}

/** A range such as `00 to FFFF` is not written out in full. */
const usagesMax = 1_024;
const kinds: ReadonlyMap<number, HidField['kind']> = new Map([
  [0x80, 'input'],
  [0x90, 'output'],
  [0xb0, 'feature'],
]);

interface Globals {
  readonly page: number;
  readonly reportId: number;
  readonly bits: number;
  readonly count: number;
}

export function parseHidDescriptor(bytes: Uint8Array): HidDescriptor {
  const applications: number[] = [];
  const fields: HidField[] = [];
  const bitsSoFar = new Map<string, number>();
  const saved: Globals[] = [];
  let globals: Globals = { page: 0, reportId: 0, bits: 0, count: 0 };
  let usages: number[] = [];
  let usageMin = 0;
  let depth = 0;

  for (const { tag, value, size } of items(bytes)) {
    // A usage of 4 bytes brings its own page.
    const usage = size === 4 ? value : ((globals.page << 16) | value) >>> 0;
    const kind = kinds.get(tag);
    if (kind) {
      const { reportId, bits, count } = globals;
      const key = `${kind} ${reportId}`;
      const bitOffset = bitsSoFar.get(key) ?? (reportId > 0 ? 8 : 0);
      bitsSoFar.set(key, bitOffset + bits * count);
      fields.push({ kind, reportId, usages, bitOffset, bits, count });
    } else if (tag === 0xa0) {
      if (depth === 0 && usages[0] !== undefined) applications.push(usages[0]);
      depth += 1;
    } else if (tag === 0xc0) depth = Math.max(0, depth - 1);
    else if (tag === 0x04) globals = { ...globals, page: value & 0xffff };
    else if (tag === 0x74) globals = { ...globals, bits: value };
    else if (tag === 0x84) globals = { ...globals, reportId: value & 0xff };
    else if (tag === 0x94) globals = { ...globals, count: value };
    else if (tag === 0xa4 && saved.length < usagesMax) saved.push(globals);
    else if (tag === 0xb4) globals = saved.pop() ?? globals;
    else if (tag === 0x08) usages.push(usage);
    else if (tag === 0x18) usageMin = usage;
    else if (tag === 0x28) {
      for (let next = usageMin; next <= usage && usages.length < usagesMax; next++) usages.push(next);
    }
    const isMain = (tag & 0x0c) === 0;
    if (isMain) {
      usages = [];
      usageMin = 0;
    }
  }
  return { applications, fields };
}

/** Bit offset and field of one usage; undefined when the descriptor does not have it. */
export function findUsage(
  { fields }: HidDescriptor,
  kind: HidField['kind'],
  usage: number,
): { readonly bit: number; readonly field: HidField } | undefined {
  for (const field of fields) {
    const index = field.usages.indexOf(usage);
    if (field.kind === kind && index >= 0 && index < field.count) {
      return { bit: field.bitOffset + index * field.bits, field };
    }
  }
  return undefined;
}

/** `tag`: tag and type, the prefix without its size. */
function* items(bytes: Uint8Array): Generator<{ tag: number; value: number; size: number }> {
  for (let at = 0; at < bytes.length; ) {
    const prefix = bytes[at]!;
    if (prefix === 0xfe) {
      at += 3 + (bytes[at + 1] ?? 0);
      continue;
    }
    const size = [0, 1, 2, 4][prefix & 3]!;
    let value = 0;
    for (let byte = size; byte > 0; byte--) value = value * 256 + (bytes[at + byte] ?? 0);
    yield { tag: prefix & 0xfc, value, size };
    at += 1 + size;
  }
}
