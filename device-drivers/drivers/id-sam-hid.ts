/**
 * Chinese ID-card readers on USB HID (Miaxis MR-300 and its kin): the SAM protocol of `id-sam`, packed into reports of 64
 * bytes (`wire/miaxis.ts`). All that a reader does and means is `id-sam`'s; here is only what is around it.
 */
import { type Conversation, defineDriver } from '../driver.ts';
import type { Framed, Framing } from '../framing.ts';
import { requestReport, samOfAnswer } from '../wire/miaxis.ts';
import { idSam } from './id-sam.ts';

export const idSamHid = defineDriver({
  name: 'id-sam-hid',
  kind: idSam.kind,
  describe: 'Chinese ID-card reader with the SAM protocol (GA/T 467) in HID reports (Miaxis)',
  transports: ['hid', 'sim'],
  options: idSam.options,
  faults: idSam.faults,
  session(options, context) {
    const { framing, identify, cycle } = idSam.session(options, context);
    return {
      framing: unpacked(framing),
      ...(identify && { identify: () => packed(identify()) }),
      ...(cycle && { cycle: { everyMs: cycle.everyMs, run: () => packed(cycle.run()) } }),
    };
  },
});

/** The same conversation, its frames sent as reports. */
function* packed<F, R>(conversation: Conversation<F, R>): Conversation<F, R> {
  let turn = conversation.next();
  while (!turn.done) {
    const step = turn.value;
    let answer: F | undefined;
    try {
      answer = yield step.step === 'send' ? { ...step, bytes: requestReport(step.bytes) } : step;
    } catch (error) {
      turn = conversation.throw(error);
      continue;
    }
    turn = conversation.next(answer);
  }
  return turn.value;
}

/** The framing of what the reports carry; a report that is damaged is given up whole. */
function unpacked<F>(inner: Framing<F>): Framing<F> {
  return {
    push(report): Framed<F>[] {
      const sam = samOfAnswer(report);
      return 'why' in sam ? [{ discarded: report.length, why: sam.why }] : inner.push(sam.bytes);
    },
    get heldBytes() {
      return inner.heldBytes;
    },
    ...(inner.idle && { idle: inner.idle }),
    flush: () => inner.flush(),
  };
}
