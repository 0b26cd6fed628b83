/** Codes of tubes by what can be compared with the tube in hand: their ends. How many there are stands beside: only so many lines fit. */
import { tail } from '../text/lane-format.ts';

/** More fit on no screen. */
const tailsMax = 24;

export const Tails = ({ codes }: { codes: readonly string[] }) => (
  <ul class="tails">
    {codes.slice(0, tailsMax).map((code) => (
      <li key={code}>…{tail(code)}</li>
    ))}
  </ul>
);
