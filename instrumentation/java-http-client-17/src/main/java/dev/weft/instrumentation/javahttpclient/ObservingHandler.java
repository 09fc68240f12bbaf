package dev.weft.instrumentation.javahttpclient;

import dev.weft.bootstrap.Bridge;
import java.net.http.HttpResponse;

/** Tells the call that the headers of its final response are there; changes nothing. */
final class ObservingHandler<T> implements HttpResponse.BodyHandler<T> {
  private final Call call;
  private final HttpResponse.BodyHandler<T> handler;

  ObservingHandler(Call call, HttpResponse.BodyHandler<T> handler) {
    this.call = call;
    this.handler = handler;
  }

  @Override
  public HttpResponse.BodySubscriber<T> apply(HttpResponse.ResponseInfo info) {
    try {
      call.responded(info.statusCode());
    } catch (Throwable t) {
      Bridge.fault(t);
    }
    return handler.apply(info);
  }
}
