import { describe, expect, it, vi } from 'vitest';

import { checkConfig, loadConfig } from '../src/config';

const RIGHT = {
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_AbCdEf123',
  userPoolClientId: '1example23456789',
  appName: 'Example',
  identifiers: ['phone_number', 'email'],
  names: false,
  channels: ['sms', 'email'],
  selfService: true,
  confirmation: 'otp',
  passwordRequired: false,
  nativeOtp: false,
  allowedCountries: null,
  blockedCountries: [],
};

const answering = (answer: () => Response) => vi.stubGlobal('fetch', vi.fn(async () => answer()));

describe('config.json', () => {
  it('is taken as it is, without aliases that are no address', () => {
    const read = { ...RIGHT, names: true, identifiers: ['preferred_username', 'email'], rowUrl: 'https://example.com/row' };
    expect(checkConfig(read)).toEqual({ ...read, identifiers: ['email'] });
  });

  it.each([
    ['region', undefined],
    ['userPoolId', 'eu-central-1'],
    ['userPoolClientId', ''],
    ['userPoolEndpoint', 4566],
    ['appName', null],
    ['identifiers', ['phone']],
    ['names', 'false'],
    ['channels', []],
    ['selfService', undefined],
    ['confirmation', 'link'],
    ['passwordRequired', 0],
    ['nativeOtp', null],
    ['allowedCountries', ['Germany']],
    ['blockedCountries', null],
    ['rowUrl', ''],
  ])('with a wrong %s (%j) is refused by that name', (key, value) => {
    expect(() => checkConfig({ ...RIGHT, [key]: value })).toThrow(`config.json: "${key}" should be `);
  });

  it('that lets nobody sign in is refused', () => {
    expect(() => checkConfig({ ...RIGHT, identifiers: [] })).toThrow('nobody could sign in');
    expect(() => checkConfig('eu-central-1')).toThrow('no object');
  });

  it('that is not there is said so', async () => {
    answering(() => new Response('', { status: 404 }));
    await expect(loadConfig()).rejects.toThrow('config.json is missing (404)');
    answering(() => new Response('<!doctype html>'));
    await expect(loadConfig()).rejects.toThrow('is no JSON');
  });

  it('that cannot be had just now is no fault of the file', async () => {
    answering(() => new Response('', { status: 503 }));
    await expect(loadConfig()).rejects.toMatchObject({ token: 'SERVICE_UNAVAILABLE' });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(loadConfig()).rejects.toMatchObject({ token: 'NO_NETWORK' });
  });
});
