// What a thread sleeps on until another one has something for it: 32 bits of shared memory.
// The functions are kept here because runtime code may not have `Atomics`.
const { load, notify, store, wait } = Atomics;

const ASLEEP = 0;
const AWAKE = 1;

/** To be called before asking for what will be waited for. */
export function armWake(flag: Int32Array): void {
  store(flag, 0, ASLEEP);
}

/** Wakes the thread, also if it is not asleep yet. */
export function wakeUp(flag: Int32Array): void {
  store(flag, 0, AWAKE);
  notify(flag, 0);
}

/**
 * Sleeps until `wakeUp`. The notification of an earlier wake-up may come late, when the flag is
 * armed again, so the flag decides and not the end of the wait.
 */
export function awaitWake(flag: Int32Array): void {
  while (load(flag, 0) === ASLEEP) wait(flag, 0, ASLEEP);
}
