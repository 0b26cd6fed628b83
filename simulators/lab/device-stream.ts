/** A character device of the lab (`/dev/lab/control`) as a Node stream. */
import { writeSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { openReadable } from './readable-fd.ts';

const readBytesMax = 65_536;

/** @throws as open(2), EBUSY when another process has it */
export function deviceStream(path: string): Duplex {
  const readable = openReadable(path, readBytesMax, (bytes) => stream.push(bytes));
  const stream = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      try {
        for (let offset = 0; offset < bytes.length; ) offset += writeSync(readable.fd, bytes, offset);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    destroy(error, done) {
      readable.close();
      done(error);
    },
  });
  return stream;
}
