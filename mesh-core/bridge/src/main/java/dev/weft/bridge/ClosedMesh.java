package dev.weft.bridge;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The mesh that is not there, where a floor is set: calls go out as without it, and nobody is let
 * in. Probes neither: a service that turns everybody away is not ready, and whoever starts it is to
 * see that.
 */
final class ClosedMesh implements Mesh, Inbound {
  private static final int TLS_RECORD = 0x16;

  private final String floor;
  private final boolean ownTlsSuffices;
  private final Exchange refused;

  /**
   * @param floor the setting that closes, such as {@code weft.mtls.floor=STRICT}
   * @param ownTlsSuffices whether it leaves alone what has a TLS of the application's own
   */
  ClosedMesh(String floor, boolean ownTlsSuffices) {
    this.floor = floor;
    this.ownTlsSuffices = ownTlsSuffices;
    this.refused =
        Exchange.refused(
            new Refusal(
                403,
                "weft; error=http_request_denied; details=\"rule=" + floor + ", no mesh\"",
                ("{\"type\":\"https://weft.dev/problems/http-request-denied\","
                        + "\"title\":\"http_request_denied\",\"status\":403,\"detail\":"
                        + "\"the mesh agent of this service has not started, or only after this"
                        + " server; its log says why\","
                        + "\"rule\":\""
                        + floor
                        + "\"}")
                    .getBytes(StandardCharsets.UTF_8),
                null));
  }

  @Override
  public Outbound outbound() {
    return NONE.outbound();
  }

  @Override
  public Inbound inbound() {
    return this;
  }

  @Override
  public Executor aside() {
    return NONE.aside();
  }

  @Override
  public Executor handshakes() {
    return NONE.handshakes();
  }

  @Override
  public void shutdown(boolean over) {}

  @Override
  public void fault(Throwable error) {}

  @Override
  public void starting() {}

  @Override
  public void started() {}

  @Override
  public Listener open(String library, @Nullable InetSocketAddress bound, boolean ownTls) {
    return new ClosedListener(ownTls);
  }

  @Override
  public @Nullable String unguarded(Unguarded port) {
    return port.ownTls() && ownTlsSuffices
        ? null
        : port + " does not accept: the mesh cannot guard it, and the floor is " + floor;
  }

  private final class ClosedListener implements Listener, Runnable {
    private final boolean ownTls;

    ClosedListener(boolean ownTls) {
      this.ownTls = ownTls;
    }

    @Override
    public @Nullable Connection connection(ByteChannel below, Runnable hangUp, String... alpn) {
      return ownTls ? null : new Unspoken(below);
    }

    @Override
    public Sniff sniff(ByteBuffer firstBytes) {
      return !ownTls && firstBytes.get(firstBytes.position()) == TLS_RECORD
          ? Sniff.CLOSE
          : Sniff.NOT_OURS;
    }

    @Override
    public @Nullable SSLEngine serverEngine(Runnable hangUp, String... alpn) {
      return null;
    }

    @Override
    public Exchange begin(@Nullable SSLSession session, Incoming head) {
      return ownTls && ownTlsSuffices ? Exchange.unguarded() : refused;
    }

    @Override
    public boolean draining() {
      return false;
    }

    @Override
    public Runnable working() {
      return this;
    }

    /** What was worked on is over. */
    @Override
    public void run() {}

    @Override
    public void close() {}
  }

  /** Plaintext goes through, to be refused; of TLS there is nobody to speak it. */
  private static final class Unspoken implements Connection {
    private final ByteChannel below;

    Unspoken(ByteChannel below) {
      this.below = below;
    }

    @Override
    public int open(ByteBuffer first) throws IOException {
      int start = first.position();
      int count = below.read(first);
      if (count == 0) {
        return SelectionKey.OP_READ;
      }
      if (count > 0 && first.get(start) == TLS_RECORD) {
        first.position(start); // nobody is to take it for plaintext
        return -1;
      }
      return 0;
    }

    @Override
    public int patience() {
      return 0;
    }

    @Override
    public @Nullable SSLSession session() {
      return null;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      return below.read(to);
    }

    @Override
    public long read(ByteBuffer[] to, int offset, int length) throws IOException {
      return below.read(next(to, offset, length));
    }

    @Override
    public int available() {
      return 0;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      return below.write(from);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
      return below.write(next(from, offset, length));
    }

    /** The first of them that has room, or something to write; else the last. */
    private static ByteBuffer next(ByteBuffer[] buffers, int offset, int length) {
      int i = offset;
      while (i < offset + length - 1 && !buffers[i].hasRemaining()) {
        i++;
      }
      return buffers[i];
    }

    @Override
    public int unsent() {
      return 0;
    }

    @Override
    public boolean flush() {
      return false;
    }

    @Override
    public void drain(long millis) {}

    @Override
    public void close() {}
  }
}
