// A benchmark file (`*.bench.ts`) is a program that prints one JSON line per measurement.

/** One measurement as `npm run bench` prints it. */
export interface BenchLine {
  /** Operation and size, for example `mkvs/insert/100k`. */
  readonly name: string;
  readonly unit: "s" | "cpu-s" | "ms" | "us" | "ops/s" | "MB/s" | "MB" | "bytes";
  readonly value: number;
  /** What was run, in a few words. */
  readonly ran: string;
  /** The Go node's figure on such a machine, where one is known. */
  readonly reference?: number;
}

/** Prints a measurement. */
export function benchLine(line: BenchLine): void {
  process.stdout.write(`${JSON.stringify({ ...line, value: Number(line.value.toPrecision(4)) })}\n`);
}

/** CPU seconds (user and system, all threads) and wall seconds that `body` takes. */
export function measure<T>(body: () => T): { result: T; cpuSeconds: number; seconds: number } {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const result = body();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const used = process.cpuUsage(cpu);
  return { result, cpuSeconds: (used.user + used.system) / 1e6, seconds };
}

/** Operations per second of `body`, which is repeated for about `ms` milliseconds after a warm-up. */
export function throughput(body: () => void, ms = 1000): number {
  const until = (limit: number): { count: number; seconds: number } => {
    const start = performance.now();
    let count = 0;
    let now = start;
    while (now - start < limit) {
      for (let i = 0; i < 16; i++) body();
      count += 16;
      now = performance.now();
    }
    return { count, seconds: (now - start) / 1000 };
  };
  until(ms / 5);
  const { count, seconds } = until(ms);
  return count / seconds;
}
