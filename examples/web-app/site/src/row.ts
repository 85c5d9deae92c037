/** The read API: the caller's own row of the User table. */

import { Refused } from './refusals';

/**
 * Fetches the row of whoever the token is of.
 *
 * @returns null if there is none yet.
 * @throws Refused NO_NETWORK, SIGNED_OUT, SERVICE_UNAVAILABLE
 */
export async function fetchRow(rowUrl: string, idToken: string): Promise<Record<string, unknown> | null> {
  let response: Response;
  try {
    response = await fetch(rowUrl, { headers: { Authorization: `Bearer ${idToken}` } });
  } catch (error) {
    throw new Refused('NO_NETWORK', undefined, { cause: error });
  }
  if (response.status === 404) return null;
  if (response.status === 401) throw new Refused('SIGNED_OUT');
  if (!response.ok) throw new Refused('SERVICE_UNAVAILABLE');
  return (await response.json()) as Record<string, unknown>;
}
