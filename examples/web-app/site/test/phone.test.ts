import { describe, expect, it } from 'vitest';

import { type CountryCode, guessCountry, listCountries, readPhoneNumber, splitPhoneNumber } from '../src/phone';

const EVERYWHERE = { allowedCountries: null, blockedCountries: [] };
const read = (typed: string, country: CountryCode = 'DE', rules = EVERYWHERE) => readPhoneNumber(typed, country, rules);

describe('a number', () => {
  it.each([
    ['01512 3456789', 'DE', '+4915123456789', 'DE'],
    ['1512 3456789', 'DE', '+4915123456789', 'DE'],
    ['(415) 555-0100', 'US', '+14155550100', 'US'],
    ['+1 415 555 0100', 'DE', '+14155550100', 'US'],
    ['0049 1512/345.67 89', 'US', '+4915123456789', 'DE'],
    ['\u202a+49 1512 3456789\u202c', 'US', '+4915123456789', 'DE'],
    ['٠٥٠١٢٣٤٥٦٧', 'SA', '+966501234567', 'SA'],
    ['６１２３ ４５６７', 'HK', '+85261234567', 'HK'],
    ['06 1234 5678', 'IT', '+390612345678', 'IT'], // Italy keeps its 0
  ])('%s, as typed in %s, is %s of %s', (typed, chosen, e164, country) => {
    expect(read(typed, chosen as CountryCode)).toEqual({ e164, country });
  });

  it.each([
    ['', 'PHONE_EMPTY'],
    ['   ', 'PHONE_EMPTY'],
    ['my number', 'PHONE_NOT_A_NUMBER'],
    ['anna@example.com', 'PHONE_NOT_A_NUMBER'],
    ['01512 345 ext. 9', 'PHONE_NOT_A_NUMBER'],
    ['()', 'PHONE_NOT_A_NUMBER'],
    ['1', 'PHONE_TOO_SHORT'],
    ['+49 12', 'PHONE_TOO_SHORT'],
    ['01512 3456789 0123456', 'PHONE_TOO_LONG'],
    ['+999 1512 3456789', 'PHONE_UNKNOWN_COUNTRY'],
    ['+881 612345678', 'PHONE_UNKNOWN_COUNTRY'], // satellites: no country
  ])('%j is none: %s', (typed, problem) => {
    expect(read(typed)).toEqual({ problem });
  });

  it.each(['+44 7400 123456', '+31 6 12345678'])('%s is of a country that is not allowed', (typed) => {
    expect(read(typed, 'DE', { allowedCountries: ['DE', 'NL'] as never, blockedCountries: ['NL'] as never })).toEqual({
      problem: 'COUNTRY_NOT_ALLOWED',
    });
  });

  it('that begins with a calling code says itself where it is from', () => {
    expect(splitPhoneNumber('+49 1512 3456789')).toEqual({ country: 'DE', national: '01512 3456789' });
    expect(splitPhoneNumber('01512 3456789')).toBeNull();
    expect(splitPhoneNumber('anna@example.com')).toBeNull();
  });
});

describe('the countries', () => {
  it('are in order of their names, and those that are allowed only', () => {
    const german = listCountries('de', { allowedCountries: ['AT', 'EG', 'US', 'FR'], blockedCountries: ['FR'] });
    expect(german.map(({ name }) => name)).toEqual(['Ägypten', 'Österreich', 'Vereinigte Staaten']);
    expect(german[2]).toMatchObject({ code: 'US', callingCode: '1' });
    expect(listCountries('en', EVERYWHERE).length).toBeGreaterThan(200);
  });

  it.each([
    [['de-AT', 'en-US'], 'AT'],
    [['de', 'en-GB'], 'GB'],
    [['de'], 'DE'],
    [['ar'], 'EG'],
    [['en-US@posix', 'fr-CH'], 'CH'], // Chromium says such things
    [['x-klingon'], 'AF'], // the first of the list
  ])('a browser in %j begins at %s', (languages, country) => {
    expect(guessCountry(languages, listCountries('en', EVERYWHERE))).toBe(country);
  });
});
