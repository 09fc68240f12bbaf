package dev.weft.bridge;

/**
 * Why an attempt has got no response, as its adapter knows better than the classes of the JDK's
 * exceptions tell: libraries have exceptions of their own, and the mesh knows none of them.
 */
public enum Failure {
  /** No connection was made. */
  CONNECTION_REFUSED("connection_refused"),
  /** None in time, mesh TLS included. */
  CONNECTION_TIMEOUT("connection_timeout"),
  /** There was one, but not to who it should be, or no TLS over it. */
  TLS_ERROR("tls_protocol_error"),
  /**
   * The server has not taken the request: nothing of it was written, or the peer said so (a stream
   * refused, or beyond the last of a GOAWAY).
   */
  UNSENT("connection_terminated"),
  /** The connection broke after the request was begun: the server may have acted on it. */
  CONNECTION_TERMINATED("connection_terminated"),
  /** The application's own limit of time passed: it wants no more of this. */
  READ_TIMEOUT("connection_read_timeout"),
  /** Nothing that an endpoint could be blamed for: the application's own doing, or the agent's. */
  OTHER("client_error");

  private final String reason;

  Failure(String reason) {
    this.reason = reason;
  }

  /** Its name in metrics and logs: a proxy error type of RFC 9209, section 2.3, but for OTHER. */
  public String reason() {
    return reason;
  }
}
