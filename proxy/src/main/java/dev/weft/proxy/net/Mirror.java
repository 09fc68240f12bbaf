package dev.weft.proxy.net;

import dev.weft.bridge.Carrier;
import dev.weft.bridge.Driven;
import dev.weft.bridge.Failure;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Sends a copy of a request, whose answer nobody waits for. Only of requests that are here as a
 * whole, and only if there is room: a copy must not slow its original down, nor be kept for long.
 */
final class Mirror implements Carrier, ClientConnection.User, Pool.Waiting {
  private static final int CONNECTION_COST = 4 * 1024;

  private final ProxyRequest request;
  private final RequestBody original;
  private final Crowd crowd;
  private final Worker worker;
  private final long cost;
  private @Nullable Driven attempt;
  private @Nullable ByteBuf body;
  private @Nullable ClientConnection server;
  private boolean ended;

  Mirror(ProxyRequest request, RequestBody original, ServerConnection client) {
    this.request = request;
    this.original = original;
    this.crowd = client.crowd();
    this.worker = client.worker();
    this.cost = CONNECTION_COST + request.head().size() + request.head().framing().length();
  }

  @Override
  public Runnable send(Driven copy) {
    MeshAddress address = copy.address();
    ByteBuf bytes = original.copy();
    if (address == null || bytes == null || !crowd.keep(cost)) {
      ReferenceCountUtil.release(bytes);
      copy.ended(new CancellationException("no room for a copy"), null);
      return () -> {};
    }
    attempt = copy;
    body = bytes;
    ClientConnection waiting = worker.pool().take(address);
    if (waiting != null) {
      connected(waiting);
    } else {
      worker.pool().connect(address, copy.connectNanos(), this, "http/1.1");
    }
    return this::giveUp;
  }

  private void giveUp() {
    ClientConnection connection = server;
    if (connection != null && !ended) {
      connection.close();
    }
  }

  @Override
  public void connected(ClientConnection connection) {
    Driven current = attempt;
    ByteBuf bytes = body;
    body = null;
    if (current == null || bytes == null) {
      throw new IllegalStateException("a copy that was never sent");
    }
    server = connection;
    connection.send(this, request.head(), current.change(), false);
    connection.write(bytes);
    connection.flush();
  }

  @Override
  public void interim(ResponseHead head) {}

  @Override
  public void head(ResponseHead head) {
    if (attempt != null) {
      attempt.responded(head.status(), head.retryAfter());
    }
  }

  @Override
  public void body(ClientConnection from, ByteBuf piece) {
    piece.release();
  }

  @Override
  public void end(Fields trailers) {
    ended(null);
    if (server != null) {
      server.release(true);
    }
  }

  @Override
  public void failed(Throwable error) {
    ended(error);
  }

  private void ended(@Nullable Throwable error) {
    if (!ended) {
      ended = true;
      crowd.forget(cost);
      ReferenceCountUtil.release(body);
      body = null;
      if (attempt != null) {
        attempt.ended(error, server == null ? Failure.UNSENT : null);
      }
    }
  }

  @Override
  public void pause() {}

  @Override
  public void writabilityChanged() {}

  // ---- what becomes of it is nobody's business

  @Override
  public void answer(Refusal refusal) {}

  @Override
  public void fail(Throwable error) {}

  @Override
  public void tooLate() {}

  @Override
  public boolean wanted() {
    return !ended;
  }

  @Override
  public long callNanos() {
    return 0;
  }

  @Override
  public Executor executor() {
    return worker.loop();
  }

  @Override
  public @Nullable Carrier copy() {
    return null;
  }
}
