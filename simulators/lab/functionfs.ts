/** What a program tells FunctionFS before its device can be plugged in (linux/usb/functionfs.h), in the second format. */

export interface BulkEndpoint {
  /** With 0x80 to the host. */
  readonly address: number;
}

const descriptorsMagic = 3;
const stringsMagic = 2;
const flags = { fullSpeed: 1, highSpeed: 2 };
const headBytes = 12;
const vendorClass = 0xff;
const bulk = 2;

/** One interface of the vendor's own class with these endpoints. Their numbers are what the controller makes of them. */
export function functionDescriptors(endpoints: readonly BulkEndpoint[]): Buffer {
  const speed = (packetBytes: number) => [
    ...[9, 4, 0, 0, endpoints.length, vendorClass, 0, 0, 1],
    ...endpoints.flatMap(({ address }) => [7, 5, address, bulk, packetBytes & 0xff, packetBytes >> 8, 0]),
  ];
  const count = 1 + endpoints.length;
  const body = Buffer.concat([words(count, count), Buffer.from(speed(64)), Buffer.from(speed(512))]);
  const flagged = flags.fullSpeed | flags.highSpeed;
  return Buffer.concat([words(descriptorsMagic, headBytes + body.length, flagged), body]);
}

/** One string, in English: the interface's name. */
export function functionStrings(name: string): Buffer {
  const body = Buffer.concat([Buffer.of(0x09, 0x04), Buffer.from(`${name}\0`)]);
  return Buffer.concat([words(stringsMagic, 16 + body.length, 1, 1), body]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, at * 4);
  return bytes;
}
