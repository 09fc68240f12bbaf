package dev.weft.instrumentation.javahttpclient;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.MeshAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The address that a request object of the client carries: the endpoint's, and which attempt it
 * belongs to.
 */
public final class CallAddress extends InetSocketAddress {
  private static final long serialVersionUID = 1L;

  /** The client takes no timeout of nothing. */
  private static final Duration LEAST = Duration.ofMillis(1);

  private final transient @Nullable Sending<?> sending;
  private final transient Attempt attempt;
  private final transient AtomicBoolean ended = new AtomicBoolean();
  private final transient MeshAddress endpoint;
  private final transient Head head;
  private final boolean tls;
  private final long connectNanos;

  /** When the client first asked how long it may take to connect; 0: it has not. */
  private transient volatile long connectingSince;

  /**
   * @param sending null for an attempt that nobody drives: the client was on its own until it
   *     followed a redirect into the mesh
   */
  CallAddress(@Nullable Sending<?> sending, Attempt attempt, MeshAddress endpoint) {
    super(endpoint.getAddress(), endpoint.getPort());
    this.sending = sending;
    this.attempt = attempt;
    this.endpoint = endpoint;
    this.tls = endpoint.tls();
    this.head = new Head(attempt.change());
    this.connectNanos = connectNanos(attempt);
  }

  private CallAddress(Attempt refused) {
    super(Nowhere.ADDRESS.getAddress(), Nowhere.ADDRESS.getPort());
    this.sending = null;
    this.attempt = refused;
    this.endpoint = Nowhere.ADDRESS;
    this.tls = false;
    this.head = new Head(null);
    this.connectNanos = 0;
    this.ended.set(true);
  }

  /** Where nobody is reached: for a request that must not be sent, and cannot be answered. */
  static CallAddress nowhere(Attempt refused) {
    return new CallAddress(refused);
  }

  /** Whether it is such a one. */
  boolean isNowhere() {
    return endpoint == Nowhere.ADDRESS;
  }

  private static long connectNanos(Attempt attempt) {
    try {
      return attempt.connectTimeoutNanos();
    } catch (Throwable t) {
      Bridge.fault(t);
      return 0;
    }
  }

  /** The address that a request object carries; null if it carries none of ours. */
  static @Nullable CallAddress of(Object request) {
    InetSocketAddress address = Inside.authority(request);
    return address instanceof CallAddress ? (CallAddress) address : null;
  }

  @Nullable Sending<?> sending() {
    return sending;
  }

  Attempt attempt() {
    return attempt;
  }

  /** The attempt, for the first who tells how it ended; null for all others. */
  @Nullable Attempt end() {
    return ended.compareAndSet(false, true) ? attempt : null;
  }

  MeshAddress endpoint() {
    return endpoint;
  }

  /**
   * How long the client may still take to connect, as it counts: from when it first asks. Null for
   * as long as it likes.
   */
  @Nullable Duration connectTimeLeft() {
    if (connectNanos <= 0) {
      return null;
    }
    long now = System.nanoTime();
    long since = connectingSince;
    if (since == 0) {
      since = now == 0 ? 1 : now;
      connectingSince = since;
    }
    Duration left = Duration.ofNanos(connectNanos - (now - since));
    return left.compareTo(LEAST) > 0 ? left : LEAST;
  }

  Head head() {
    return head;
  }

  public boolean tls() {
    return tls;
  }
}
