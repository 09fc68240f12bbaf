package dev.weft.wire;

/** Life of an instance. Agents say the first three; SUSPECT and ORPHAN are the coordinator's. */
public enum InstanceState {
  /** A woven server has bound, but is not ready. */
  STARTING,
  READY,
  /** Takes nothing new; finishes what it has. */
  DRAINING,
  /** Its stream was lost without a word: used only if there is nothing else. */
  SUSPECT,
  /** Its coordinator died: kept, and used as if READY. */
  ORPHAN
}
