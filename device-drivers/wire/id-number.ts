/**
 * The check character of Chinese citizen numbers (GB 11643-1999, ISO 7064 MOD 11-2). Residence permits of Hong Kong,
 * Macau and Taiwan and the foreign permanent resident's number of 2023 use the same rule.
 */
const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const checkCharacters = '10X98765432';

/** The check character of the first 17 digits: '0' to '9' or 'X'. Undefined when they are not 17 digits. */
export function idCheckCharacter(digits: string): string | undefined {
  if (!/^\d{17}$/.test(digits)) return undefined;
  const sum = weights.reduce((total, weight, at) => total + weight * Number(digits[at]), 0);
  return checkCharacters[sum % 11];
}

/** False also for anything that is not 17 digits and a check character. */
export function idCheckOk(idNumber: string): boolean {
  return idNumber.length === 18 && idCheckCharacter(idNumber.slice(0, 17)) === idNumber[17];
}
