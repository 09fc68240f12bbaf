package dev.weft.proxy.net;

import dev.weft.bootstrap.HeadChange;
import dev.weft.bootstrap.MeshAddress;
import dev.weft.bootstrap.Refusal;
import dev.weft.drive.Attempt;
import dev.weft.drive.Call;
import dev.weft.drive.Verdict;
import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.InetAddress;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response: the event loop's driver of a {@link Call}. Asks for an attempt,
 * sends the request there, reports what became of it, and does what the verdict says. Everything
 * happens on the event loop of the client's connection.
 */
final class Relay implements Site.Found, ClientConnection.User, Pool.Waiting {
  private final ServerConnection client;
  private final RequestHead head;
  private final ProxyRequest request;
  private final RequestBody body;
  private final Answers answers;
  private final @Nullable SSLSession session;
  private final @Nullable InetAddress source;
  private @Nullable Call call;
  private @Nullable Attempt attempt;
  private @Nullable ClientConnection server;
  private @Nullable Runnable connecting;
  private @Nullable ChannelFuture headWritten;
  private @Nullable ResponseWriter response;
  private final OneTimer timer;
  private final long begun = System.nanoTime();
  private int status;
  private boolean websocket;
  private boolean continued;
  private boolean mirrored;
  private boolean over;

  Relay(ServerConnection client, RequestHead head, Answers answers) {
    this.client = client;
    this.head = head;
    this.answers = answers;
    this.timer = new OneTimer(client.worker().loop());
    this.session = client.session();
    this.source = client.source();
    boolean kept = client.keeps(head);
    this.request = ProxyRequest.of(head, kept);
    this.body = new RequestBody(head.framing(), kept, client.crowd());
  }

  /** Begins. The client may be answered before this returns. */
  void start() {
    client.site().requestStarted();
    websocket = head.asksForWebSocket();
    client.site().find(request, client.worker().loop(), this);
  }

  @Override
  public void call(Call found) {
    call = found;
    nextAttempt();
  }

  @Override
  public void refused(Refusal refusal) {
    if (!over) {
      answer(refusal);
    }
  }

  // ---- attempts

  private void nextAttempt() {
    Call current = call;
    if (over || current == null) {
      return;
    }
    guarded(
        () -> {
          Attempt next = current.attempt();
          attempt = next;
          long delay = next.delayNanos();
          if (delay > 0) {
            later(() -> guarded(() -> begin(next)), delay);
          } else {
            begin(next);
          }
        });
  }

  /** An error of ours is an answer too: a client that waited for one would wait forever. */
  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      answers.fault(e);
      if (!over) {
        drop();
        answer(answers.refuse(500, "proxy_internal_error", Errors.text(e)));
      }
    }
  }

  private void begin(Attempt next) {
    Refusal refusal = next.refusal();
    if (refusal != null) {
      answer(refusal);
      return;
    }
    mirror();
    if (next.timeoutNanos() > 0) {
      later(this::timedOut, next.timeoutNanos());
    }
    MeshAddress address = next.address();
    boolean tunnel = head.form() == RequestHead.Form.AUTHORITY;
    ClientConnection waiting = tunnel ? null : client.worker().pool().take(address);
    if (waiting != null) {
      connected(waiting);
    } else if (tunnel) {
      connecting = client.worker().pool().connect(address, next.connectTimeoutNanos(), this);
    } else {
      connecting =
          client.worker().pool().connect(address, next.connectTimeoutNanos(), this, "http/1.1");
    }
  }

  /** Copies are sent of what is here as a whole, and can be sent again. */
  private void mirror() {
    boolean whole = request.replayable() && body.complete();
    if (call != null && attempt != null && whole && !mirrored && !over) {
      mirrored = true;
      if (head.form() != RequestHead.Form.AUTHORITY) {
        Mirror.sendAll(call, request, body, client);
      }
    }
  }

  private void later(Runnable task, long delayNanos) {
    timer.set(
        () -> {
          if (!over) {
            task.run();
          }
        },
        delayNanos);
  }

  @Override
  public void connected(ClientConnection connection) {
    connecting = null;
    Attempt current = attempt;
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
    Attempt current = attempt;
    if (over || current == null) {
      return;
    }
    timer.cancel();
    if (response != null) {
      finish();
      client.abort();
      return;
    }
    ChannelFuture written = headWritten;
    boolean unsent = (written == null || !written.isSuccess()) && !body.passedOn();
    headWritten = null;
    follow(current.failed(error, unsent), () -> answers.failure(error, request.host()));
  }

  private void timedOut() {
    Attempt current = attempt;
    if (current == null || response != null) {
      return;
    }
    drop();
    follow(current.timedOut(), () -> answers.timedOut(request.host()));
  }

  /** Does what a verdict says about an attempt that brought no response. */
  private void follow(Verdict verdict, Supplier<Refusal> otherwise) {
    Refusal answer = verdict.answer();
    if (answer != null) {
      answer(answer);
    } else if (!verdict.retry()) {
      answer(otherwise.get());
    } else if (verdict.delayNanos() > 0) {
      later(this::nextAttempt, verdict.delayNanos());
    } else {
      nextAttempt();
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
    Attempt current = attempt;
    ClientConnection connection = server;
    if (over || current == null || connection == null) {
      return;
    }
    timer.cancel();
    if (received.status() == 101
        && !(websocket && received.opensWebSocket(head.fields().first("sec-websocket-key")))) {
      drop();
      follow(
          current.failed(new IOException("101 that opens no WebSocket"), false),
          () ->
              answers.refuse(
                  502, "http_protocol_error", "101 without a request for it, or without its key"));
      return;
    }
    Verdict verdict = current.responded(received.status(), received.retryAfter());
    Refusal answer = verdict.answer();
    if (answer != null || verdict.retry()) {
      drop();
      follow(verdict, () -> answers.timedOut(request.host()));
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

  private void openTunnel(Attempt current, ClientConnection connection) {
    status = 200;
    timer.cancel();
    current.responded(200, null);
    client.write(ResponseWriter.established(client.channel().alloc()));
    joinTunnel(connection);
  }

  private void joinTunnel(ClientConnection connection) {
    server = null;
    over = true;
    body.release();
    timer.cancel();
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
        this::ended);
    client.flush();
  }

  // ---- the end

  /** Whether the client has been given a part of the response. */
  boolean responding() {
    return response != null;
  }

  private void answer(Refusal refusal) {
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
    Attempt current = attempt;
    if (current != null && response == null) {
      current.abandoned();
    }
    drop();
    finish();
  }

  private void ended() {
    client.site().requestEnded(session, head, source, status, System.nanoTime() - begun);
  }

  private void finish() {
    if (!over) {
      over = true;
      timer.cancel();
      body.release();
      ended();
    }
  }
}
