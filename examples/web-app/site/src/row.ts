/** The read API: the caller's own row of the User table. */

import { PATIENCE } from './refusals';

/**
 * Fetches the row of whoever the token is of.
 *
 * @returns null if there is none yet.
 * @throws Error for whatever reason there is no answer, or none that holds a row.
 */
export async function fetchRow(rowUrl: string, idToken: string): Promise<Record<string, unknown> | null> {
  const headers = { Authorization: `Bearer ${idToken}` };
  const response = await fetch(rowUrl, { headers, signal: AbortSignal.timeout(PATIENCE) });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`the row: ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}
