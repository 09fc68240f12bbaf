package dev.weft.bootstrap;

import org.jspecify.annotations.Nullable;

/** What client adapters ask of the mesh. Safe for use by any thread. */
public interface Outbound {
  /**
   * One attempt at a call: finds the service that a URI names, picks one of its endpoints, and says
   * how to reach it. May wait for the mesh's first configuration ({@code weft.startup.wait}), and
   * for the coordinator's answer about a name never asked for before; never waits otherwise.
   *
   * @param scheme the URI's scheme; anything but {@code http} is left alone
   * @param host the URI's host as the application wrote it
   * @param port the URI's port, -1 if it has none
   * @return null if the destination is none of the mesh's business and the library must go on as if
   *     the agent were not there; otherwise an attempt, which may be a refusal ({@link
   *     Attempt#refusal()}). Exactly one of {@link Attempt#responded}, {@link Attempt#failed} and
   *     {@link Attempt#abandoned} must be called on it in the end.
   */
  @Nullable Attempt attempt(@Nullable String scheme, @Nullable String host, int port);
}
