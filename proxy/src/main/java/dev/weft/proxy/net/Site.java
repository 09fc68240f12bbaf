package dev.weft.proxy.net;

import dev.weft.bridge.Exchange;
import dev.weft.bridge.Refusal;
import dev.weft.drive.Call;
import dev.weft.proxy.http.BadMessage;
import dev.weft.proxy.http.RequestHead;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What one listening port is for: who may ask there, and who is called for it. Used by event loops;
 * nothing in it blocks.
 */
interface Site {
  /** Told who is to be called; on the event loop that asked. */
  interface Found {
    void call(Call call);

    /** Nobody can be called. */
    void refused(Refusal refusal);
  }

  /** Refuses requests that make no sense on this port. */
  void check(RequestHead head) throws BadMessage;

  /**
   * A request has come in: decides whether it is let in, and makes of its fields those that go on.
   * The connection of one that is not let in is closed.
   *
   * @param session of the mesh TLS that it came over; null for plaintext
   * @param source where it came from; null if that is not known
   */
  Exchange begin(@Nullable SSLSession session, RequestHead head, @Nullable InetAddress source);

  /** Finds who is to be called. */
  void find(ProxyRequest request, EventLoop loop, Found found);

  /** Whether a request with this method may be sent again, so that its body is worth keeping. */
  boolean repeats(String method);

  /** Whether connections are not to be kept. */
  boolean draining();
}
