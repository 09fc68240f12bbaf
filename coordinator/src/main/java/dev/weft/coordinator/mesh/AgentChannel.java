package dev.weft.coordinator.mesh;

import dev.weft.ca.SpiffeId;
import dev.weft.wire.Message;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.concurrent.TimeUnit;

/**
 * The connection to one agent, as the parts of its {@link AgentStream} see it. To be used on the
 * channel's event loop, unless said otherwise.
 */
final class AgentChannel {
  private static final int MAX_TEXT = 300;

  private final Hub hub;
  private final Channel channel;
  private final SpiffeId id;
  private final String instance;
  private final String remote;
  private boolean closed;

  AgentChannel(Hub hub, Channel channel, SpiffeId id, String instance) {
    this.hub = hub;
    this.channel = channel;
    this.id = id;
    this.instance = instance;
    this.remote = Hub.text(channel.remoteAddress());
  }

  /** Any thread. */
  Hub hub() {
    return hub;
  }

  /** Who it is, by its certificate. Any thread. */
  SpiffeId id() {
    return id;
  }

  /** {@code namespace/service}. Any thread. */
  String service() {
    return id.namespace() + "/" + id.service();
  }

  /** The id of the agent's instance. Any thread. */
  String instance() {
    return instance;
  }

  /** The address that it connected from. Any thread. */
  String remote() {
    return remote;
  }

  Channel netty() {
    return channel;
  }

  boolean isWritable() {
    return channel.isWritable();
  }

  /** Writes without flushing. */
  void write(Message message) {
    channel.write(frame(message.encode()));
  }

  /** Writes an encoded message without flushing. */
  ChannelFuture write(byte[] message) {
    return channel.write(frame(message));
  }

  void flush() {
    channel.flush();
  }

  void writeAndFlush(Message message) {
    channel.writeAndFlush(frame(message.encode()));
  }

  void refuse(String code, String message) {
    writeAndFlush(new Message.Refused(code, message));
  }

  /** Runs something on the loop and flushes, unless the channel is gone by then. Any thread. */
  void onLoop(Runnable task) {
    channel.eventLoop().execute(() -> whileOpen(task));
  }

  /** As {@link #onLoop}, after a time. Any thread. */
  void onLoop(Runnable task, long afterNanos) {
    channel.eventLoop().schedule(() -> whileOpen(task), afterNanos, TimeUnit.NANOSECONDS);
  }

  private void whileOpen(Runnable task) {
    if (!closed) {
      task.run();
      channel.flush();
    }
  }

  /** Ends the connection; what else there is to do follows from that. Any thread. */
  void close() {
    channel.close();
  }

  boolean isClosed() {
    return closed;
  }

  /** The connection is gone. */
  void closed() {
    closed = true;
  }

  private ByteBuf frame(byte[] payload) {
    return Hub.frame(channel.alloc(), payload);
  }

  /** What an agent said, in a length that can be kept and shown. */
  static String shortened(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }
}
