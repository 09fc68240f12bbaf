package dev.weft.proxy.net;

import dev.weft.bridge.Refusal;
import dev.weft.engine.Decision;
import dev.weft.host.Problems;
import dev.weft.proxy.http.BadMessage;
import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.HeadWriter;
import dev.weft.runtime.Log;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Responses that the proxy makes itself. */
final class Answers {
  private final Problems problems;
  private final Log log;

  Answers(Problems problems, Log log) {
    this.problems = problems;
    this.log = log;
  }

  /** The bytes of an answer. */
  ByteBuf refusal(ByteBufAllocator buffers, Refusal refusal, String method, boolean keep) {
    Fields fields = new Fields();
    String[] given = refusal.headers();
    for (int i = 0; i < given.length; i += 2) {
      fields.add(given[i], given[i + 1]);
    }
    byte[] body = refusal.body();
    fields.add("Content-Length", Integer.toString(body.length));
    if (!keep) {
      fields.add("Connection", "close");
    }
    ByteBuf bytes = HeadWriter.response(buffers, refusal.status(), null, fields);
    return method.equals("HEAD") ? bytes : bytes.writeBytes(body);
  }

  /** What a client is told whose request was not understood. */
  Refusal bad(BadMessage bad) {
    return problems.refusal(
        new Decision.Refuse(bad.status(), "http_request_error", "proxy", bad.reason()));
  }

  /** What a client is told when the last attempt has failed in transport (contracts §7). */
  Refusal failure(Throwable error, @Nullable String host) {
    String who = host == null ? "the application" : host;
    if (error instanceof SSLException || error.getCause() instanceof SSLException) {
      return refuse(502, "tls_certificate_error", who, error);
    }
    if (error instanceof io.netty.channel.ConnectTimeoutException) {
      return refuse(504, "connection_timeout", who, error);
    }
    if (error instanceof ConnectException || error instanceof NoRouteToHostException) {
      return refuse(502, "connection_refused", who, error);
    }
    if (error instanceof java.net.UnknownHostException) {
      return refuse(502, "dns_error", who, error);
    }
    return refuse(502, "connection_terminated", who, error);
  }

  /** What a client is told when an attempt took longer than policy allows. */
  Refusal timedOut(@Nullable String host) {
    return problems.refusal(
        new Decision.Refuse(
            504,
            "http_response_timeout",
            "proxy",
            "no response in time from " + (host == null ? "the application" : host)));
  }

  Refusal refuse(int status, String error, String details) {
    return problems.refusal(new Decision.Refuse(status, error, "proxy", details));
  }

  private Refusal refuse(int status, String type, String who, Throwable error) {
    String said = problems.verbose() ? Errors.text(error) : error.getClass().getSimpleName();
    return refuse(status, type, "calling " + who + ": " + said);
  }

  /** A client's connection broke; nobody is left to be told. */
  void clientError(Throwable error) {
    log.debug("a client's connection ended: " + Errors.text(Errors.unwrap(error)));
  }

  /** An error of the proxy itself. */
  void fault(Throwable error) {
    StackTraceElement[] trace = error.getStackTrace();
    String place = trace.length == 0 ? "" : " at " + trace[0];
    log.warnOnce("fault" + place, "an error in the proxy: " + Errors.text(error) + place);
  }
}
