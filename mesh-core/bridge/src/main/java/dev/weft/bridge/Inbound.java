package dev.weft.bridge;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What server adapters ask of the mesh. Safe for use by any thread. */
public interface Inbound {
  /**
   * A woven server has started to accept requests on a port of its own. From here on the process
   * registers as an instance of its service.
   *
   * @param library the adapter's name, such as {@code tomcat}
   * @param bound where it listens; null if the library does not say
   * @param ownTls whether the listener speaks a TLS of the application's own, which the mesh leaves
   *     alone unless the client asks for mesh TLS by its SNI
   */
  Listener open(String library, @Nullable InetSocketAddress bound, boolean ownTls);

  /**
   * A woven server is about to accept on a port that its adapter cannot guard: whoever reaches it
   * is answered, whatever policy says. That is reported.
   *
   * @return null to let it; else why it may not, as {@code weft.mtls.floor} has it
   */
  @Nullable String unguarded(Unguarded port);

  /**
   * The application has begun to start, and will say {@link #started} when it is ready: open ports
   * alone do not make it so.
   */
  void starting();

  /** The application is ready. */
  void started();
}
