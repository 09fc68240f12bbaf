package dev.weft.instrumentation.netty.inside;

import io.netty.channel.Channel;

/**
 * Keeps a connection from being read while what it has sent already cannot be dealt with. Used on
 * the channel's event loop.
 */
final class Pause {
  /** As much may have come by then, in bytes; more than a handshake has. */
  private static final int MOST = 256 * 1024;

  private final Channel channel;
  private long bytes;
  private boolean on;
  private boolean autoRead;

  Pause(Channel channel) {
    this.channel = channel;
  }

  /** So many bytes have come that have to wait. */
  void came(int more) {
    bytes += more;
    if (!on && bytes > MOST) {
      on = true;
      autoRead = channel.config().isAutoRead();
      channel.config().setAutoRead(false);
    }
  }

  boolean on() {
    return on;
  }

  /** They can be dealt with. */
  void end() {
    if (on) {
      on = false;
      if (autoRead) {
        channel.config().setAutoRead(true);
      } else {
        channel.unsafe().beginRead();
      }
    }
  }
}
