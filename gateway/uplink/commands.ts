/**
 * Commands of the centre. Each is checked before anything happens: retained, expired and repeated ones are never
 * executed. There is no command that touches a tube: those acts are physical.
 */
import type { z } from 'zod';
import type { Clock } from '../../device-drivers/clock.ts';
import {
  type CommandMessage,
  type CommandResultMessage,
  command,
  commandNames,
  parseMessage,
} from '../contract/messages.ts';
import type { ClockQuality } from '../contract/streams.ts';
import type { Log } from '../log.ts';
import { commandsAtOnceMax, rememberedCommandsMax } from './limits.ts';

/**
 * Does one command; what it returns is sent to the centre. It throws when the command did not succeed; the message is sent
 * too, with the result of a CommandFailed: no personal data.
 */
export type CommandHandler = (args: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown> | undefined>;

/** The command was tried and did not succeed; `result` says how far it came. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly result: Record<string, unknown>;
  constructor(message: string, result: Record<string, unknown>) {
    super(message);
    this.result = result;
  }
}

export interface CommandsOptions {
  readonly handlers: ReadonlyMap<string, CommandHandler>;
  readonly clock: Clock;
  readonly clockQuality: () => ClockQuality;
  readonly publish: (result: CommandResultMessage) => void;
  /** A command was executed, with this outcome. */
  readonly executed: (command: CommandMessage, status: 'done' | 'failed') => void;
  readonly log: Log;
}

export interface Commands {
  receive(payload: Uint8Array, retained: boolean): void;
}

export interface CommandCircumstances {
  readonly retained: boolean;
  readonly repeated: boolean;
  readonly running: number;
  readonly wallMs: number;
  readonly clockQuality: ClockQuality;
  readonly handled: boolean;
}

/** undefined: execute it. */
export function refusal(
  message: CommandMessage,
  now: CommandCircumstances,
): Pick<CommandResultMessage, 'status' | 'error'> | undefined {
  if (now.retained) return { status: 'rejected', error: 'retained commands are not executed' };
  if (now.repeated) return { status: 'duplicate' };
  if (now.clockQuality === 'unsynced')
    return { status: 'rejected', error: 'the clock of the hut is not set: whether the command has expired is unknown' };
  if (Date.parse(message.expiresAt) <= now.wallMs) return { status: 'expired' };
  if (!now.handled) {
    const known = (commandNames as readonly string[]).includes(message.name);
    return { status: 'rejected', error: known ? 'not supported by this hut' : 'unknown command' };
  }
  if (now.running >= commandsAtOnceMax) return { status: 'rejected', error: 'too many commands at once' };
  return undefined;
}

export function createCommands(options: CommandsOptions): Commands {
  const { handlers, clock, log, publish } = options;
  /** In the order of arrival, so that the oldest is forgotten first. */
  const seen = new Set<string>();
  let running = 0;

  const remember = (id: string) => {
    seen.add(id);
    if (seen.size > rememberedCommandsMax) seen.delete(seen.values().next().value!);
  };

  const execute = async (message: CommandMessage, handler: CommandHandler) => {
    const { commandId } = message;
    running += 1;
    publish({ commandId, status: 'accepted' });
    try {
      const result = await handler(message.args);
      publish({ commandId, status: 'done', ...(result && { result }) });
      options.executed(message, 'done');
    } catch (error) {
      const text = error instanceof Error ? error.message : 'failed';
      const result = error instanceof CommandFailed ? { result: error.result } : {};
      publish({ commandId, status: 'failed', ...result, error: text.slice(0, 200) || 'failed' });
      options.executed(message, 'failed');
    } finally {
      running -= 1;
    }
  };

  return {
    receive(payload, retained) {
      const parsed = parseMessage(command as z.ZodType<CommandMessage>, payload);
      if (parsed.problem !== undefined) return log.warn({ problem: parsed.problem }, 'a command breaks the contract');
      const message = parsed.value;
      const handler = handlers.get(message.name);
      const refused = refusal(message, {
        retained,
        repeated: seen.has(message.commandId),
        running,
        wallMs: clock.wallMs(),
        clockQuality: options.clockQuality(),
        handled: handler !== undefined,
      });
      if (!retained) remember(message.commandId);
      if (refused) return publish({ commandId: message.commandId, ...refused });
      void execute(message, handler!);
    },
  };
}
