package dev.weft.bridge;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who is told of the sockets of this process, whoever makes them: what no adapter leads is to be
 * seen. Nothing here throws. Safe for use by any thread; called by the one that makes the socket.
 */
public interface Network {
  /** A connection is about to be made. */
  void connecting(@Nullable SocketAddress to);

  /** A server's socket is bound. */
  void bound(@Nullable SocketAddress at);
}
