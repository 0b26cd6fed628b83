/** What the centre may ask of a hut (contract: `command`). Everything else is rejected by the uplink. */
import { z } from 'zod';
import type { Clock } from '../device-drivers/clock.ts';
import { type StreamName, streams } from './contract/streams.ts';
import { id } from './contract/topics.ts';
import type { PrintTest } from './print-test.ts';
import { CommandFailed, type CommandHandler } from './uplink/commands.ts';
import { rfc3339 } from './wall-time.ts';

export interface RemoteCommandParts {
  readonly clock: Clock;
  readonly printTest: PrintTest;
  readonly resend: (stream: StreamName, from: number, to: number) => void;
  readonly reload: (() => Promise<void>) | undefined;
  /** Absent in a hut in which nobody signs in. False: no such operator. */
  readonly revokeOperator?: ((operator: string) => Promise<boolean>) | undefined;
}

const resendArgs = z.object({ stream: z.enum(streams), from: z.int().min(1), to: z.int().min(1) });
const printTestArgs = z.object({ device: id });
const revokeArgs = z.object({ operator: id });

export function remoteCommands({
  clock,
  printTest,
  resend,
  reload,
  revokeOperator,
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
        const { error, result } = await printTest(device);
        if (error !== undefined) throw new CommandFailed(error, result);
        return result;
      },
    ],
    ...(revokeOperator
      ? [
          [
            'revoke-operator',
            async (args: Readonly<Record<string, unknown>>) => {
              const { operator } = parse(revokeArgs, args);
              if (!(await revokeOperator(operator))) throw new Error('no such operator');
              return undefined;
            },
          ] as const,
        ]
      : []),
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

/** Names the key, not the value. */
function parse<T>(schema: z.ZodType<T>, args: unknown): T {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `args.${path.join('.')}: ${message}`).join('; '));
}
