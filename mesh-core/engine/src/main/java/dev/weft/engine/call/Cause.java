package dev.weft.engine.call;

/**
 * What caused a call, as far as that has a bearing on it. Immutable.
 *
 * @param hops how many processes of the mesh have passed on the request that it is for, with this
 *     one; 0 if it is for none
 * @param deadlineNanos when nobody waits for it any more, on the clock of {@link
 *     dev.weft.engine.Surroundings#nanoTime}; 0: it may take its time
 */
public record Cause(int hops, long deadlineNanos) {
  /** Of a call that is for no request. */
  public static final Cause NONE = new Cause(0, 0);
}
