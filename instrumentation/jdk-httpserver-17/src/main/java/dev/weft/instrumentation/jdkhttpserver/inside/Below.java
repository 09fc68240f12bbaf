package dev.weft.instrumentation.jdkhttpserver.inside;

import dev.weft.bridge.Connection;
import dev.weft.bridge.Listener;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The server's channel as a {@link Connection} of the mesh uses it: in blocking mode, in which a
 * channel has no timeout of its own but that of its socket.
 */
final class Below implements ByteChannel, Runnable {
  private final SocketChannel channel;
  private final @Nullable Connection connection;
  private boolean written;

  Below(SocketChannel channel, Listener listener) {
    this.channel = channel;
    this.connection = listener.connection(this, this, "http/1.1");
  }

  /** What reads and writes through this; null if it is plaintext in any case. */
  @Nullable Connection connection() {
    return connection;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    Connection reader = connection;
    int patience = reader == null ? 0 : reader.patience();
    return patience == 0 ? channel.read(target) : read(target, patience);
  }

  /**
   * Reads within a time.
   *
   * @param target a buffer with an array
   * @throws java.net.SocketTimeoutException if nothing came
   */
  int read(ByteBuffer target, int millis) throws IOException {
    channel.socket().setSoTimeout(millis);
    int count =
        channel
            .socket()
            .getInputStream()
            .read(target.array(), target.arrayOffset() + target.position(), target.remaining());
    if (count > 0) {
      target.position(target.position() + count);
    }
    return count;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    if (!written) {
      // A response is often two small records, which Nagle's algorithm and a delayed
      // acknowledgement would hold apart by 40 ms. The first that is written is a ServerHello.
      written = true;
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
    return channel.write(source);
  }

  /** Hangs up: what the server's dispatcher sees as the client's goodbye. */
  @Override
  public void run() {
    try {
      channel.shutdownInput();
    } catch (IOException e) {
      // It is closed already.
    }
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
