// @podwire/engine: clock, queue, random, bus, trace and the two drivers. It knows no Kubernetes and no network.
// Start with engine.ts; a test moves time with drivers/virtual-time.ts.

import './disposal-symbols.ts'

export { HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND, type Clock, type Microseconds } from './clock.ts'
export { compareKeys, compareText } from './compare-text.ts'
export { formatDuration, parseDuration, type Duration } from './duration.ts'
export { goDurationProblem } from './go-duration.ts'
export { assertNever, invariant, InvariantError, PodwireError } from './errors.ts'
export type { Draft } from './draft.ts'
export { Digest, hashText } from './digest.ts'
export { type Due, type DueTask, type ScheduledTask, type TaskKind, TaskQueue } from './queue.ts'
export { NAME_SUFFIX_ALPHABET, Random } from './random.ts'
export { Bus, topic, type BusRecord, type Divergence, type BusEvent, type Topic } from './bus.ts'
export {
  metricLabels,
  MetricsRegistry,
  type Counter,
  type Histogram,
  type MetricFamily,
  type Metrics,
} from './metrics.ts'
export { EventMarks } from './event-marks.ts'
export { lazyLibrary } from './lazy-library.ts'
export { Trace } from './trace.ts'
export { DEFAULT_EPOCH_MS, Engine, type Actor, type Deferred, type EngineOptions } from './engine.ts'
export { PausableEngine } from './pausable-engine.ts'
export type { Driver, WaitLimit } from './drivers/driver.ts'
export { macrotask } from './drivers/macrotask.ts'
export { HorizonReached, VirtualTimeDriver, type SettleOptions } from './drivers/virtual-time.ts'
export { PacedDriver, type PacedOptions } from './drivers/paced.ts'
export { SteppedDriver } from './drivers/stepped.ts'
export { RealTimeDriver, type RealTimeOptions } from './drivers/real-time.ts'
