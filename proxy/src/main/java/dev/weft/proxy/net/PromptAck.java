package dev.weft.proxy.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Acknowledges what has arrived now, not when the system would (40 ms later on Linux). A server
 * that writes the head and the body of its response one after the other, and has Nagle's algorithm
 * on, as Python's {@code http.server} does, keeps the second until the first is acknowledged.
 */
final class PromptAck {
  /** Null where the system, or a runtime without the module {@code jdk.net}, has none. */
  static final @Nullable ChannelOption<Boolean> OPTION = find();

  private PromptAck() {}

  /** The system forgets this with the next request: it is to be called for each piece. */
  static void send(Channel channel) {
    if (OPTION == null) {
      return;
    }
    try {
      channel.config().setOption(OPTION, true);
    } catch (ChannelException e) {
      // Closed meanwhile, of which its handlers hear anyway.
    }
  }

  @SuppressWarnings("unchecked") // its type has just been asked for
  private static @Nullable ChannelOption<Boolean> find() {
    try (SocketChannel any = SocketChannel.open()) {
      for (SocketOption<?> option : any.supportedOptions()) {
        if (option.name().equals("TCP_QUICKACK") && option.type() == Boolean.class) {
          return NioChannelOption.of((SocketOption<Boolean>) option);
        }
      }
    } catch (IOException e) {
      // What cannot be had is not needed.
    }
    return null;
  }
}
