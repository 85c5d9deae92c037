/** Time that runs out. */

/**
 * Calls `tick` with the seconds that are left, at once and then each second; the last time with 0.
 *
 * @param deadline milliseconds since 1970; a computer that slept does not lose time.
 * @returns what stops it.
 */
export function countdown(deadline: number, tick: (secondsLeft: number) => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const run = (): void => {
    const left = deadline - Date.now();
    const seconds = Math.max(0, Math.ceil(left / 1000));
    if (seconds > 0) timer = setTimeout(run, left - (seconds - 1) * 1000);
    tick(seconds);
  };
  run();
  return () => clearTimeout(timer);
}

/** Returns seconds as people read them: 4:05. */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
