import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { clock, countdown } from '../src/countdown';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('ticks at once, each second, and a last time at 0', () => {
  const seen: number[] = [];
  countdown(Date.now() + 2500, (seconds) => seen.push(seconds));
  vi.advanceTimersByTime(10_000);
  expect(seen).toEqual([3, 2, 1, 0]);
});

it('knows the time after a sleep', () => {
  const seen: number[] = [];
  countdown(Date.now() + 60_000, (seconds) => seen.push(seconds));
  vi.setSystemTime(Date.now() + 55_000);
  vi.advanceTimersByTime(1000);
  expect(seen).toEqual([60, 4]);
});

it('stops', () => {
  const tick = vi.fn();
  countdown(Date.now() + 5000, tick)();
  vi.advanceTimersByTime(10_000);
  expect(tick).toHaveBeenCalledOnce();
});

it('is shown as minutes and seconds', () => {
  expect([0, 9, 60, 245].map(clock)).toEqual(['0:00', '0:09', '1:00', '4:05']);
});
