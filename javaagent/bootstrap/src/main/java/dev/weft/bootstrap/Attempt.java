package dev.weft.bootstrap;

import org.jspecify.annotations.Nullable;

/**
 * One attempt to reach one endpoint, from the pick to its outcome. Used by one call at a time; the
 * outcome may be reported from another thread than the one that began it, and only the first report
 * counts.
 */
public interface Attempt {
  /** A decision of the mesh not to call anyone, to be turned into a response; null to go ahead. */
  @Nullable Refusal refusal();

  /**
   * Where to connect. Its host string is the label of the endpoint (see {@link MeshAddress}).
   *
   * @throws IllegalStateException if this attempt is a {@link #refusal}
   */
  MeshAddress address();

  /** The headers of a response have arrived. */
  void responded(int status);

  /**
   * The attempt failed before a response arrived. Appends to the error's message what the mesh
   * knows ({@code [weft: …]}); its class stays the library's own.
   */
  void failed(Throwable error);

  /** The caller lost interest: neither a success nor a failure of the endpoint. */
  void abandoned();
}
