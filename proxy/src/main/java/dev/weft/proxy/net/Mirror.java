package dev.weft.proxy.net;

import dev.weft.drive.Attempt;
import dev.weft.drive.Call;
import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a request, whose answer nobody waits for. Only of requests that are here as a whole
 * when they are sent: a copy must not slow its original down, nor be kept for long.
 */
final class Mirror implements ClientConnection.User, Pool.Waiting {
  private static final int PATIENCE_SECONDS = 30;
  private static final int CONNECTION_COST = 4 * 1024;

  private final Attempt attempt;
  private final ProxyRequest request;
  private final ByteBuf body;
  private final Crowd crowd;
  private final long cost;
  private @Nullable ClientConnection server;
  private boolean over;
  private boolean ended;

  private Mirror(Attempt attempt, ProxyRequest request, ByteBuf body, Crowd crowd, long cost) {
    this.attempt = attempt;
    this.request = request;
    this.body = body;
    this.crowd = crowd;
    this.cost = cost;
  }

  /** Sends what copies a call asks for, as far as there is room for them. */
  static void sendAll(Call call, ProxyRequest request, RequestBody body, ServerConnection client) {
    Crowd crowd = client.crowd();
    for (Attempt each = call.mirror(); each != null; each = call.mirror()) {
      long cost = CONNECTION_COST + request.head().size() + request.head().framing().length();
      ByteBuf copy = each.refusal() == null ? body.copy() : null;
      if (copy != null && crowd.keep(cost)) {
        new Mirror(each, request, copy, crowd, cost).begin(client.worker());
      } else {
        ReferenceCountUtil.release(copy);
        each.abandoned();
      }
    }
  }

  private void begin(Worker worker) {
    worker.loop().schedule(this::giveUp, PATIENCE_SECONDS, TimeUnit.SECONDS);
    ClientConnection waiting = worker.pool().take(attempt.address());
    if (waiting != null) {
      connected(waiting);
    } else {
      worker.pool().connect(attempt.address(), attempt.connectTimeoutNanos(), this, "http/1.1");
    }
  }

  private void giveUp() {
    ClientConnection connection = server;
    if (connection != null && !ended) {
      connection.close();
    }
  }

  @Override
  public void connected(ClientConnection connection) {
    server = connection;
    connection.send(this, request.head(), attempt.change(), false);
    connection.write(body);
    connection.flush();
  }

  @Override
  public void interim(ResponseHead head) {}

  @Override
  public void head(ResponseHead head) {
    if (!over) {
      over = true;
      attempt.responded(head.status(), head.retryAfter());
    }
  }

  @Override
  public void body(ClientConnection from, ByteBuf piece) {
    piece.release();
  }

  @Override
  public void end(Fields trailers) {
    ended();
    if (server != null) {
      server.release(true);
    }
  }

  @Override
  public void failed(Throwable error) {
    if (server == null) {
      body.release();
    }
    ended();
    if (!over) {
      over = true;
      attempt.failed(error, server == null);
    }
  }

  private void ended() {
    if (!ended) {
      ended = true;
      crowd.forget(cost);
    }
  }

  @Override
  public void pause() {}

  @Override
  public void writabilityChanged() {}
}
