// How everything here is measured: the raw loop and the candidates take turns in one process, nine rounds by default; of each the median of
// wall and CPU seconds counts, and what is printed first is the ratio to the raw loop of the same run. Absolute rates vary x2 on a busy machine.

/** Thrown away: until the compiler has seen enough, a run of a tenth of a second is half over. */
const warmUpRounds = 3;

export interface Contender {
  readonly name: string;
  /** Does the whole work once; returns how many records it did. What it prepares and takes down is not measured when it says so by `timed`. */
  run(timed: Timed): Promise<number> | number;
  /** Takes down what is kept from round to round. */
  close?(): Promise<void> | void;
}

/** Measures only what happens inside; without it the whole run counts. */
export type Timed = <T>(work: () => Promise<T> | T) => Promise<T>;

export interface Measurement {
  readonly name: string;
  readonly recordCount: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** The first contender is the raw loop that the others are compared with. */
export async function measureInTurns(contenders: readonly Contender[], rounds: number): Promise<Measurement[]> {
  const samples = contenders.map(() => [] as Measurement[]);
  try {
    for (let round = -warmUpRounds; round < rounds; round++) {
      for (const [index, contender] of contenders.entries()) {
        const sample = await measureOnce(contender);
        if (round >= 0) samples[index]!.push(sample);
      }
    }
  } finally {
    for (const contender of contenders) await contender.close?.();
  }
  return samples.map(ofOne => ({
    name: ofOne[0]!.name,
    recordCount: ofOne[0]!.recordCount,
    wallSeconds: median(ofOne.map(sample => sample.wallSeconds)),
    cpuSeconds: median(ofOne.map(sample => sample.cpuSeconds)),
  }));
}

async function measureOnce(contender: Contender): Promise<Measurement> {
  globalThis.gc?.();
  let wallSeconds = 0;
  let cpuSeconds = 0;
  let wasTimed = false;
  const timed: Timed = async work => {
    wasTimed = true;
    // What preparing has left behind is not collected on the time of the work.
    globalThis.gc?.();
    const cpuBefore = process.cpuUsage();
    const before = performance.now();
    const result = await work();
    wallSeconds += (performance.now() - before) / 1000;
    const cpu = process.cpuUsage(cpuBefore);
    cpuSeconds += (cpu.user + cpu.system) / 1e6;
    return result;
  };
  let recordCount = 0;
  const whole = { wall: performance.now(), cpu: process.cpuUsage() };
  recordCount = await contender.run(timed);
  if (!wasTimed) {
    wallSeconds = (performance.now() - whole.wall) / 1000;
    const cpu = process.cpuUsage(whole.cpu);
    cpuSeconds = (cpu.user + cpu.system) / 1e6;
  }
  return { name: contender.name, recordCount, wallSeconds, cpuSeconds };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** One line a contender: records a second of wall and of CPU time, and both as ratios to the first. */
export function report(title: string, measurements: readonly Measurement[]): string {
  const [raw] = measurements;
  const wallRate = (one: Measurement): number => one.recordCount / one.wallSeconds;
  const cpuRate = (one: Measurement): number => one.recordCount / one.cpuSeconds;
  const lines = measurements.map(one => {
    const rates = `${millions(wallRate(one))} M rec/s wall, ${millions(cpuRate(one))} M rec/CPU-s`;
    const ratios = `ratio ${(wallRate(one) / wallRate(raw!)).toFixed(2)} wall, ${(cpuRate(one) / cpuRate(raw!)).toFixed(2)} CPU`;
    return `  ${one.name.padEnd(44)} ${rates.padEnd(44)} ${one === raw ? '(raw loop of this run)' : ratios}`;
  });
  return [title, ...lines].join('\n');
}

function millions(rate: number): string {
  return (rate / 1e6).toFixed(rate < 1e6 ? 3 : 2);
}
