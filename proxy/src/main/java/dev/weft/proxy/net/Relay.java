package dev.weft.proxy.net;

import dev.weft.bridge.Async;
import dev.weft.bridge.Carrier;
import dev.weft.bridge.Driven;
import dev.weft.bridge.Exchange;
import dev.weft.bridge.Failure;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import dev.weft.drive.Call;
import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response: sends the request where an attempt leads, and tells what became of
 * it. Everything happens on the event loop of the client's connection.
 */
final class Relay implements Site.Found, Carrier, ClientConnection.User, Pool.Waiting {
  private final ServerConnection client;
  private final RequestHead head;
  private final ProxyRequest request;
  private final RequestBody body;
  private final Exchange exchange;
  private final Answers answers;
  private @Nullable Async call;
  private @Nullable Driven attempt;
  private @Nullable ClientConnection server;
  private @Nullable Runnable connecting;
  private @Nullable ChannelFuture headWritten;
  private @Nullable ResponseWriter response;
  private int status;
  private boolean websocket;
  private boolean continued;
  private boolean mirrored;
  private boolean over;

  Relay(ServerConnection client, RequestHead head, Exchange exchange, Answers answers) {
    this.client = client;
    this.head = head;
    this.exchange = exchange;
    this.answers = answers;
    boolean kept = client.keeps(head);
    this.request = ProxyRequest.of(head, kept);
    this.body = new RequestBody(head.framing(), kept, client.crowd());
  }

  /** Begins. The client may be answered before this returns. */
  void start() {
    websocket = head.asksForWebSocket();
    client.site().find(request, client.worker().loop(), this);
  }

  @Override
  public void call(Call found) {
    if (over) {
      return;
    }
    Async begun = client.worker().drive().async(found);
    if (begun == null) {
      answer(
          answers.refuse(500, "proxy_internal_error", "a fault in the proxy; its log says which"));
      return;
    }
    call = begun;
    begun.start(this);
  }

  @Override
  public void refused(Refusal refusal) {
    answer(refusal);
  }

  // ---- attempts

  @Override
  public Runnable send(Driven next) {
    attempt = next;
    mirror();
    MeshAddress address = next.address();
    if (address == null) {
      throw new IllegalStateException("nowhere to go");
    }
    boolean tunnel = head.form() == RequestHead.Form.AUTHORITY;
    ClientConnection waiting = tunnel ? null : client.worker().pool().take(address);
    if (waiting != null) {
      connected(waiting);
    } else if (tunnel) {
      connecting = client.worker().pool().connect(address, next.connectNanos(), this);
    } else {
      connecting = client.worker().pool().connect(address, next.connectNanos(), this, "http/1.1");
    }
    return () -> end(next);
  }

  /** The attempt's time is over. */
  private void end(Driven late) {
    if (!over && attempt == late && response == null) {
      drop();
      late.ended(new CancellationException(), null);
    }
  }

  @Override
  public void fail(Throwable error) {
    answers.fault(error);
    if (!over) {
      drop();
      answer(answers.refuse(500, "proxy_internal_error", Errors.text(error)));
    }
  }

  @Override
  public void tooLate() {
    answer(answers.timedOut(request.host()));
  }

  @Override
  public boolean wanted() {
    return !over;
  }

  /** None: its client hangs up. */
  @Override
  public long callNanos() {
    return 0;
  }

  @Override
  public Executor executor() {
    return client.worker().loop();
  }

  @Override
  public Carrier copy() {
    return new Mirror(request, body, client);
  }

  /** Copies are sent of what is here as a whole, and can be sent again. */
  private void mirror() {
    boolean whole = request.replayable() && body.complete();
    if (call != null && attempt != null && whole && !mirrored && !over) {
      mirrored = true;
      if (head.form() != RequestHead.Form.AUTHORITY) {
        call.copies();
      }
    }
  }

  @Override
  public void connected(ClientConnection connection) {
    connecting = null;
    Driven current = attempt;
    if (over || current == null) {
      connection.close();
      return;
    }
    server = connection;
    if (head.form() == RequestHead.Form.AUTHORITY) {
      openTunnel(current, connection);
      return;
    }
    headWritten = connection.send(this, head, current.change(), websocket);
    body.sendTo(connection);
    readOn();
  }

  /** Passes on what has waited for the connection, and lets the client send more. */
  private void readOn() {
    client.advance();
    flushRequest(); // nothing else would, if this was all that the client sends for now
  }

  /** The connection could not be made: nothing of the request was sent. */
  @Override
  public void failed(Throwable error) {
    connecting = null;
    server = null;
    body.stop();
    Driven current = attempt;
    if (over || current == null) {
      return;
    }
    if (response != null) {
      finish();
      client.abort();
      return;
    }
    ChannelFuture written = headWritten;
    boolean unsent = (written == null || !written.isSuccess()) && !body.passedOn();
    headWritten = null;
    if (current.ended(error, unsent ? Failure.UNSENT : null)) {
      answer(answers.failure(error, request.host()));
    }
  }

  /** Lets go of whatever the attempt at hand has. */
  private void drop() {
    body.stop();
    headWritten = null;
    Runnable cancel = connecting;
    connecting = null;
    if (cancel != null) {
      cancel.run();
    }
    ClientConnection connection = server;
    server = null;
    if (connection != null) {
      connection.release(false);
    }
  }

  // ---- the request's body, from the client

  boolean wantsBody() {
    return body.wanted();
  }

  void body(ByteBuf piece) {
    body.piece(piece);
  }

  void bodyEnd(Fields trailers) {
    body.end(trailers);
    flushRequest();
    mirror();
  }

  void flushRequest() {
    ClientConnection connection = server;
    if (connection != null) {
      connection.flush();
    }
  }

  // ---- the response, from the endpoint

  @Override
  public void interim(ResponseHead interim) {
    boolean goesOn = interim.status() != 100 || (head.expectsContinue() && !continued);
    if (goesOn && !head.http10()) {
      continued = continued || interim.status() == 100;
      client.write(ResponseWriter.interim(client.channel().alloc(), interim));
      client.flush();
    }
  }

  @Override
  public void head(ResponseHead received) {
    Driven current = attempt;
    ClientConnection connection = server;
    if (over || current == null || connection == null) {
      return;
    }
    if (received.status() == 101
        && !(websocket && received.opensWebSocket(head.fields().first("sec-websocket-key")))) {
      drop();
      if (current.ended(new IOException("101 that opens no WebSocket"), null)) {
        answer(
            answers.refuse(
                502, "http_protocol_error", "101 without a request for it, or without its key"));
      }
      return;
    }
    if (!current.responded(received.status(), received.retryAfter())) {
      drop();
      current.ended(null, null);
      return;
    }
    deliver(received, current.responseChange(), connection);
  }

  private void deliver(
      ResponseHead received, @Nullable HeadChange change, ClientConnection connection) {
    status = received.status();
    if (received.status() == 101) {
      client.write(ResponseWriter.switching(client.channel().alloc(), received, change));
      joinTunnel(connection);
      return;
    }
    body.decided();
    // An early answer that is no success refuses the rest of the request: its client is told to
    // stop.
    boolean keep = (body.complete() || received.status() < 300) && !client.site().draining();
    ResponseWriter writer = new ResponseWriter(client, head, received, keep);
    response = writer;
    writer.head(received, change);
    connection.reading(client.writable());
  }

  @Override
  public void body(ClientConnection from, ByteBuf piece) {
    ResponseWriter writer = response;
    if (writer == null) {
      piece.release();
      return;
    }
    writer.body(piece);
    from.reading(client.writable());
  }

  @Override
  public void end(Fields trailers) {
    ClientConnection connection = server;
    server = null;
    ResponseWriter writer = response;
    if (connection != null) {
      connection.release(body.complete());
    }
    if (writer == null || over) {
      return;
    }
    writer.end(trailers);
    finish();
    client.responseComplete(!writer.keeps() || !body.complete());
  }

  @Override
  public void pause() {
    client.flush();
  }

  @Override
  public void writabilityChanged() {
    readOn();
  }

  void clientWritabilityChanged() {
    ClientConnection connection = server;
    if (connection != null) {
      connection.reading(client.writable());
    }
  }

  /** Bytes of memory that are held for it. */
  long held() {
    ClientConnection connection = server;
    return Capacity.HEAP * head.size() + (connection == null ? 0 : connection.held());
  }

  // ---- tunnels

  private void openTunnel(Driven current, ClientConnection connection) {
    status = 200;
    current.answered(200);
    client.write(ResponseWriter.established(client.channel().alloc()));
    joinTunnel(connection);
  }

  private void joinTunnel(ClientConnection connection) {
    server = null;
    over = true;
    body.release();
    ByteBuf fromClient = client.becomeTunnel(connection.channel());
    ByteBuf fromServer = connection.becomeTunnel();
    Tunnel.join(
        client.channel(),
        client,
        fromClient,
        connection.channel(),
        connection,
        fromServer,
        client::account,
        () -> exchange.end(status));
    client.flush();
  }

  // ---- the end

  /** Whether the client has been given a part of the response. */
  boolean responding() {
    return response != null;
  }

  @Override
  public void answer(Refusal refusal) {
    if (over) {
      return;
    }
    status = refusal.status();
    boolean keep = client.answer(refusal, head);
    finish();
    client.responseComplete(!keep);
  }

  /** The client has gone, or has sent what cannot be passed on. */
  void abandoned() {
    if (over) {
      return;
    }
    drop();
    finish();
    if (call != null) {
      call.cancel();
    }
  }

  private void finish() {
    if (!over) {
      over = true;
      body.release();
      exchange.end(status);
    }
  }
}
