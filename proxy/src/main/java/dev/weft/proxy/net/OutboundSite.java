package dev.weft.proxy.net;

import dev.weft.bridge.Exchange;
import dev.weft.bridge.Refusal;
import dev.weft.drive.Call;
import dev.weft.proxy.http.Authority;
import dev.weft.proxy.http.BadMessage;
import dev.weft.proxy.http.RequestHead;
import dev.weft.runtime.Log;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A port that the application calls: as an HTTP proxy, or as if it were one other service. */
final class OutboundSite implements Site {
  /**
   * The service that a port stands for.
   *
   * @param port what the service is asked for; -1 for its main one
   */
  record Service(String host, int port) {}

  private static final Pattern LOOPBACK = Pattern.compile("127(\\.\\d{1,3}){3}");

  private final @Nullable Service service;
  private final Lookup lookup;
  private final Answers answers;
  private final Log log;

  /**
   * @param service whom every request on this port is for; null for an HTTP proxy
   */
  OutboundSite(@Nullable Service service, Lookup lookup, Answers answers, Log log) {
    this.service = service;
    this.lookup = lookup;
    this.answers = answers;
    this.log = log;
  }

  @Override
  public void check(RequestHead head) throws BadMessage {
    boolean toProxy =
        head.form() == RequestHead.Form.ABSOLUTE || head.form() == RequestHead.Form.AUTHORITY;
    if (service == null && !toProxy) {
      throw new BadMessage(
          400, "request target (expected: http://host/path, for this is an HTTP proxy)");
    }
    if (service != null && head.form() == RequestHead.Form.AUTHORITY) {
      throw new BadMessage(405, "CONNECT: this port is for requests to " + service.host());
    }
  }

  @Override
  public Exchange begin(
      @Nullable SSLSession session, RequestHead head, @Nullable InetAddress source) {
    if (service == null) {
      return Exchange.unguarded(); // it listens on loopback only
    }
    // The application could only write where this port is.
    head.fields().set("Host", service.host() + (service.port() == -1 ? "" : ":" + service.port()));
    Authority asked = head.authority();
    if (asked == null || isHere(asked.host(), service)) {
      return Exchange.unguarded();
    }
    return Exchange.refused(
        answers.refuse(
            403,
            "http_request_denied",
            "Host: "
                + asked
                + " (expected: localhost, a loopback address or "
                + service.host()
                + ", for this port calls as this service)"));
  }

  /**
   * Whether somebody who meant this port, or the service, can have asked for such a host. A page in
   * a browser on this machine can have its own host's name lead here, and then read the answers.
   */
  private static boolean isHere(String host, Service service) {
    return host.equals("localhost")
        || host.equals("[::1]")
        || host.equalsIgnoreCase(service.host())
        || LOOPBACK.matcher(host).matches();
  }

  @Override
  public void find(ProxyRequest request, EventLoop loop, Found found) {
    Service fixed = service;
    ProxyRequest asked = fixed == null ? request : request.to(fixed.host(), fixed.port());
    lookup.find(
        asked,
        fixed == null,
        loop,
        new Found() {
          @Override
          public void call(Call call) {
            if (asked.head().form() == RequestHead.Form.AUTHORITY
                && !(call instanceof DirectCall)
                && !call.outside()) {
              log.warnOnce(
                  "connect " + asked.host(),
                  "CONNECT "
                      + asked.host()
                      + ":"
                      + asked.port()
                      + " is passed on as a stream of bytes: identity and encryption hold, but"
                      + " routes and retries do not (call http://"
                      + asked.host()
                      + "/ through HTTP_PROXY for those)");
            }
            found.call(call);
          }

          @Override
          public void refused(Refusal refusal) {
            found.refused(refusal);
          }
        });
  }

  /** Any that found nobody; policy may have more of them repeated. */
  @Override
  public boolean repeats(String method) {
    return true;
  }

  @Override
  public boolean draining() {
    return false;
  }
}
