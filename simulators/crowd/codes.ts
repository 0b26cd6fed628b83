/** The fresh tubes, boxes and seals behind the samplers. */
export interface Codes {
  nextTube(): string;
  nextBox(): string;
  nextSeal(): string;
  readonly courier: string;
}

/** `first`: number of the first tube, box and seal. A hut takes each of them once in its life. */
export function createCodes(first: number): Codes {
  const count = { tube: first, box: first, seal: first };
  const next = (what: keyof typeof count, letter: string, digits: number) => {
    count[what] += 1;
    return letter + String(count[what] % 10 ** digits).padStart(digits, '0');
  };
  return {
    nextTube: () => next('tube', 'T', 10),
    nextBox: () => next('box', 'B', 8),
    nextSeal: () => next('seal', 'S', 8),
    courier: 'CR000001',
  };
}
