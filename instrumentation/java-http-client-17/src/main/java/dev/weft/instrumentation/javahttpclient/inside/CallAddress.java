package dev.weft.instrumentation.javahttpclient.inside;

import dev.weft.bridge.Driven;
import dev.weft.bridge.MeshAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
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
  private final transient Driven attempt;
  private final transient MeshAddress endpoint;
  private final transient Head head;

  private CallAddress(@Nullable Sending<?> sending, Driven attempt, MeshAddress endpoint) {
    super(endpoint.getAddress(), endpoint.getPort());
    this.sending = sending;
    this.attempt = attempt;
    this.endpoint = endpoint;
    this.head = new Head(attempt.change());
  }

  /**
   * Where an attempt leads; nowhere if it must not be made.
   *
   * @param sending null for an attempt that nobody drives: the client was on its own until it
   *     followed a redirect into the mesh
   */
  static CallAddress to(@Nullable Sending<?> sending, Driven attempt) {
    MeshAddress endpoint = attempt.address();
    return new CallAddress(sending, attempt, endpoint == null ? Nowhere.ADDRESS : endpoint);
  }

  /** Whether nobody is reached there: for what must not be sent, and cannot be answered. */
  boolean isNowhere() {
    return endpoint == Nowhere.ADDRESS;
  }

  /** The address that a request object carries; null if it carries none of ours. */
  static @Nullable CallAddress of(Object request) {
    InetSocketAddress address = Inside.authority(request);
    return address instanceof CallAddress ? (CallAddress) address : null;
  }

  @Nullable Sending<?> sending() {
    return sending;
  }

  Driven attempt() {
    return attempt;
  }

  MeshAddress endpoint() {
    return endpoint;
  }

  /**
   * How long the client may still take to connect, as it counts: from when it first asks. Null for
   * as long as it likes.
   */
  @Nullable Duration connectTimeLeft() {
    long nanos = attempt.connectNanos();
    return nanos == 0 ? null : least(nanos);
  }

  static Duration least(long nanos) {
    Duration left = Duration.ofNanos(nanos);
    return left.compareTo(LEAST) > 0 ? left : LEAST;
  }

  Head head() {
    return head;
  }

  public boolean tls() {
    return endpoint.tls();
  }
}
