/** Phone numbers: what people type becomes E.164, or a reason why it cannot. */

import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
} from 'libphonenumber-js/min';

import type { Config } from './config';

export type { CountryCode };

/** Why it is no number that may sign up; the page has a sentence for each. */
export type PhoneProblem =
  | 'PHONE_EMPTY'
  | 'PHONE_NOT_A_NUMBER'
  | 'PHONE_TOO_SHORT'
  | 'PHONE_TOO_LONG'
  | 'PHONE_UNKNOWN_COUNTRY'
  | 'PHONE_IMPOSSIBLE'
  | 'COUNTRY_NOT_ALLOWED';

export interface Country {
  code: CountryCode;
  name: string;
  /** Without the +. */
  callingCode: string;
}

type Rules = Pick<Config, 'allowedCountries' | 'blockedCountries'>;

function isAllowed(country: string, { allowedCountries, blockedCountries }: Rules): boolean {
  return (allowedCountries?.includes(country) ?? true) && !blockedCountries.includes(country);
}

/** Returns the countries whose numbers may sign up, by their names in that language. */
export function listCountries(language: string, rules: Rules): Country[] {
  const names = new Intl.DisplayNames(language, { type: 'region' });
  const byName = new Intl.Collator(language);
  return getCountries()
    .filter((code) => isAllowed(code, rules))
    .map((code) => ({ code, name: names.of(code) ?? code, callingCode: getCountryCallingCode(code) }))
    .sort((one, other) => byName.compare(one.name, other.name));
}

/**
 * Guesses where a person is from the browser's languages: the first that names a region, or else the likely one.
 *
 * @param languages `navigator.languages`
 */
export function guessCountry(languages: readonly string[], countries: readonly Country[]): CountryCode | undefined {
  const locales = languages.flatMap(localeOf);
  const regions = [...locales.map((locale) => locale.region), ...locales.map((locale) => locale.maximize().region)];
  const possible = regions.find((region) => countries.some(({ code }) => code === region));
  return (possible as CountryCode | undefined) ?? countries[0]?.code;
}

function localeOf(language: string): Intl.Locale[] {
  try {
    return [new Intl.Locale(language)];
  } catch {
    return []; // browsers name languages that are none
  }
}

/**
 * Reads a number as it was typed or pasted.
 *
 * @param country what it is read as, unless it begins with + or 00.
 */
export function readPhoneNumber(
  typed: string,
  country: CountryCode | undefined,
  rules: Rules,
): { e164: string; country: CountryCode } | { problem: PhoneProblem } {
  const text = international(typed);
  if (text === '') return { problem: 'PHONE_EMPTY' };
  if (/[^\d\s()+./‐-―-]/u.test(text)) return { problem: 'PHONE_NOT_A_NUMBER' };
  const number = parsePhoneNumberFromString(text, country);
  const problem = validatePhoneNumberLength(text, country);
  switch (problem) {
    case 'NOT_A_NUMBER':
      return { problem: /\d/.test(text) ? 'PHONE_TOO_SHORT' : 'PHONE_NOT_A_NUMBER' };
    case 'TOO_SHORT':
      return { problem: 'PHONE_TOO_SHORT' };
    case 'TOO_LONG':
      return { problem: 'PHONE_TOO_LONG' };
    case 'INVALID_COUNTRY':
      return { problem: 'PHONE_UNKNOWN_COUNTRY' };
    case 'INVALID_LENGTH':
      return { problem: 'PHONE_IMPOSSIBLE' };
  }
  if (!number) return { problem: 'PHONE_IMPOSSIBLE' };
  const of = countryOf(number.country, number.countryCallingCode, country);
  // The pool's own table decides; this one only spares people a call that would be refused.
  if (!of) return { problem: 'PHONE_UNKNOWN_COUNTRY' };
  if (!isAllowed(of, rules)) return { problem: 'COUNTRY_NOT_ALLOWED' };
  return { e164: number.number, country: of };
}

/** Returns a number that was typed with its calling code as it is written at home, and its country; null for any other. */
export function splitPhoneNumber(typed: string): { country: CountryCode; national: string } | null {
  const text = international(typed);
  if (!text.startsWith('+')) return null;
  const number = parsePhoneNumberFromString(text);
  const country = number && countryOf(number.country, number.countryCallingCode, undefined);
  return number && country ? { country, national: number.formatNational() } : null;
}

/** Returns a number for people to read, such as +49 1512 3456789, which no line break parts. */
export function showPhoneNumber(e164: string): string {
  return (parsePhoneNumberFromString(e164)?.formatInternational() ?? e164).replaceAll(' ', '\u00a0');
}

function international(typed: string): string {
  // Full-width and Arabic digits are read as well; what is copied often brings invisible marks of direction with it.
  const text = typed.normalize('NFKC').replace(/[\p{Cf}]/gu, '').trim();
  const digits = text.replace(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 15));
  return digits.replace(/^00(?=\s*[1-9])/, '+');
}

/** Several countries share +1, +7 and +44: then the one that was chosen stands, or else the largest. */
function countryOf(
  found: CountryCode | undefined,
  callingCode: string,
  chosen: CountryCode | undefined,
): CountryCode | undefined {
  if (found) return found;
  if (chosen && getCountryCallingCode(chosen) === callingCode) return chosen;
  const main: Record<string, CountryCode> = { '1': 'US', '7': 'RU', '44': 'GB' };
  return main[callingCode] ?? getCountries().find((country) => getCountryCallingCode(country) === callingCode);
}
