package dev.weft.engine.call;

/** What became of an attempt that got no answer, as far as it matters for what follows. */
public enum FailureKind {
  /** No connection, or the peer was not who it should be: the server has seen nothing. */
  UNREACHED(true),
  /** The server said, or the connection shows, that the request was not taken; it is not ill. */
  UNSENT(true),
  /** The connection broke after the request was begun: the server may have acted on it. */
  BROKEN(false),
  /** The application's own limit of time passed: it wants no more of this. */
  TOO_SLOW(false),
  /** Nothing that an endpoint could be blamed for: the application's own doing, or the agent's. */
  OTHER(false);

  private final boolean unsent;

  FailureKind(boolean unsent) {
    this.unsent = unsent;
  }

  /** Whether the server cannot have begun with the request. */
  public boolean unsent() {
    return unsent;
  }
}
