package dev.weft.coordinator.admin;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Requests under way on one connection: a request is until its answer has been taken. Over HTTP/1
 * the server begins whatever is in the pipeline, and nothing else stops whoever sends requests and
 * takes no answers.
 */
final class UnderWay implements DecoratingHttpServiceFunction {
  /** Of one connection; over HTTP/2 its streams. Those of all connections fit into the heap. */
  static final int MOST = 16;

  /** A stream of HTTP/2 may end for the client a moment before its request does here. */
  private static final int ENDING = 16;

  private static final AttributeKey<AtomicInteger> HERE =
      AttributeKey.valueOf(UnderWay.class, "requests");

  @Override
  public HttpResponse serve(HttpService next, ServiceRequestContext ctx, HttpRequest request)
      throws Exception {
    Channel connection = ctx.log().ensureAvailable(RequestLogProperty.SESSION).channel();
    if (connection == null) {
      return HttpResponse.of(HttpStatus.SERVICE_UNAVAILABLE); // it has gone
    }
    AtomicInteger here = here(connection);
    int most = ctx.sessionProtocol().isMultiplex() ? MOST + ENDING : MOST;
    if (here.incrementAndGet() > most) {
      connection.close();
      return HttpResponse.of(HttpStatus.SERVICE_UNAVAILABLE);
    }
    ctx.log().whenComplete().thenRun(here::decrementAndGet);
    return next.serve(ctx, request);
  }

  private static AtomicInteger here(Channel connection) {
    AtomicInteger first = new AtomicInteger();
    AtomicInteger here = connection.attr(HERE).setIfAbsent(first);
    return here == null ? first : here;
  }
}
