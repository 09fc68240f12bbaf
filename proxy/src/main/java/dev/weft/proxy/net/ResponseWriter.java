package dev.weft.proxy.net;

import dev.weft.bridge.HeadChange;
import dev.weft.proxy.http.BadMessage;
import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.Forwarding;
import dev.weft.proxy.http.Framing;
import dev.weft.proxy.http.HeadWriter;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Writes one response to a client, in the framing that the client can read. */
final class ResponseWriter {
  private final ServerConnection client;
  private final Framing framing;
  private final boolean http10;
  private final boolean keeps;

  /**
   * @param keepable whether the connection may serve another request
   */
  ResponseWriter(
      ServerConnection client, RequestHead request, ResponseHead response, boolean keepable) {
    this.client = client;
    this.http10 = request.http10();
    this.framing = framing(request, response);
    this.keeps = keepable && request.keepAlive();
  }

  private static Framing framing(RequestHead request, ResponseHead response) {
    try {
      return response.framing(request.method());
    } catch (BadMessage e) {
      throw new IllegalStateException("read before, and found good", e);
    }
  }

  /** Whether the connection is kept after this response. */
  boolean keeps() {
    return keeps;
  }

  private boolean chunked() {
    return !http10
        && (framing.kind() == Framing.Kind.CHUNKED || framing.kind() == Framing.Kind.UNTIL_CLOSE);
  }

  void head(ResponseHead received, @Nullable HeadChange change) {
    Fields fields = received.fields();
    Forwarding.endConnection(fields);
    if (received.status() == 204 || framing.kind() == Framing.Kind.CHUNKED) {
      fields.remove("content-length");
    }
    if (change != null) {
      OutgoingHead.apply(change, fields);
    }
    if (chunked()) {
      fields.add("Transfer-Encoding", "chunked");
    }
    if (!keeps) {
      fields.add("Connection", "close");
    }
    client.write(
        HeadWriter.response(
            client.channel().alloc(), received.status(), received.reason(), fields));
  }

  /** Takes the piece over. */
  void body(ByteBuf piece) {
    if (!chunked()) {
      client.write(piece);
      return;
    }
    ByteBufAllocator buffers = client.channel().alloc();
    client.write(HeadWriter.chunkStart(buffers, piece.readableBytes()));
    client.write(piece);
    client.write(HeadWriter.chunkEnd(buffers));
  }

  void end(Fields trailers) {
    if (chunked()) {
      Forwarding.trailers(trailers);
      client.write(HeadWriter.lastChunk(client.channel().alloc(), trailers));
    }
  }

  /** A response that another will follow. */
  static ByteBuf interim(ByteBufAllocator buffers, ResponseHead received) {
    Fields fields = received.fields();
    Forwarding.endConnection(fields);
    fields.remove("content-length");
    return HeadWriter.response(buffers, received.status(), received.reason(), fields);
  }

  /** The end of HTTP on a connection. */
  static ByteBuf switching(
      ByteBufAllocator buffers, ResponseHead received, @Nullable HeadChange change) {
    Fields fields = received.fields();
    Forwarding.endConnection(fields);
    fields.remove("content-length");
    if (change != null) {
      OutgoingHead.apply(change, fields);
    }
    fields.add("Connection", "Upgrade");
    fields.add("Upgrade", "websocket");
    return HeadWriter.response(buffers, 101, received.reason(), fields);
  }

  /** The answer to CONNECT. */
  static ByteBuf established(ByteBufAllocator buffers) {
    return HeadWriter.response(buffers, 200, "Connection established", new Fields());
  }
}
