package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Exchange;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Reserved;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectEncoder;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one connection of HTTP/1.1, between its codec and the application: what the mesh
 * has to say of them, in the order in which they came. Used on the channel's event loop.
 */
final class Http1 implements ChannelFutureListener {
  /** How many requests a client may be ahead of its responses. */
  private static final int MOST_AHEAD = 1_000;

  private static final class Unanswered {
    private final Exchange exchange;

    /** It asked for a tunnel. */
    private final boolean connect;

    Unanswered(Exchange exchange, boolean connect) {
      this.exchange = exchange;
      this.connect = connect;
    }
  }

  private final Served served;

  /** Requests whose responses are not complete, the first of them first. */
  private final Deque<Unanswered> unanswered = new ArrayDeque<>();

  /** Whose body is being read. */
  private @Nullable Exchange reading;

  /** The request that was asked about last: a decoder may show it twice, once within the other. */
  private @Nullable HttpRequest asked;

  /** Of the response that is being written; 0 if there is none. */
  private int status;

  /** What is answered to the next request in turn; null if it is the application that answers. */
  private @Nullable Refusal refused;

  /** It is answered without a body. */
  private boolean refusedHead;

  /** Nothing that comes in reaches the application any more; null as long as it does. */
  private @Nullable Farewell farewell;

  /** The response that is being written is the connection's last. */
  private boolean last;

  /** The connection speaks something else. */
  private boolean upgraded;

  /** The request that asked for HTTP/2, and is answered in it; null for none. */
  private @Nullable Exchange upgrade;

  private Http1(Served served) {
    this.served = served;
  }

  /** That of a connection whose requests are asked about. */
  static Http1 of(Served served, ChannelHandlerContext codec) {
    Http1 known = (Http1) served.http1;
    if (known == null) {
      known = new Http1(served);
      served.http1 = known;
      codec.channel().closeFuture().addListener(known);
    }
    return known;
  }

  /** The request that is answered on the first stream of HTTP/2; null for none, or once taken. */
  static @Nullable Exchange takeUpgrade(Served served) {
    Http1 known = (Http1) served.http1;
    if (known == null) {
      return null;
    }
    Exchange taken = known.upgrade;
    known.upgrade = null;
    return taken;
  }

  // ---- what has been read

  /**
   * The decoder has put something out.
   *
   * @param out with it, from this index on; what is not for the application is taken away
   */
  void decoded(ChannelHandlerContext codec, List<Object> out, int from) {
    int at = from;
    while (at < out.size()) {
      Object message = out.get(at);
      if (farewell == null && message != asked && message instanceof HttpRequest) {
        if (last) {
          farewell = new Farewell(codec); // its client has been told, and may send it elsewhere
        } else {
          begin(codec, (HttpRequest) message);
        }
      }
      Farewell leaving = farewell;
      if (leaving == null) {
        if (message instanceof LastHttpContent) {
          strip(((LastHttpContent) message).trailingHeaders());
        }
        at++;
      } else {
        out.remove(at);
        leaving.drop(message);
      }
    }
    Exchange current = reading;
    if (current != null && farewell == null && out.size() > from) {
      served.enterIfReading(codec.channel(), current);
    }
  }

  private void begin(ChannelHandlerContext codec, HttpRequest request) {
    asked = request;
    if (!codec.channel().isOpen()) {
      farewell = new Farewell(codec); // it comes after the end, and nobody would hear of its own
      return;
    }
    if (!unanswered.isEmpty() && !encodes(codec)) {
      answered(); // as far as can be told: its response is not seen
    }
    Exchange exchange =
        served.listener().begin(served.session(), new Http1Head(request, served.source()));
    try {
      strip(request.headers());
      String caller = exchange.clientCertificate();
      if (caller != null) {
        request.headers().add(Reserved.CLIENT_CERTIFICATE, caller);
      }
    } catch (Throwable t) {
      Bridge.fault(t);
      exchange.end(0);
      exchange = Exchange.undecided();
    }
    Refusal refusal = exchange.refusal();
    if (refusal != null) {
      refuse(codec, refusal, request.method());
    } else if (unanswered.size() < MOST_AHEAD) {
      unanswered.add(new Unanswered(exchange, request.method().equals(HttpMethod.CONNECT)));
      reading = exchange;
    } else {
      exchange.end(0);
      farewell = new Farewell(codec);
      codec.channel().close();
    }
  }

  /** Whether responses pass a codec. */
  private static boolean encodes(ChannelHandlerContext codec) {
    return codec.handler() instanceof CombinedChannelDuplexHandler
        || codec.pipeline().get(HttpObjectEncoder.class) != null;
  }

  /** Removes what only the mesh may set, whoever sent it. */
  private static void strip(HttpHeaders headers) {
    if (headers.isEmpty()) {
      return;
    }
    for (String name : headers.names()) {
      if (Reserved.is(name)) {
        headers.remove(name);
      }
    }
  }

  private void refuse(ChannelHandlerContext codec, Refusal refusal, HttpMethod method) {
    farewell = new Farewell(codec);
    reading = null;
    refused = refusal;
    refusedHead = method.equals(HttpMethod.HEAD);
    if (unanswered.isEmpty()) {
      answer(codec, farewell);
    }
  }

  private void answer(ChannelHandlerContext codec, Farewell leaving) {
    Refusal refusal = refused;
    refused = null;
    if (refusal == null) {
      return;
    }
    byte[] all = refusal.asHttp11();
    int length = refusedHead ? all.length - refusal.body().length : all.length;
    ChannelFuture written = codec.write(Unpooled.wrappedBuffer(all, 0, length));
    if (written.isDone() && !written.isSuccess()) {
      // Where the encoder stands before the decoder, it takes nothing but messages.
      codec.write(message(refusal, refusedHead));
    }
    leaving.begin();
  }

  private static HttpResponse message(Refusal refusal, boolean withoutBody) {
    byte[] body = refusal.body();
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(refusal.status(), refusal.reason()),
            withoutBody ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    String[] fields = refusal.headers();
    for (int i = 0; i < fields.length; i += 2) {
      response.headers().add(fields[i], fields[i + 1]);
    }
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return response;
  }

  // ---- what is written

  /** The encoder is about to write something. */
  void encoding(ChannelHandlerContext codec, Object message) {
    if (upgraded || unanswered.isEmpty()) {
      return;
    }
    if (message instanceof HttpResponse) {
      HttpResponse response = (HttpResponse) message;
      int code = response.status().code();
      if (code == 101) {
        switched(response);
        return;
      }
      if (code < 200) {
        return; // complete in itself, and not what was asked for
      }
      if (code < 300 && unanswered.element().connect) {
        upgraded = true;
        unanswered.remove().exchange.end(code);
        return;
      }
      status = code;
      if (unanswered.size() == 1 && farewell == null && served.listener().draining()) {
        endWith(response);
      }
    }
    if (message instanceof LastHttpContent && status != 0) {
      complete(codec);
    }
  }

  private void endWith(HttpResponse response) {
    try {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      last = true;
    } catch (UnsupportedOperationException e) {
      // Headers that are the same for all responses: the next one may tell.
    }
  }

  /** By the request that came last, after which nothing has been read as one. */
  private void switched(HttpResponse response) {
    upgraded = true;
    Exchange exchange = unanswered.removeLast().exchange;
    if (response.headers().containsValue(HttpHeaderNames.UPGRADE, "h2c", true)) {
      upgrade = exchange;
    } else {
      exchange.end(101);
    }
  }

  private void answered() {
    unanswered.remove().exchange.end(status);
    status = 0;
  }

  private void complete(ChannelHandlerContext codec) {
    answered();
    Farewell leaving = farewell;
    if (last) {
      leaving = leaving == null ? new Farewell(codec) : leaving;
      farewell = leaving;
      leaving.begin();
    } else if (leaving != null && unanswered.isEmpty() && refused != null) {
      codec.executor().execute(new Turn(codec, leaving));
    }
  }

  /** The refusal's turn has come, once the response before it is written. */
  private final class Turn implements Runnable {
    private final ChannelHandlerContext codec;
    private final Farewell leaving;

    Turn(ChannelHandlerContext codec, Farewell leaving) {
      this.codec = codec;
      this.leaving = leaving;
    }

    @Override
    public void run() {
      answer(codec, leaving);
    }
  }

  /** The connection is gone. */
  @Override
  public void operationComplete(ChannelFuture closed) {
    while (!unanswered.isEmpty()) {
      answered();
    }
    Exchange switching = upgrade;
    if (switching != null) {
      switching.end(0);
    }
    served.leave();
  }
}
