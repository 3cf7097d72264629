import type { Observable } from 'rxjs';
import type { AppMetrics, Summary } from './app-metrics.js';
import type { AppState } from './app-state.js';
import type { KeyValueQueries, WindowQueries } from './store-queries.js';

/** A running topology. */
export interface StreamsApp extends AsyncDisposable {
  readonly applicationId: string;
  /** The state now and every later one; completes when the app has stopped. */
  readonly state$: Observable<AppState>;
  readonly state: AppState;
  /** A snapshot at each `metricsInterval` while somebody listens; completes when the app has stopped. */
  readonly metrics$: Observable<AppMetrics>;
  metrics(): AppMetrics;
  /** Why the app stopped by itself. */
  readonly failure: Error | undefined;
  /** Resolves when the app has stopped, whatever the reason. Look at `failure`. */
  readonly closed: Promise<void>;
  /** Throws UsageError for a name that is no store of this topology, or is one of the other kind. */
  keyValueStore<K, V>(name: string): KeyValueQueries<K, V>;
  windowStore<K, V>(name: string): WindowQueries<K, V>;
  /**
   * The input is complete: processes all that the source topics hold now, closes and emits every window, commits, stops. Rejects with the
   * failure when there was one.
   */
  finish(): Promise<Summary>;
  /** Commits and stops; windows stay open for the next run. */
  close(): Promise<void>;
}
