/** A printer driver plugged into its simulator, and what the tests of all three printers do with it. */
import type { Driver, PrintJob, PrintResult } from '../../device-drivers/driver.ts';
import type { EncodedJob } from '../../device-drivers/print-job.ts';
import type { Simulator } from '../../simulators/device.ts';
import { connect, type Rig } from './converse.ts';

/** `label` is what is printed when a job names none. */
export function printerRig(driver: Driver, simulator: Simulator, label: string) {
  let lastJob = 0;
  const start = (simulatorOptions: unknown = {}, options: unknown = {}) =>
    connect({ driver, options, simulator, simulatorOptions });
  return {
    start,
    /** Identified, too. */
    started(simulatorOptions: unknown = {}, options: unknown = {}) {
      const rig = start(simulatorOptions, options);
      identify(rig);
      return rig;
    },
    print(rig: Rig, job: Partial<PrintJob> = {}) {
      const command = rig.session.commands!.print as (job: PrintJob) => never;
      return rig.converse<PrintResult>(command({ jobId: `job-${++lastJob}`, label, ...job }));
    },
  };
}

export const identify = (rig: Rig) => rig.converse(rig.session.identify!());
export const textsSent = (rig: Rig, encoding: BufferEncoding = 'latin1') =>
  rig.sent.map((bytes) => Buffer.from(bytes).toString(encoding));
export const conditionsOf = (rig: Rig) =>
  rig.outputs.flatMap((output) => ('condition' in output ? [output.condition] : []));
export const printedBy = (rig: Rig) => (rig.device.state() as { printed: string[] }).printed;

/** @throws when the label was refused. */
export function bytesOf(encoded: EncodedJob | object): Buffer {
  if (!('bytes' in encoded)) throw new Error(JSON.stringify(encoded));
  return Buffer.from(encoded.bytes as Uint8Array);
}
