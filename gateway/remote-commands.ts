/** What the centre may ask of a hut (contract: `command`). Everything else is rejected by the uplink. */
import { z } from 'zod';
import type { Clock } from '../device-drivers/clock.ts';
import type { PrintJob, PrintResult } from '../device-drivers/driver.ts';
import { testLabel } from '../device-drivers/drivers/printer-zpl.ts';
import { type StreamName, streams } from './contract/streams.ts';
import { id } from './contract/topics.ts';
import type { Supervisor } from './supervisor/supervise.ts';
import { CommandFailed, type CommandHandler } from './uplink/commands.ts';
import { rfc3339 } from './wall-time.ts';

export interface RemoteCommandParts {
  readonly clock: Clock;
  readonly print: (device: string, job: PrintJob) => ReturnType<Supervisor['command']>;
  readonly resend: (stream: StreamName, from: number, to: number) => void;
  readonly reload: (() => Promise<void>) | undefined;
}

const resendArgs = z.object({ stream: z.enum(streams), from: z.int().min(1), to: z.int().min(1) });
const printTestArgs = z.object({ device: id });

export function remoteCommands({
  clock,
  print,
  resend,
  reload,
}: RemoteCommandParts): ReadonlyMap<string, CommandHandler> {
  return new Map<string, CommandHandler>([
    ['ping', async () => ({ at: rfc3339(clock.wallMs()) })],
    [
      'resend',
      async (args) => {
        const { stream, from, to } = parse(resendArgs, args);
        resend(stream, from, to);
        return undefined;
      },
    ],
    [
      'print-test',
      async (args) => {
        const { device } = parse(printTestArgs, args);
        const at = rfc3339(clock.wallMs());
        const label = testLabel({ title: 'hutgate', lines: [device, at], code: 'TEST' });
        return printed(await print(device, { jobId: `test-${clock.wallMs()}`, label }));
      },
    ],
    ...(reload
      ? [
          [
            'reload',
            async () => {
              // Answered first: the reload ends the connection that the answer goes over.
              clock.after(500, () => void reload());
              return undefined;
            },
          ] as const,
        ]
      : []),
  ]);
}

/** A label counts as done when it is proved; a centre that reads the status alone must not take another outcome for that. */
function printed(told: Awaited<ReturnType<RemoteCommandParts['print']>>): Record<string, unknown> {
  if (told.status === 'refused') throw new CommandFailed(`failed: ${told.why}`, { outcome: 'failed' });
  const { outcome, fault, ...more } =
    told.status === 'done' ? (told.result as PrintResult) : { outcome: 'unknown', fault: told.fault };
  if (outcome === 'done') return { outcome, ...more };
  throw new CommandFailed([outcome, fault?.code].join(': '), { outcome, fault, ...more });
}

/** Names the key, not the value. */
function parse<T>(schema: z.ZodType<T>, args: unknown): T {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `args.${path.join('.')}: ${message}`).join('; '));
}
