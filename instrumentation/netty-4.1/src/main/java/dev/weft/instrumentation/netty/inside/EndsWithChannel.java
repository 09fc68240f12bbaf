package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Exchange;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;

/**
 * Ends what was admitted with a connection, with it. It counts as answered: what that would be,
 * only those know who speak its protocol.
 */
final class EndsWithChannel implements ChannelFutureListener {
  private static final int ANSWERED = 200;

  private final Exchange exchange;

  EndsWithChannel(Exchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public void operationComplete(ChannelFuture closed) {
    exchange.end(ANSWERED);
  }
}
