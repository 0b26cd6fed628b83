/** Endless bytes that look almost right: a protocol's own frames, cut, spliced, bent and buried in noise. */

const noiseBytesMax = 600;
const mutationsMax = 4;

/** One piece after the other. `frames` are golden frames of the device; `random`: 0 <= x < 1. */
export function almostFrames(frames: readonly Uint8Array[], random: () => number): () => Uint8Array {
  const below = (limit: number) => Math.floor(random() * limit);
  const alphabet = Uint8Array.from(new Set(frames.flatMap((frame) => [...frame])));
  const oneFrame = () => frames[below(frames.length)]!;
  const noise = (byte: () => number) => Uint8Array.from({ length: 1 + below(noiseBytesMax) }, byte);

  const mutations: readonly ((frame: Uint8Array) => Uint8Array)[] = [
    (frame) => frame.with(below(frame.length), below(256)),
    (frame) => {
      const at = below(frame.length);
      return frame.with(at, frame[at]! ^ (1 << below(8)));
    },
    (frame) => joined(frame.subarray(0, below(frame.length)), frame.subarray(below(frame.length))),
    (frame) => frame.subarray(0, below(frame.length)),
    (frame) => {
      const at = below(frame.length);
      return joined(frame.subarray(0, at), Uint8Array.of(below(256)), frame.subarray(at));
    },
    (frame) => {
      const other = oneFrame();
      return joined(frame.subarray(0, below(frame.length)), other.subarray(below(other.length)));
    },
  ];

  return () => {
    const kind = below(10);
    if (kind === 0) return noise(() => below(256));
    if (kind === 1) return noise(() => alphabet[below(alphabet.length)]!);
    if (kind === 2) return new Uint8Array(1 + below(noiseBytesMax)).fill(below(256));
    let frame = oneFrame();
    if (kind > 6)
      for (let left = 1 + below(mutationsMax); left > 0 && frame.length > 0; left--)
        frame = mutations[below(mutations.length)]!(frame);
    return frame;
  };
}

const joined = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
