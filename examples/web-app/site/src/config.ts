/** What config.json says about the pool. Terraform's output `site_config` has it. */

import { PATIENCE, Refused } from './refusals';

export type Identifier = 'phone_number' | 'email';
export type Channel = 'sms' | 'email';

export interface Config {
  region: string;
  userPoolId: string;
  userPoolClientId: string;
  /** Another endpoint than AWS's own. */
  userPoolEndpoint?: string;
  appName: string;
  /** What people sign in with: the pool's username_attributes, or its alias_attributes; [] where names are all there is. */
  identifiers: Identifier[];
  /** Whether people choose a username at sign-up. */
  names: boolean;
  channels: Channel[];
  /** Whether people may sign themselves up. */
  selfService: boolean;
  /** 'otp': the first sign-in's code confirms an account; 'code': Cognito sends one of its own at sign-up. */
  confirmation: 'otp' | 'code';
  passwordRequired: boolean;
  nativeOtp: boolean;
  /** ISO 3166-1 alpha-2; null: every country. */
  allowedCountries: string[] | null;
  blockedCountries: string[];
  /** GET with the ID token as bearer answers the caller's row. */
  rowUrl?: string;
}

/** config.json is missing or wrong. The message says which key, in English: it is for whoever sets the page up. */
export class ConfigError extends Error {}

/** @throws ConfigError; Refused NO_NETWORK, SERVICE_UNAVAILABLE where another try may help. */
export async function loadConfig(): Promise<Config> {
  let response: Response;
  try {
    response = await fetch('./config.json', { cache: 'no-cache', signal: AbortSignal.timeout(PATIENCE) });
  } catch (error) {
    throw new Refused('NO_NETWORK', undefined, { cause: error });
  }
  if (response.status >= 500) throw new Refused('SERVICE_UNAVAILABLE');
  if (!response.ok) throw new ConfigError(`config.json is missing (${response.status})`);
  let read: unknown;
  try {
    read = await response.json();
  } catch {
    throw new ConfigError('config.json is missing, or is no JSON'); // many hosts answer index.html for what is not there
  }
  return checkConfig(read);
}

const text = (value: unknown): boolean => typeof value === 'string' && value !== '';
const flag = (value: unknown): boolean => typeof value === 'boolean';
const listOf = (...words: string[]) => (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => words.includes(each));
const countries = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === 'string' && /^[A-Z]{2}$/.test(each));

/** For each key: whether a value is right, and what it should be. */
const KEYS: Record<keyof Config, [isRight: (value: unknown) => boolean, shouldBe: string]> = {
  region: [text, "the pool's region, such as \"eu-central-1\""],
  userPoolId: [(value) => typeof value === 'string' && /^[\w-]+_\w+$/.test(value), 'an id such as "eu-central-1_AbCdEf123"'],
  userPoolClientId: [text, "the app client's id"],
  userPoolEndpoint: [(value) => value === undefined || text(value), 'left out, or an address'],
  appName: [text, 'a name'],
  identifiers: [listOf('phone_number', 'email', 'preferred_username'), 'a list of "phone_number" and "email"'],
  names: [flag, 'true or false'],
  channels: [(value) => listOf('sms', 'email')(value) && (value as []).length > 0, '"sms", "email" or both, in a list'],
  selfService: [flag, 'true or false'],
  confirmation: [(value) => value === 'otp' || value === 'code', '"otp" or "code"'],
  passwordRequired: [flag, 'true or false'],
  nativeOtp: [flag, 'true or false'],
  allowedCountries: [(value) => value === null || countries(value), 'null, or a list of countries such as ["DE"]'],
  blockedCountries: [countries, 'a list of countries such as ["DE"]'],
  rowUrl: [(value) => value === undefined || text(value), 'left out, or an address'],
};

/**
 * Returns what was read, if it can work.
 *
 * @throws ConfigError
 */
export function checkConfig(read: unknown): Config {
  if (typeof read !== 'object' || read === null) throw new ConfigError('config.json is no object');
  const values = read as Record<string, unknown>;
  for (const [key, [isRight, shouldBe]] of Object.entries(KEYS)) {
    if (!isRight(values[key])) throw new ConfigError(`config.json: "${key}" should be ${shouldBe}`);
  }
  const config = { ...(read as Config) };
  config.identifiers = config.identifiers.filter((each) => each === 'phone_number' || each === 'email');
  if (!config.names && config.identifiers.length === 0) {
    throw new ConfigError('config.json: "identifiers" is empty and "names" is false, so nobody could sign in');
  }
  return config;
}
