/**
 * From what a thermometer measures all the time to one value per person. Rules on numbers; no protocol.
 *
 * A person is in front from the first value of at least `personAboveCelsius` until two values in a row are none of a
 * person's. Of the first `samples` values the highest counts: a sensor that is being approached reads too low, never too
 * high (the artery is the warmest spot of a forehead).
 */

/** Outside of it no living person is measured: another object, or a sensor that is broken. Degrees Celsius. */
export const bodyCelsius = { min: 20, max: 45 } as const;

export const isPlausibleBody = (celsius: number) => celsius >= bodyCelsius.min && celsius <= bodyCelsius.max;

/** Values in a row without a person before the next one counts as somebody else. */
const absencesForNext = 2;

/** Takes each value; gives the one that stands for the person in front, once per person. */
export function onePerPerson<V extends { readonly celsius: number }>(rule: {
  readonly personAboveCelsius: number;
  readonly samples: number;
}): (value: V) => V | undefined {
  let seen: V[] = [];
  let absences = 0;
  let told = false;
  return (value) => {
    if (value.celsius < rule.personAboveCelsius || !isPlausibleBody(value.celsius)) {
      if (++absences >= absencesForNext) {
        seen = [];
        told = false;
      }
      return undefined;
    }
    absences = 0;
    if (told) return undefined;
    seen.push(value);
    if (seen.length < rule.samples) return undefined;
    const highest = seen.reduce((a, b) => (b.celsius > a.celsius ? b : a));
    seen = [];
    told = true;
    return highest;
  };
}
