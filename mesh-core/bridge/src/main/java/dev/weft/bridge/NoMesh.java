package dev.weft.bridge;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** The mesh that is not there; what {@link Mesh#NONE} means, in one place. */
final class NoMesh implements Mesh, Outbound, Inbound, Executor {
  @Override
  public Outbound outbound() {
    return this;
  }

  @Override
  public Inbound inbound() {
    return this;
  }

  /** There is nothing to go on with. */
  @Override
  public Executor aside() {
    return this;
  }

  @Override
  public Executor handshakes() {
    return this;
  }

  @Override
  public void execute(Runnable step) {
    step.run();
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
  public @Nullable Blocking blocking(Request request) {
    return null;
  }

  @Override
  public void find(Request request, @Nullable Executor later, Consumer<@Nullable Async> found) {
    found.accept(null);
  }

  @Override
  public @Nullable Driven once(Request request) {
    return null;
  }

  @Override
  public Listener open(String library, @Nullable InetSocketAddress bound, boolean ownTls) {
    return new PlainListener();
  }

  @Override
  public @Nullable String unguarded(Unguarded port) {
    return null;
  }

  /** Everything is plaintext and let in. */
  private static final class PlainListener implements Listener, Runnable {
    @Override
    public @Nullable Connection connection(ByteChannel below, Runnable hangUp, String... alpn) {
      return null;
    }

    @Override
    public Sniff sniff(ByteBuffer firstBytes) {
      return Sniff.NOT_OURS;
    }

    @Override
    public @Nullable SSLEngine serverEngine(Runnable hangUp, String... alpn) {
      return null;
    }

    @Override
    public Exchange begin(@Nullable SSLSession session, Incoming head) {
      return Exchange.unguarded();
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
}
