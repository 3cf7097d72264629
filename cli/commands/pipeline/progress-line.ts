import type { PipelineProgress } from '../../../connect/pipeline/index.js';

const barWidth = 20;

/** One line, no wider than the terminal: a bar and what is left where the end is known, counts and the rate. */
export function progressLine(name: string, progress: PipelineProgress, columns: number): string {
  const { read, sunk, failed, fraction, elapsedMs } = progress;
  const rate = elapsedMs > 0 ? Math.round((read / elapsedMs) * 1000) : 0;
  const parts = [name];
  if (fraction !== undefined) parts.push(bar(fraction), `${Math.floor(fraction * 100)} %`);
  parts.push(`${read} read`, `${sunk} written`);
  if (failed > 0) parts.push(`${failed} bad`);
  parts.push(`${rate}/s`);
  if (fraction !== undefined && fraction > 0.01 && fraction < 1)
    parts.push(`${duration((elapsedMs / fraction) * (1 - fraction))} left`);
  return parts.join('  ').slice(0, columns - 1);
}

function bar(fraction: number): string {
  const filled = Math.round(fraction * barWidth);
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]`;
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
