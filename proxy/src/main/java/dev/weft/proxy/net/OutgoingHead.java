package dev.weft.proxy.net;

import dev.weft.bridge.HeadChange;
import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.Framing;
import dev.weft.proxy.http.HeadWriter;
import dev.weft.proxy.http.RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** The head of a request as it goes on: one form of it, whatever form it came in. */
final class OutgoingHead {
  private OutgoingHead() {}

  /**
   * @param change what a route wants otherwise; null for nothing
   * @param upgrade whether the connection is to become a WebSocket
   * @param last whether it is the last request on its connection
   */
  static ByteBuf write(
      ByteBufAllocator buffers,
      RequestHead head,
      @Nullable HeadChange change,
      boolean upgrade,
      boolean last) {
    Fields fields = head.fields().copy();
    if (head.http10()) {
      fields.remove("expect"); // its client would not know what to do with the answer
    }
    String host = fields.first("host");
    String target = head.target();
    if (change != null) {
      apply(change, fields);
      String authority = change.authority();
      host = authority == null ? host : authority;
      String other = change.target();
      target = other == null ? target : other;
    }
    fields.remove("host");
    Fields all = new Fields();
    all.add("Host", host == null ? "localhost" : host);
    for (int i = 0; i < fields.size(); i++) {
      all.add(fields.name(i), fields.value(i));
    }
    if (head.framing().kind() == Framing.Kind.CHUNKED) {
      all.add("Transfer-Encoding", "chunked");
    }
    if (upgrade) {
      all.add("Connection", "Upgrade");
      all.add("Upgrade", "websocket");
    } else if (last) {
      all.add("Connection", "close");
    }
    return HeadWriter.request(buffers, head.method(), target, all);
  }

  /** Fields are removed first, then set, then added. */
  static void apply(HeadChange change, Fields fields) {
    for (String name : change.remove()) {
      fields.remove(name);
    }
    String[] set = change.set();
    for (int i = 0; i < set.length; i += 2) {
      fields.set(set[i], set[i + 1]);
    }
    String[] add = change.add();
    for (int i = 0; i < add.length; i += 2) {
      fields.add(add[i], add[i + 1]);
    }
  }
}
