package dev.weft.bridge;

import org.jspecify.annotations.Nullable;

/** A port of a woven server that its adapter has no way to guard. Immutable. */
public final class Unguarded {
  private final String library;
  private final String kind;
  private final @Nullable String port;
  private final boolean ownTls;

  /**
   * @param library the adapter's name, such as {@code tomcat}
   * @param kind what it is, such as {@code AJP connector}
   * @param port a number or a name; null if it is not known
   * @param ownTls whether a TLS of the application's own is all that it speaks
   */
  public Unguarded(String library, String kind, @Nullable String port, boolean ownTls) {
    this.library = library;
    this.kind = kind;
    this.port = port;
    this.ownTls = ownTls;
  }

  public String library() {
    return library;
  }

  public boolean ownTls() {
    return ownTls;
  }

  /** {@code AJP connector of tomcat on port 8009}. */
  @Override
  public String toString() {
    return kind + " of " + library + (port == null ? "" : " on port " + port);
  }
}
