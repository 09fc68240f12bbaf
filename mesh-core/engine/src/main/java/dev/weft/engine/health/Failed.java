package dev.weft.engine.health;

/** What Resilience4j is told of a failure: it wants a Throwable, and looks at nothing of it. */
final class Failed extends RuntimeException {
  static final Failed FAILED = new Failed();

  private Failed() {
    super("an attempt failed", null, false, false);
  }
}
