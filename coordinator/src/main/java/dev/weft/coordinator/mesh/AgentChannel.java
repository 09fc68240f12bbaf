package dev.weft.coordinator.mesh;

import dev.weft.policy.SpiffeId;
import dev.weft.wire.Message;
import dev.weft.wire.Plain;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetSocketAddress;
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
  private final StreamBudget budget;
  private final Identities.Identity identity;
  private boolean unwritable;
  private boolean inDebt;
  private boolean closed;

  /**
   * @param identity of its service, entered
   */
  AgentChannel(
      Hub hub, Channel channel, SpiffeId id, Identities.Identity identity, String instance) {
    this.hub = hub;
    this.identity = identity;
    this.budget = new StreamBudget(identity, hub.nanos());
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

  /** The host of that address, an IP literal. Any thread. */
  String remoteHost() {
    return channel.remoteAddress() instanceof InetSocketAddress inet
        ? inet.getAddress().getHostAddress()
        : "";
  }

  Channel netty() {
    return channel;
  }

  /** What all streams of its service have together. */
  Identities.Identity identity() {
    return identity;
  }

  StreamBudget budget() {
    return budget;
  }

  /** Bytes that wait to be read by the agent. Any thread. */
  long unread() {
    WriteBufferWaterMark water = channel.config().getWriteBufferWaterMark();
    if (!channel.isOpen()) {
      return 0;
    }
    return channel.isWritable()
        ? Math.max(0, water.high() - channel.bytesBeforeUnwritable())
        : water.low() + channel.bytesBeforeWritable();
  }

  // ---- whether it is read from

  /** Takes what a message cost; an agent in debt is not read from until time has paid. */
  void pay(Message message, int length) {
    long wait = budget.pay(message, length, hub.nanos());
    if (wait > 0 && !inDebt) {
      inDebt = true;
      channel.flush();
      readOrNot();
      onLoop(
          () -> {
            inDebt = false;
            readOrNot();
          },
          wait);
    }
  }

  /** The agent reads again, or has stopped to: what it asks for meanwhile would only pile up. */
  void setUnwritable(boolean is) {
    unwritable = is;
    readOrNot();
  }

  /** Whether what it says would be heard now. */
  boolean isRead() {
    return !unwritable && !inDebt;
  }

  private void readOrNot() {
    channel.config().setAutoRead(isRead());
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

  /** The same, because the agent asked for it: that costs it something. */
  ChannelFuture answer(byte[] message) {
    budget.answered(message.length, hub.nanos());
    return write(message);
  }

  /**
   * The same with a frame that has its length already.
   *
   * @param length of what it says, which is what it costs, however short it is on the wire
   */
  void answer(ByteBuf frame, int length) {
    budget.answered(length, hub.nanos());
    channel.write(frame);
  }

  void flush() {
    channel.flush();
  }

  void writeAndFlush(Message message) {
    channel.writeAndFlush(frame(message.encode()));
  }

  /** Without flushing: what one batch of messages asks for is answered in one. */
  void refuse(String code, String message) {
    write(new Message.Refused(code, message));
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

  /** What an agent said, as it can be kept and shown. */
  static String shortened(String text) {
    return Plain.shortened(text, MAX_TEXT);
  }
}
