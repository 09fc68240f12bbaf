package dev.weft.drive;

import dev.weft.bridge.Incoming;
import dev.weft.bridge.Reserved;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the calls that a request causes have to know of it. It is on the threads that work for the
 * request and on those that they start meanwhile, and is dead once the exchange has ended: a thread
 * that outlives that keeps an object of no effect.
 *
 * <p>Hops and deadline are what a caller has said of its own request, and heeded only of one that
 * the mesh knows: with what they end, calls of this process fail, which others see as well.
 *
 * <p>Safe for use by any thread.
 */
public final class RequestContext {
  /** Longer than any version of it that is known (55); what is longer is not carried. */
  private static final int MAX_TRACEPARENT = 128;

  /** Days of waiting; a number with more digits is not one that anybody meant. */
  private static final int MAX_DIGITS = 10;

  private static final ThreadLocal<@Nullable RequestContext> CURRENT = new Slot();

  private final int hops;
  private final long deadlineNanos;
  private final @Nullable String traceparent;
  private final @Nullable String peer;
  private volatile boolean ended;

  private RequestContext(
      int hops, long deadlineNanos, @Nullable String traceparent, @Nullable String peer) {
    this.hops = hops;
    this.deadlineNanos = deadlineNanos;
    this.traceparent = traceparent;
    this.peer = peer;
  }

  /**
   * As far as its head says, of which what cannot be read is as if it were not there; so is what
   * somebody says of hops and time whom nobody knows.
   */
  static RequestContext of(Incoming head, int said, @Nullable String peer, long nowNanos) {
    int hops = peer == null ? 0 : said;
    long millis = peer == null ? -1 : largest(head.header(Reserved.TIMEOUT));
    long deadline = millis < 0 ? 0 : nowNanos + millis * 1_000_000;
    List<String> trace = head.header("traceparent");
    boolean carried = trace.size() == 1 && trace.get(0).length() <= MAX_TRACEPARENT;
    return new RequestContext(
        hops, millis >= 0 && deadline == 0 ? 1 : deadline, carried ? trace.get(0) : null, peer);
  }

  /** How many processes of the mesh a request has passed, as its head says; 0 if it does not. */
  static int hops(Incoming head) {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, largest(head.header(Reserved.HOPS))));
  }

  /** The largest of the numbers; -1 if there is none. */
  private static long largest(List<String> values) {
    long largest = -1;
    for (String value : values) {
      if (isNumber(value)) {
        largest = Math.max(largest, Long.parseLong(value));
      }
    }
    return largest;
  }

  private static boolean isNumber(String text) {
    if (text.isEmpty() || text.length() > MAX_DIGITS) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  /** Of the request that this thread works for; null if it is known to work for none. */
  public static @Nullable RequestContext current() {
    RequestContext here = CURRENT.get();
    return here == null || here.ended ? null : here;
  }

  /** Puts it on this thread; returns what was there. */
  @Nullable RequestContext enter() {
    RequestContext outer = CURRENT.get();
    CURRENT.set(this);
    return outer;
  }

  /** Puts back what {@link #enter} returned. */
  static void leave(@Nullable Object outer) {
    // Set to null, and not removed: the next request of this thread would begin with a new entry.
    CURRENT.set(outer instanceof RequestContext context && !context.ended ? context : null);
  }

  void end() {
    ended = true;
  }

  /** How many processes of the mesh have passed the request on before it came here. */
  public int hops() {
    return hops;
  }

  /** When its caller stops waiting, as {@link System#nanoTime}; 0 if it has not said. */
  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** The trace context that it came with, unread; null for none. */
  public @Nullable String traceparent() {
    return traceparent;
  }

  /** The service that sent it; null if nobody knows. */
  public @Nullable String peer() {
    return peer;
  }

  /** Threads inherit it, but for those of pools: their next task may be somebody else's. */
  private static final class Slot extends InheritableThreadLocal<@Nullable RequestContext> {
    /** Frames between a thread's constructor and the pool that wants it: factories, and theirs. */
    private static final int NEAR = 10;

    @Override
    protected @Nullable RequestContext childValue(@Nullable RequestContext parent) {
      try {
        return parent == null || parent.ended || forPool() ? null : parent;
      } catch (RuntimeException | Error e) {
        return null; // whatever it is, a thread can be made without
      }
    }

    private static boolean forPool() {
      return StackWalker.getInstance()
          .walk(
              frames ->
                  frames
                      .dropWhile(frame -> !isThread(frame))
                      .dropWhile(Slot::isThread)
                      .takeWhile(frame -> !isTask(frame))
                      .limit(NEAR)
                      .anyMatch(Slot::isPool));
    }

    private static boolean isThread(StackWalker.StackFrame frame) {
      String name = frame.getClassName();
      return name.equals("java.lang.Thread")
          || name.startsWith("java.lang.ThreadBuilders")
          || name.equals("java.lang.VirtualThread");
    }

    /** What a pool's thread runs is no pool's doing; but some factories run privileged actions. */
    private static boolean isTask(StackWalker.StackFrame frame) {
      String method = frame.getMethodName();
      return (method.startsWith("run") || method.equals("call") || method.endsWith("xec"))
          && !frame.getClassName().contains("ThreadFactory");
    }

    /**
     * By name, as there are as many as there are libraries: {@code ThreadPoolExecutor}, Jetty's
     * {@code QueuedThreadPool}, Netty's {@code SingleThreadEventExecutor}, Kotlin's {@code
     * CoroutineScheduler}, {@code java.util.Timer}. One that is missed inherits.
     */
    private static boolean isPool(StackWalker.StackFrame frame) {
      String name = frame.getClassName();
      return name.contains("Pool")
          || name.contains("EventExecutor")
          || name.contains("EventLoop")
          || name.contains("Scheduler")
          || name.contains("Timer");
    }
  }
}
