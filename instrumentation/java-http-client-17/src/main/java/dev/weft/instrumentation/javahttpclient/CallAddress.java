package dev.weft.instrumentation.javahttpclient;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.MeshAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The address that a request object of the client carries: the endpoint's, and which attempt it
 * belongs to.
 */
public final class CallAddress extends InetSocketAddress {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Sending<?> sending;
  private final transient Attempt attempt;
  private final transient MeshAddress endpoint;
  private final transient Head head;
  private final boolean tls;

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

  MeshAddress endpoint() {
    return endpoint;
  }

  Head head() {
    return head;
  }

  public boolean tls() {
    return tls;
  }
}
