package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Exchange;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;

/** Ends what was admitted with a connection, with it. */
final class EndsWithChannel implements ChannelFutureListener {
  private final Exchange exchange;

  EndsWithChannel(Exchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public void operationComplete(ChannelFuture closed) {
    exchange.end(0);
  }
}
