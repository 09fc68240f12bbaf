package dev.weft.instrumentation.netty.inside;

import io.netty.channel.Channel;

/** Ends a connection as its peer would: past the application, which might take its time. */
final class HangUp implements Runnable {
  private final Channel channel;

  HangUp(Channel channel) {
    this.channel = channel;
  }

  @Override
  public void run() {
    if (channel.eventLoop().inEventLoop()) {
      channel.unsafe().close(channel.unsafe().voidPromise());
    } else {
      channel.eventLoop().execute(this);
    }
  }
}
