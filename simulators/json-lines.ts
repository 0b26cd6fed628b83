/** JSON values, one a line, over a byte stream; a line that is too long or no JSON is said and passed over. */

export interface JsonLinesEvents {
  value(value: unknown): void;
  /** The line was no JSON, or longer than `lineBytesMax`; reading goes on after it. */
  bad(why: string): void;
}

export const lineBytesMax = 1_048_576;

const newline = 0x0a;

/** Takes chunks of any size. */
export function jsonLines(events: JsonLinesEvents): (chunk: Uint8Array) => void {
  let parts: Uint8Array[] = [];
  let held = 0;
  let tooLong = false;

  function hold(part: Uint8Array): void {
    held += part.length;
    if (held > lineBytesMax) {
      tooLong = true;
      parts = [];
    } else parts.push(part);
  }
  function endLine(): void {
    const line = Buffer.concat(parts).toString();
    if (tooLong) events.bad(`a line is longer than ${lineBytesMax} bytes`);
    else if (line.trim() !== '') read(line);
    parts = [];
    held = 0;
    tooLong = false;
  }
  function read(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      events.bad('a line is not JSON');
      return;
    }
    events.value(value);
  }

  return (chunk) => {
    let rest = chunk;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      hold(rest.subarray(0, end));
      endLine();
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) hold(rest);
  };
}

export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
